/* SPDX-License-Identifier: MIT */
/* ACK and CANCEL: requests that follow from another one. */
#include "message/render.h"
#include "message/render_put.h"

static const struct slice routes[] = { { "Route", 5 } };
static const struct slice credentials[] = {
    { "Authorization", 13 },
    { "Proxy-Authorization", 19 },
};

/* Every line of these names, as it stands. */
static void put_same_lines(struct buf *out, const struct message *from,
                           const struct slice *names, size_t count)
{
    struct wire_header header;
    size_t pos = 0;
    int got;

    while ((got = wire_header_next(from->w.headers, &pos, &header)) != 0) {
        for (size_t i = 0; got == 1 && i < count; i++) {
            if (slice_ieq(header.name, names[i]))
                put_copied_line(out, from, SLICE(""), header.line);
        }
    }
}

/* Start line to CSeq, with the To of `to`. */
static void put_head(struct buf *out, const struct message *request,
                     struct slice method, const struct message *to)
{
    const struct wire_message *w = &request->w;

    buf_reserve(out, w->headers.n + w->uri.n);
    put_request_line(out, method, w->uri);
    put_same_lines(out, request, routes, 1);
    put_copied_line(out, request, SLICE("Via: "), w->via.value);
    buf_lit(out, "Max-Forwards: 70\r\n");
    put_copied_line(out, request, SLICE("From: "), w->from);
    put_copied_line(out, to, SLICE("To: "), to->w.to);
    put_copied_line(out, request, SLICE("Call-ID: "), w->call_id);
    put_cseq(out, w->cseq, method);
}

void render_ack(struct buf *out, const struct message *invite,
                const struct message *response, const struct slice *lines,
                size_t line_count)
{
    const struct slice none = { NULL, 0 };

    put_head(out, invite, SLICE("ACK"),
             slice_present(response->w.to) ? response : invite);
    put_same_lines(out, invite, credentials, 2);
    put_lines(out, lines, line_count);
    put_body(out, none, none, none);
}

void render_cancel(struct buf *out, const struct message *request,
                   const struct slice *lines, size_t line_count)
{
    const struct slice none = { NULL, 0 };

    put_head(out, request, SLICE("CANCEL"), request);
    put_lines(out, lines, line_count);
    put_body(out, none, none, none);
}
