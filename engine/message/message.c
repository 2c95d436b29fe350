/* SPDX-License-Identifier: MIT */
/* Counted messages, and access to their headers by name. */
#include "message/message.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

int message_new(struct message **out, const char *bytes, size_t n, int64_t at,
                int64_t wall)
{
    struct message *m;
    int err;

    *out = NULL;
    if (n > UINT32_MAX)
        return ERR_TOO_BIG;
    m = mem_alloc(sizeof(*m) + n + 1);
    m->refs = 1;
    m->n = (uint32_t)n;
    m->at = at;
    m->wall = wall;
    if (n)
        memcpy(m->bytes, bytes, n);
    m->bytes[n] = '\0';
    err = wire_scan(m->bytes, n, &m->w);
    if (err) {
        mem_free(m);
        return err;
    }
    *out = m;
    return ERR_NONE;
}

struct message *message_ref(struct message *m)
{
    m->refs++;
    return m;
}

void message_unref(struct message *m)
{
    if (m && --m->refs == 0)
        mem_free(m);
}

size_t message_size(const struct message *m)
{
    return sizeof(*m) + m->n + 1;
}

void message_copy(void *to, const struct message *m)
{
    struct message *copy = to;

    memcpy(copy, m, message_size(m));
    copy->refs = 1;
    wire_rebase(&copy->w, m->bytes, copy->bytes);
}

/* The next line of that name into the cursor; false at the end. */
static bool next_line(struct slice region, struct slice name,
                      struct header_cursor *c)
{
    struct wire_header header;
    int got;

    while ((got = wire_header_next(region, &c->pos, &header)) != 0) {
        if (got == 1 && wire_header_same(header.name, name)) {
            c->line = header.value;
            c->list_pos = 0;
            return true;
        }
    }
    return false;
}

bool header_each(struct slice region, struct slice name,
                 struct header_cursor *c, struct slice *value)
{
    bool list = wire_header_is_list(name);

    for (;;) {
        if (list && slice_present(c->line)) {
            if (wire_list_next(c->line, &c->list_pos, value))
                return true;
            c->line = slice_of(NULL, 0);
        }
        if (!next_line(region, name, c))
            return false;
        if (!list) {
            *value = c->line;
            return true;
        }
    }
}

struct slice header_value(struct slice region, struct slice name, size_t index)
{
    struct header_cursor cursor = { 0 };
    struct slice value;

    while (header_each(region, name, &cursor, &value)) {
        if (index-- == 0)
            return value;
    }
    return slice_of(NULL, 0);
}

struct slice message_header(const struct message *m, struct slice name,
                            size_t index)
{
    return header_value(m->w.headers, name, index);
}

bool message_has_option(const struct message *m, const char *name,
                        const char *tag)
{
    struct header_cursor cursor = { 0 };
    struct slice wanted = slice_str(tag);
    struct slice value;

    while (header_each(m->w.headers, slice_str(name), &cursor, &value)) {
        if (slice_ieq(value, wanted))
            return true;
    }
    return false;
}

/* Behind the white space at p; *fold tells whether a line ended in it. */
static size_t skip_space(struct slice value, size_t p, bool *fold)
{
    for (*fold = false; p < value.n; p++) {
        char c = value.p[p];

        if (c == '\r' || c == '\n')
            *fold = true;
        else if (c != ' ' && c != '\t')
            break;
    }
    return p;
}

static size_t put(char *out, size_t size, size_t n, struct slice s)
{
    size_t room = size - 1 - n;
    size_t take = s.n < room ? s.n : room;

    if (take)
        memcpy(out + n, s.p, take);
    return n + take;
}

size_t header_unfold(struct slice value, char *out, size_t size)
{
    size_t n = 0;
    size_t p = 0;

    if (size == 0)
        return 0;
    /* Hardly any value has a fold. */
    if (slice_find(value, '\n') == value.n &&
        slice_find(value, '\r') == value.n) {
        n = put(out, size, 0, value);
        p = value.n;
    }
    while (p < value.n && n + 1 < size) {
        bool fold;
        size_t next = skip_space(value, p, &fold);

        if (fold) { /* RFC 3261 7.3.1: as one space */
            out[n++] = ' ';
            p = next;
        } else {
            out[n++] = value.p[p++];
        }
    }
    out[n] = '\0';
    return n;
}

size_t message_headline(const struct message *m, char *out, size_t size)
{
    char digits[3] = { (char)('0' + m->w.status / 100 % 10),
                       (char)('0' + m->w.status / 10 % 10),
                       (char)('0' + m->w.status % 10) };
    struct slice first = m->w.request ? m->w.method_name : slice_of(digits, 3);
    struct slice second = m->w.request ? m->w.uri : m->w.reason;
    size_t n = 0;

    if (size == 0)
        return 0;
    n = put(out, size, n, first);
    if (second.n) {
        n = put(out, size, n, SLICE(" "));
        n = put(out, size, n, second);
    }
    out[n] = '\0';
    return n;
}
