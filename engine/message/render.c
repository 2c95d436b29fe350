/* SPDX-License-Identifier: MIT */
/* Requests from their pieces, and responses from the request they answer. */
#include "message/render.h"

#include "message/render_put.h"

/* Enough for the names and line ends, so that the buffer grows once at most. */
enum { FIXED_TEXT = 320 };

void render_request(struct buf *out, const struct render_request *r)
{
    struct slice cseq_method =
        slice_present(r->cseq_method) ? r->cseq_method : r->method;

    buf_reserve(out, FIXED_TEXT + r->uri.n + r->route_lines.n + r->via.n +
                         r->from.n + r->to.n + r->call_id.n + r->contact.n +
                         r->body.n);
    put_request_line(out, r->method, r->uri);
    if (r->route_lines.n)
        buf_slice(out, r->route_lines);
    put_line(out, SLICE("Via: "), r->via);
    if (r->max_forwards >= 0) {
        buf_lit(out, "Max-Forwards: ");
        buf_u64(out, (uint64_t)r->max_forwards);
        buf_lit(out, "\r\n");
    }
    put_line(out, SLICE("From: "), r->from);
    put_line(out, SLICE("To: "), r->to);
    put_line(out, SLICE("Call-ID: "), r->call_id);
    put_cseq(out, r->cseq, cseq_method);
    put_line(out, SLICE("Contact: "), r->contact);
    put_lines(out, r->lines, r->line_count);
    put_body(out, r->content_type, r->content_disposition, r->body);
}

/* Bytes of a value that give way to others. */
struct splice {
    struct slice old;    /* may be empty: then an insertion there */
    struct slice prefix; /* before the new text */
    char text[8];
    struct slice value;
};

/* RFC 3581 4: the port that the request came from, if the Via asks for it. */
static size_t splice_rport(const struct wire_via *via, uint16_t port,
                           struct splice *s)
{
    struct slice old = via->rport_value;
    const char *before = old.p;
    size_t n = sizeof(s->text);

    if (!via->rport || port == 0)
        return 0;
    while (before[-1] == ' ' || before[-1] == '\t' || before[-1] == '\r' ||
           before[-1] == '\n')
        before--;
    s->old = old;
    s->prefix = before[-1] == '=' ? SLICE("") : SLICE("=");
    do {
        s->text[--n] = (char)('0' + port % 10);
        port = (uint16_t)(port / 10);
    } while (port);
    s->value = slice_of(s->text + n, sizeof(s->text) - n);
    return 1;
}

static size_t splice_received(const struct wire_via *via, struct slice host,
                              struct splice *s)
{
    if (!slice_present(host))
        return 0;
    s->value = host;
    if (slice_present(via->received)) {
        s->old = via->received;
        s->prefix = SLICE("");
    } else {
        s->old = slice_of(via->value.p + via->value.n, 0);
        s->prefix = SLICE(";received=");
    }
    return 1;
}

/* The line of the top Via, all but the spliced bytes as they came. */
static void put_top_via(struct buf *out, const struct render_response *r,
                        struct slice line)
{
    const struct message *request = r->request;
    const struct wire_via *via = &request->w.via;
    const char *p = line.p;
    struct splice splices[2];
    size_t n = splice_rport(via, r->received_port, &splices[0]);
    size_t first;

    n += splice_received(via, r->received_host, &splices[n]);
    first = n == 2 && splices[1].old.p < splices[0].old.p ? 1 : 0;
    for (size_t i = 0; i < n; i++) {
        const struct splice *s = &splices[i ^ first];

        put_copied(out, request, slice_of(p, (size_t)(s->old.p - p)));
        buf_slice(out, s->prefix);
        buf_slice(out, s->value);
        p = s->old.p + s->old.n;
    }
    put_copied(out, request, slice_of(p, (size_t)(line.p + line.n - p)));
}

/* Every Via line; gives the CSeq value met on the way, to save a second walk.*/
static struct slice put_vias(struct buf *out, const struct render_response *r)
{
    struct slice region = r->request->w.headers;
    struct slice cseq = slice_of(NULL, 0);
    struct wire_header header;
    bool top = slice_present(r->request->w.via.value);
    size_t pos = 0;
    int got;

    while ((got = wire_header_next(region, &pos, &header)) != 0) {
        if (got < 0)
            continue;
        if (wire_header_same(header.name, SLICE("Via"))) {
            buf_lit(out, "Via: ");
            if (top)
                put_top_via(out, r, header.value);
            else
                put_copied(out, r->request, header.value);
            top = false;
            buf_lit(out, "\r\n");
        } else if (!cseq.p && wire_header_same(header.name, SLICE("CSeq"))) {
            cseq = header.value;
        }
    }
    return cseq;
}

static void put_record_routes(struct buf *out, const struct message *request)
{
    struct wire_header header;
    size_t pos = 0;
    int got;

    while ((got = wire_header_next(request->w.headers, &pos, &header)) != 0) {
        if (got == 1 && slice_ieq(header.name, SLICE("Record-Route")))
            put_copied_line(out, request, SLICE("Record-Route: "),
                            header.value);
    }
}

static void put_status_line(struct buf *out, int status, struct slice reason)
{
    if (!slice_present(reason))
        reason = slice_str(reason_phrase(status));
    buf_lit(out, "SIP/2.0 ");
    buf_u64(out, (uint64_t)status);
    buf_char(out, ' ');
    buf_slice(out, reason);
    buf_lit(out, "\r\n");
}

static void put_to(struct buf *out, const struct render_response *r)
{
    const struct wire_message *w = &r->request->w;

    if (!slice_present(w->to))
        return;
    buf_lit(out, "To: ");
    put_copied(out, r->request, w->to);
    if (slice_present(r->to_tag) && !slice_present(w->to_tag)) {
        buf_lit(out, ";tag=");
        buf_slice(out, r->to_tag);
    }
    buf_lit(out, "\r\n");
}

void render_response(struct buf *out, const struct render_response *r)
{
    const struct message *request = r->request;
    struct slice cseq;

    buf_reserve(out, FIXED_TEXT + request->w.headers.n + r->body.n);
    put_status_line(out, r->status, r->reason);
    cseq = put_vias(out, r);
    if (r->record_route)
        put_record_routes(out, request);
    put_copied_line(out, request, SLICE("From: "), request->w.from);
    put_to(out, r);
    put_copied_line(out, request, SLICE("Call-ID: "), request->w.call_id);
    put_copied_line(out, request, SLICE("CSeq: "), cseq);
    put_line(out, SLICE("Contact: "), r->contact);
    put_lines(out, r->lines, r->line_count);
    put_body(out, r->content_type, r->content_disposition, r->body);
}
