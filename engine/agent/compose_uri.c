/* SPDX-License-Identifier: MIT */
/* Headers that a URI carries, as the Replaces of a Refer-To does: they become
 * lines of the request that is formed from it (RFC 3261 19.1.5). */
#include "agent/ua_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

/* A URI that comes from elsewhere must not decide on these. */
static bool is_ours(struct slice name)
{
    static const char *const names[] = {
        "Via",  "Route",   "From",           "To",   "Call-ID",
        "CSeq", "Contact", "Content-Length", "body", "Record-Route"
    };

    for (size_t i = 0; i < array_length(names); i++) {
        if (wire_header_same(name, slice_str(names[i])))
            return true;
    }
    return false;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A line end in it would be a header of its own: it becomes a space. */
static void unescape(struct buf *out, struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '%' && i + 2 < s.n && hex(s.p[i + 1]) >= 0 &&
            hex(s.p[i + 2]) >= 0) {
            c = (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2]));
            i += 2;
        }
        buf_char(out, c == '\r' || c == '\n' ? ' ' : c);
    }
}

static void add(struct buf *own, const struct request_options *o,
                struct slice pair)
{
    size_t n = slice_find(pair, '=');
    struct slice name = slice_of(pair.p, n);

    if (n == pair.n || !n || is_ours(name) ||
        compose_brings(o->lines, o->line_count, name))
        return;
    buf_slice(own, name);
    buf_lit(own, ": ");
    unescape(own, slice_of(pair.p + n + 1, pair.n - n - 1));
    buf_lit(own, "\r\n");
}

void compose_uri_headers(struct buf *own, const struct request_options *o,
                         struct slice *uri)
{
    struct slice rest;
    struct wire_uri u;

    if (wire_uri_split(*uri, &u) != ERR_NONE || !u.headers.n)
        return;
    rest = u.headers;
    uri->n = (size_t)(u.headers.p - uri->p) - 1;
    while (rest.n) {
        size_t n = slice_find(rest, '&');

        add(own, o, slice_of(rest.p, n));
        n += n < rest.n;
        rest = slice_of(rest.p + n, rest.n - n);
    }
}
