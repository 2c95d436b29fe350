/* SPDX-License-Identifier: MIT */
/*
 * A request once more, with an answer to the challenge that it got. Working on
 * the text keeps whatever the script made of the first attempt: only the
 * branch, the CSeq number and the credentials differ (RFC 3261 22.2).
 */
#include "agent/agent_private.h"
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

void compose_retry(struct buf *out, const struct message *old, struct engine *e,
                   uint32_t cseq, struct slice auth_lines)
{
    size_t pos = 0;
    struct wire_header h;
    bool branch_done = false;

    buf_add(out, old->bytes, (size_t)(old->w.headers.p - old->bytes));
    while (wire_header_next(old->w.headers, &pos, &h) != 0) {
        if (compose_is_credentials(h.name))
            continue;
        if (wire_header_same(h.name, SLICE("CSeq"))) {
            add_cseq(out, old, cseq);
            buf_slice(out, auth_lines);
        } else {
            add_line(out, old, e, h.line, &branch_done);
        }
    }
    buf_lit(out, "\r\n");
    buf_slice(out, old->w.body);
}
