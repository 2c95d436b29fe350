/* SPDX-License-Identifier: MIT */
/* The lines that rendering is made of. */
#include "message/render_put.h"

void put_line(struct buf *out, struct slice prefix, struct slice value)
{
    if (!slice_present(value))
        return;
    buf_slice(out, prefix);
    buf_slice(out, value);
    buf_lit(out, "\r\n");
}

void put_request_line(struct buf *out, struct slice method, struct slice uri)
{
    buf_slice(out, method);
    buf_char(out, ' ');
    buf_slice(out, uri);
    buf_lit(out, " SIP/2.0\r\n");
}

void put_cseq(struct buf *out, uint32_t cseq, struct slice method)
{
    buf_lit(out, "CSeq: ");
    buf_u64(out, cseq);
    buf_char(out, ' ');
    buf_slice(out, method);
    buf_lit(out, "\r\n");
}

void put_lines(struct buf *out, const struct slice *lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put_line(out, SLICE(""), lines[i]);
}

void put_body(struct buf *out, struct slice type, struct slice disposition,
              struct slice body)
{
    put_line(out, SLICE("Content-Type: "), type);
    put_line(out, SLICE("Content-Disposition: "), disposition);
    buf_lit(out, "Content-Length: ");
    buf_u64(out, body.n);
    buf_lit(out, "\r\n\r\n");
    if (body.n)
        buf_slice(out, body);
}

void put_copied(struct buf *out, const struct message *from, struct slice text)
{
    size_t before = out->n;

    if (!(from->w.flaws & FLAW_LINE_END)) {
        buf_slice(out, text);
        return;
    }
    /* Never longer than it was; one more for the NUL. */
    buf_reserve(out, text.n + 1);
    out->n = before + header_unfold(text, out->p + before, text.n + 1);
}

void put_copied_line(struct buf *out, const struct message *from,
                     struct slice prefix, struct slice value)
{
    if (!slice_present(value))
        return;
    buf_slice(out, prefix);
    put_copied(out, from, value);
    buf_lit(out, "\r\n");
}
