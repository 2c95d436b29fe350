/* SPDX-License-Identifier: MIT */
/* One pass over a message: start line, the headers that routing needs, body. */
#include "wire/scan.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"
#include "wire/text.h"

struct scan {
    struct wire_message *out;
    uint32_t seen; /* bits of enum seen */
    uint32_t length;
};

enum seen {
    SEEN_VIA = 1 << 0,
    SEEN_FROM = 1 << 1,
    SEEN_TO = 1 << 2,
    SEEN_CALL_ID = 1 << 3,
    SEEN_CSEQ = 1 << 4,
    SEEN_LENGTH = 1 << 5,
    SEEN_CONTACT = 1 << 6,
    SEEN_RECORD_ROUTE = 1 << 7,
    SEEN_CREDENTIALS = 1 << 8,
    SEEN_CONTENT_TYPE = 1 << 9,
    SEEN_SESSION_EXPIRES = 1 << 10,
    SEEN_REPLACES = 1 << 11,
    SEEN_REQUIRE = 1 << 12
};

static void read_via(struct scan *s, struct slice value)
{
    if (wire_via_split(value, &s->out->via))
        s->out->flaws |= FLAW_NO_VIA;
}

/* The tag of a header's parameters; mostly it is the first of them, and plain.
 */
static struct slice tag_of(struct slice params)
{
    static const char usual[] = ";tag=";
    size_t n = sizeof(usual) - 1;
    const char *p = params.p + n;
    const char *end = params.p + params.n;
    const char *stop;

    if (params.n <= n || memcmp(params.p, usual, n) != 0 ||
        !char_is(*p, CHAR_TOKEN))
        return wire_param_get(params, "tag");
    stop = memchr(p, ';', (size_t)(end - p));
    return slice_rtrim(p, stop ? stop : end);
}

/* The tag is looked for only outside <> and quotes. */
static void read_address(struct scan *s, struct slice value, struct slice *tag,
                         uint32_t flaw)
{
    struct wire_name_addr address;

    if (wire_name_addr_split(value, &address))
        s->out->flaws |= flaw;
    else
        *tag = tag_of(address.params);
}

static void read_from(struct scan *s, struct slice value)
{
    s->out->from = value;
    read_address(s, value, &s->out->from_tag, FLAW_NO_FROM);
}

static void read_to(struct scan *s, struct slice value)
{
    s->out->to = value;
    read_address(s, value, &s->out->to_tag, FLAW_NO_TO);
}

static void read_call_id(struct scan *s, struct slice value)
{
    s->out->call_id = value;
    if (value.n == 0)
        s->out->flaws |= FLAW_NO_CALL_ID;
}

static void read_cseq(struct scan *s, struct slice value)
{
    const char *end = value.p + value.n;
    const char *digits = skip_class(value.p, end, CHAR_TOKEN);
    const char *name = skip_class(digits, end, CHAR_LWS);
    uint32_t number;

    if (name == end || skip_class(name, end, CHAR_TOKEN) != end ||
        slice_u32(slice_between(value.p, digits), &number)) {
        s->out->flaws |= FLAW_NO_CSEQ;
        return;
    }
    s->out->cseq = number;
    s->out->cseq_method = slice_between(name, end);
}

/* A second one that agrees is no flaw; of two that do not, the first counts. */
static void read_length(struct scan *s, struct slice value)
{
    uint32_t length = UINT32_MAX;
    int err = slice_u32(value, &length);

    if (err == ERR_TOO_BIG)
        length = UINT32_MAX; /* more than any message: flawed at the body */
    else if (err)
        s->out->flaws |= FLAW_CONTENT_LENGTH;
    if (err == ERR_PROTOCOL)
        return;
    if ((s->seen & SEEN_LENGTH) && s->length != length)
        s->out->flaws |= FLAW_CONTENT_LENGTH;
    if (!(s->seen & SEEN_LENGTH))
        s->length = length;
    s->seen |= SEEN_LENGTH;
}

static void read_contact(struct scan *s, struct slice value)
{
    s->out->contact = value;
}

static void read_record_route(struct scan *s, struct slice value)
{
    s->out->record_route = value;
}

static void read_credentials(struct scan *s, struct slice value)
{
    s->out->credentials = value;
}

static void read_content_type(struct scan *s, struct slice value)
{
    s->out->content_type = value;
}

static void read_session_expires(struct scan *s, struct slice value)
{
    s->out->session_expires = value;
}

static void read_replaces(struct scan *s, struct slice value)
{
    s->out->replaces = value;
}

static void read_require(struct scan *s, struct slice value)
{
    s->out->require = value;
}

enum row_id {
    ROW_VIA,
    ROW_FROM,
    ROW_TO,
    ROW_CALL_ID,
    ROW_CSEQ,
    ROW_LENGTH,
    ROW_CONTACT,
    ROW_RECORD_ROUTE,
    ROW_AUTHORIZATION,
    ROW_PROXY_AUTHORIZATION,
    ROW_CONTENT_TYPE,
    ROW_SESSION_EXPIRES,
    ROW_REPLACES,
    ROW_REQUIRE
};

/* With a `seen` bit only the first one is read; Content-Length reads each. */
static const struct row {
    const char *name;
    uint8_t n; /* of the name */
    char compact;
    uint16_t seen;
    uint16_t missing; /* the flaw when there is none */
    uint16_t twice;   /* the flaw when there are two */
    void (*read)(struct scan *s, struct slice value);
} rows[] = {
    [ROW_VIA] = { "Via", 3, 'v', SEEN_VIA, FLAW_NO_VIA, 0, read_via },
    [ROW_FROM] = { "From", 4, 'f', SEEN_FROM, FLAW_NO_FROM, FLAW_DUPLICATE,
                   read_from },
    [ROW_TO] = { "To", 2, 't', SEEN_TO, FLAW_NO_TO, FLAW_DUPLICATE, read_to },
    [ROW_CALL_ID] = { "Call-ID", 7, 'i', SEEN_CALL_ID, FLAW_NO_CALL_ID,
                      FLAW_DUPLICATE, read_call_id },
    [ROW_CSEQ] = { "CSeq", 4, 0, SEEN_CSEQ, FLAW_NO_CSEQ, FLAW_DUPLICATE,
                   read_cseq },
    [ROW_LENGTH] = { "Content-Length", 14, 'l', 0, 0, 0, read_length },
    [ROW_CONTACT] = { "Contact", 7, 'm', SEEN_CONTACT, 0, 0, read_contact },
    [ROW_RECORD_ROUTE] = { "Record-Route", 12, 0, SEEN_RECORD_ROUTE, 0, 0,
                           read_record_route },
    [ROW_AUTHORIZATION] = { "Authorization", 13, 0, SEEN_CREDENTIALS, 0, 0,
                            read_credentials },
    [ROW_PROXY_AUTHORIZATION] = { "Proxy-Authorization", 19, 0,
                                  SEEN_CREDENTIALS, 0, 0, read_credentials },
    [ROW_CONTENT_TYPE] = { "Content-Type", 12, 'c', SEEN_CONTENT_TYPE, 0, 0,
                           read_content_type },
    [ROW_SESSION_EXPIRES] = { "Session-Expires", 15, 'x', SEEN_SESSION_EXPIRES,
                              0, 0, read_session_expires },
    [ROW_REPLACES] = { "Replaces", 8, 0, SEEN_REPLACES, 0, 0, read_replaces },
    [ROW_REQUIRE] = { "Require", 7, 0, SEEN_REQUIRE, 0, 0, read_require },
};

static const struct row *row_of(struct slice name)
{
    char first = (char)(name.p[0] | 0x20);

    for (size_t i = 0; i < array_length(rows); i++) {
        const struct row *row = &rows[i];

        if (name.n == 1) {
            if (first == row->compact)
                return row;
        } else if (name.n == row->n && first == (row->name[0] | 0x20) &&
                   slice_ieq(name, slice_of(row->name, row->n))) {
            return row;
        }
    }
    return NULL;
}

#define ROW_IF(id, text)                            \
    (end - p >= (ptrdiff_t)sizeof(text) &&          \
             memcmp(p, text, sizeof(text) - 1) == 0 \
         ? &rows[id]                                \
         : NULL)

/*
 * The row of a line that begins with a name spelled as usual and the colon
 * right behind, which most lines do; else NULL, and the line is read with care.
 * The letters leave one name to compare with, and the compiler its length.
 */
static const struct row *usual_row(const char *p, const char *end)
{
    switch (*p) {
    case 'V':
        return ROW_IF(ROW_VIA, "Via:");
    case 'F':
        return ROW_IF(ROW_FROM, "From:");
    case 'T':
        return ROW_IF(ROW_TO, "To:");
    case 'R':
        return ROW_IF(ROW_RECORD_ROUTE, "Record-Route:");
    case 'C':
        break;
    default:
        return NULL;
    }
    if (end - p > 1 && p[1] == 'a')
        return ROW_IF(ROW_CALL_ID, "Call-ID:");
    if (end - p > 1 && p[1] == 'S')
        return ROW_IF(ROW_CSEQ, "CSeq:");
    if (end - p > 8 && p[8] == 'L')
        return ROW_IF(ROW_LENGTH, "Content-Length:");
    if (end - p > 8 && p[8] == 'T')
        return ROW_IF(ROW_CONTENT_TYPE, "Content-Type:");
    return ROW_IF(ROW_CONTACT, "Contact:");
}

#undef ROW_IF

static void take_header(struct scan *s, const struct row *row,
                        struct slice value)
{
    if (s->seen & row->seen) {
        s->out->flaws |= row->twice;
        return;
    }
    s->seen |= row->seen;
    row->read(s, value);
}

/* The line at p, whatever it holds; returns where the next one begins, NULL
 * when there is none. */
static const char *take_line(struct scan *s, const char *p, const char *end)
{
    const struct row *row;
    struct text_line line;

    if (!text_header(p, end, &line))
        return NULL;
    s->out->flaws |= line.flaws;
    row = slice_present(line.name) ? row_of(line.name) : NULL;
    if (row)
        take_header(s, row, line.value);
    return line.next;
}

/* Returns where the empty line is, or `end`. */
static const char *take_headers(struct scan *s, const char *p, const char *end)
{
    const char *start = p;
    const char *next = p;

    while (p < end && next) {
        const struct row *row = usual_row(p, end);

        if (row) {
            const char *value = p + row->n + 1;
            const char *stop = text_value(value, end, &next, &s->out->flaws);

            value = skip_class(value, stop, CHAR_LWS);
            take_header(s, row, slice_rtrim(value, stop));
        } else {
            next = take_line(s, p, end);
        }
        if (next)
            p = next;
    }
    s->out->headers = slice_between(start, p);
    return p;
}

static void take_body(struct scan *s, const char *p, const char *end)
{
    size_t there = (size_t)(end - p);

    if ((s->seen & SEEN_LENGTH) && s->length > there)
        s->out->flaws |= FLAW_CONTENT_LENGTH;
    if ((s->seen & SEEN_LENGTH) && s->length < there)
        there = s->length;
    s->out->body = slice_of(p, there);
}

static void finish(struct scan *s)
{
    struct wire_message *out = s->out;

    for (size_t i = 0; i < array_length(rows); i++) {
        if (!(s->seen & rows[i].seen))
            out->flaws |= rows[i].missing;
    }
    if (!out->request) {
        out->method_name = out->cseq_method;
        out->method = method_parse(out->cseq_method);
    } else if (slice_present(out->cseq_method) &&
               !slice_eq(out->cseq_method, out->method_name)) {
        out->flaws |= FLAW_CSEQ_METHOD;
    }
}

int wire_scan(const char *bytes, size_t n, struct wire_message *out)
{
    const char *end = bytes + n;
    const char *p = bytes;
    const char *q;
    struct scan s = { .out = out };
    int err;

    memset(out, 0, sizeof(*out));
    while (p < end && (*p == '\r' || *p == '\n'))
        p++;
    if (p == end)
        return ERR_NOT_FOUND;
    q = text_line_end(p, end);
    err = text_start_line(slice_between(p, q), out);
    if (err)
        return err;
    if (q < end)
        q = text_line_break(q, end, &out->flaws);
    p = take_headers(&s, q, end);
    if (p == end)
        out->flaws |= FLAW_UNTERMINATED;
    else
        p = text_line_break(p, end, &out->flaws);
    take_body(&s, p, end);
    finish(&s);
    return ERR_NONE;
}
