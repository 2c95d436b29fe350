/* SPDX-License-Identifier: MIT */
/*
 * A request once more, as the response that it got asks for. Working on the
 * text keeps whatever the script made of the first attempt: only the branch,
 * the CSeq number (RFC 3261 22.2) and what is asked for differ.
 */
#include "agent/ua_private.h"
#include "wire/header.h"

bool compose_is_credentials(struct slice name)
{
    return slice_ieq(name, SLICE("Authorization")) ||
           slice_ieq(name, SLICE("Proxy-Authorization"));
}

/* A header line as it was, but for the branch if that is in it. */
static void add_line(struct buf *out, const struct message *old,
                     struct engine *e, struct slice line, bool *branch_done)
{
    struct slice branch = old->w.via.branch;
    const char *end = line.p + line.n;

    if (*branch_done || !slice_present(branch) || branch.p < line.p ||
        branch.p >= end) {
        buf_slice(out, line);
    } else {
        *branch_done = true;
        buf_add(out, line.p, (size_t)(branch.p - line.p));
        compose_branch(out, e);
        buf_add(out, branch.p + branch.n, (size_t)(end - branch.p) - branch.n);
    }
    buf_lit(out, "\r\n");
}

static void add_cseq(struct buf *out, const struct message *old, uint32_t cseq)
{
    buf_lit(out, "CSeq: ");
    buf_u64(out, cseq);
    buf_char(out, ' ');
    buf_slice(out, old->w.cseq_method);
    buf_lit(out, "\r\n");
}

static void add_start(struct buf *out, const struct message *old,
                      struct slice uri)
{
    const char *rest = old->w.uri.p + old->w.uri.n;

    if (!slice_present(uri)) {
        buf_add(out, old->bytes, (size_t)(old->w.headers.p - old->bytes));
        return;
    }
    buf_add(out, old->bytes, (size_t)(old->w.uri.p - old->bytes));
    buf_slice(out, uri);
    buf_add(out, rest, (size_t)(old->w.headers.p - rest));
}

static bool is_of_body(struct slice name)
{
    return slice_istarts(name, SLICE("Content-")) ||
           wire_header_same(name, SLICE("Content-Type")) ||
           wire_header_same(name, SLICE("Content-Encoding"));
}

/* Does it go, or one of the new lines take its place? New credentials take
 * that of all there were: they answer every realm again. */
static bool is_left_out(const struct again *a, struct slice name)
{
    size_t pos = 0;
    struct wire_header h;

    if ((a->no_credentials && compose_is_credentials(name)) ||
        (a->no_body && is_of_body(name) &&
         !wire_header_same(name, SLICE("Content-Length"))))
        return true;
    while (wire_header_next(a->lines, &pos, &h) != 0) {
        if (wire_header_same(h.name, name) ||
            (compose_is_credentials(h.name) && compose_is_credentials(name)))
            return true;
    }
    return false;
}

void compose_again(struct buf *out, const struct message *old, struct engine *e,
                   const struct again *a)
{
    size_t pos = 0;
    struct wire_header h;
    bool branch_done = false;

    add_start(out, old, a->uri);
    while (wire_header_next(old->w.headers, &pos, &h) != 0) {
        if (is_left_out(a, h.name))
            continue;
        if (a->no_body && wire_header_same(h.name, SLICE("Content-Length"))) {
            buf_lit(out, "Content-Length: 0\r\n");
        } else if (wire_header_same(h.name, SLICE("CSeq"))) {
            add_cseq(out, old, a->cseq);
            buf_slice(out, a->lines);
        } else {
            add_line(out, old, e, h.line, &branch_done);
        }
    }
    buf_lit(out, "\r\n");
    if (!a->no_body)
        buf_slice(out, old->w.body);
}
