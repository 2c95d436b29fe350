/* SPDX-License-Identifier: MIT */
/* The quick look at a message. */
#include "trace/glance.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "wire/scan.h"

/* The value of the header line [p, end) if it has this name; else absent. */
static inline struct slice value_if(const char *p, const char *end,
                                    struct slice name)
{
    struct slice line = slice_of(p, (size_t)(end - p));

    if (line.n > name.n && p[name.n] == ':' && !memcmp(p, name.p, name.n))
        return slice_trim(slice_of(p + name.n + 1, line.n - name.n - 1));
    if (!slice_istarts(line, name))
        return (struct slice){ 0 };
    for (p += name.n; p < end && (*p == ' ' || *p == '\t'); p++)
        ;
    if (p == end || *p != ':')
        return (struct slice){ 0 };
    return slice_trim(slice_of(p + 1, (size_t)(end - p - 1)));
}

static void glance_cseq(struct glance *g, struct slice value)
{
    size_t i = 0;

    for (; i < value.n && value.p[i] >= '0' && value.p[i] <= '9'; i++)
        g->cseq = g->cseq * 10 + (uint32_t)(value.p[i] - '0');
    g->method = method_parse(slice_trim(slice_of(value.p + i, value.n - i)));
}

static void glance_call_id(struct glance *g, struct slice value)
{
    if (value.n > 0 && g->call_id.n == 0)
        g->call_id = value;
}

/* True when the line was the last one needed; [p, end) has two bytes. */
static bool glance_line(struct glance *g, bool *cseq_seen, const char *p,
                        const char *end)
{
    struct slice value;

    if ((*p | 0x20) == 'i')
        glance_call_id(g, value_if(p, end, SLICE("i")));
    else if ((*p | 0x20) != 'c')
        return false;
    else if ((p[1] | 0x20) == 'a')
        glance_call_id(g, value_if(p, end, SLICE("Call-ID")));
    else if ((p[1] | 0x20) == 's' && !*cseq_seen) {
        value = value_if(p, end, SLICE("CSeq"));
        if (value.n > 0) {
            *cseq_seen = true;
            glance_cseq(g, value);
        }
    }
    return *cseq_seen && g->call_id.n > 0;
}

/*
 * From line to line as far as Call-ID and CSeq: a small part of what the scan
 * does, which remains the judge of whatever is spelled oddly.
 */
void glance(struct slice bytes, struct glance *g)
{
    const char *p = bytes.p, *end = bytes.p + bytes.n, *eol;
    struct wire_message m;
    bool cseq_seen = false;

    *g = (struct glance){ 0 };
    while (p < end && *p != '\r' && *p != '\n') {
        eol = memchr(p, '\n', (size_t)(end - p));
        if (end - p > 1 && glance_line(g, &cseq_seen, p, eol ? eol : end))
            return;
        if (!eol)
            break;
        p = eol + 1;
    }
    if (wire_scan(bytes.p, bytes.n, &m) != ERR_NONE)
        return;
    g->call_id = m.call_id;
    g->cseq = m.cseq;
    g->method = m.method;
}
