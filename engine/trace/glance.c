/* SPDX-License-Identifier: MIT */
/* The quick look at a message. */
#include "trace/glance.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "wire/scan.h"

/* The value of the header line [p, end) if it has this name; else absent. */
static struct slice value_if(const char *p, const char *end, const char *name,
                             size_t n)
{
    if ((size_t)(end - p) <= n || strncasecmp(p, name, n) != 0)
        return (struct slice){ 0 };
    for (p += n; p < end && (*p == ' ' || *p == '\t'); p++)
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

/* True when the line was the last one needed. */
static bool glance_line(struct glance *g, bool *cseq_seen, const char *p,
                        const char *end)
{
    struct slice value;

    switch (*p) {
    case 'C':
    case 'c':
        value = value_if(p, end, "CSeq", 4);
        if (value.n > 0 && !*cseq_seen) {
            *cseq_seen = true;
            glance_cseq(g, value);
            break;
        }
        value = value_if(p, end, "Call-ID", 7);
        if (value.n > 0 && g->call_id.n == 0)
            g->call_id = value;
        break;
    case 'I':
    case 'i':
        value = value_if(p, end, "i", 1);
        if (value.n > 0 && g->call_id.n == 0)
            g->call_id = value;
        break;
    default:
        return false;
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
        if (glance_line(g, &cseq_seen, p, eol ? eol : end))
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
