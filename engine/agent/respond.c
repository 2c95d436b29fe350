/* SPDX-License-Identifier: MIT */
/* What an answer of ours looks like. */
#include "agent/reliable_private.h"
#include "agent/subscription_private.h"
#include "agent/supported.h"
#include "message/render.h"

enum { LINES_MAX = 64 };

bool respond_makes_dialog(const struct incoming *in, int status)
{
    enum method m = in->message->w.method;

    if (m == METHOD_SUBSCRIBE || m == METHOD_REFER)
        return status / 100 == 2;
    return m == METHOD_INVITE && status > 100 && status < 300;
}

/* RFC 3311 5.2: as the 2xx of a re-INVITE does. */
static bool moves_target(const struct incoming *in, int status)
{
    return in->message->w.method == METHOD_UPDATE && status / 100 == 2;
}

static bool wants_allow(const struct incoming *in, int status)
{
    enum method m = in->message->w.method;

    return status == 405 ||
           (status / 100 == 2 && (m == METHOD_INVITE || m == METHOD_OPTIONS));
}

/* Where the answer goes is said on the top Via (RFC 3261 18.2.1, RFC 3581). */
static void set_received(const struct incoming *in, struct render_response *r,
                         char host[ADDR_TEXT])
{
    const struct wire_via *via = &in->message->w.via;
    size_t n = addr_host_text(&in->message->peer, host, false);

    if (!via->rport && slice_ieq(via->host, slice_of(host, n)))
        return;
    r->received_host = slice_of(host, n);
    r->received_port = addr_port(&in->message->peer);
}

static void own_line(struct buf *own, const struct response_options *o,
                     const char *name, struct slice value)
{
    if (!compose_brings(o->lines, o->line_count, slice_str(name)))
        compose_line(own, name, value);
}

/* For how long, and whether at all (RFC 6665 4.2.1.1, RFC 4488 4). */
static void add_subscription(const struct incoming *in, int status,
                             const struct response_options *o, struct buf *own)
{
    enum method m = in->message->w.method;
    struct buf value = { 0 };

    if (m == METHOD_SUBSCRIBE && status / 100 == 2)
        buf_u64(&value, notifier_grants(in, o->expires));
    else if (slice_present(o->expires))
        buf_slice(&value, o->expires);
    if (value.n)
        own_line(own, o, "Expires", buf_view(&value));
    buf_fini(&value);
    if (m == METHOD_REFER && status / 100 == 2 &&
        subscription_declined(in->message))
        own_line(own, o, "Refer-Sub", SLICE("false"));
}

/* What extensions have to say. */
static void add_own(const struct incoming *in, int status,
                    const struct response_options *o, struct buf *own)
{
    enum method m = in->message->w.method;
    struct buf value = { 0 };

    buf_clear(own);
    if (wants_allow(in, status))
        own_line(own, o, "Allow", slice_str(default_allow));
    if (status / 100 == 2 && supported_by(m))
        supported_tags(&value, in->automatic);
    if (value.n)
        own_line(own, o, "Supported", buf_view(&value));
    buf_clear(&value);
    if (reliable_wanted(in, status, o->reliable)) {
        buf_u64(&value, reliable_next_rseq(in));
        own_line(own, o, "Require", SLICE("100rel"));
        own_line(own, o, "RSeq", buf_view(&value));
    }
    buf_fini(&value);
    add_subscription(in, status, o, own);
    if (status / 100 == 2 && session_timer_is_refresh(m))
        session_timer_answer(own, in, o);
}

/* As in the requests that carry an offer or its answer. */
struct slice respond_body_type(const struct incoming *in,
                               const struct response_options *o)
{
    enum method m = in->message->w.method;

    if (!slice_present(o->content_type) && slice_present(o->body) &&
        (m == METHOD_INVITE || m == METHOD_PRACK || m == METHOD_UPDATE))
        return SLICE("application/sdp");
    return o->content_type;
}

static void add_lines(const struct incoming *in, int status,
                      const struct response_options *o,
                      struct render_response *r, struct slice lines[LINES_MAX])
{
    struct buf *own = &in->ua->engine->parts.own;
    size_t n = 0;

    add_own(in, status, o, own);
    if (own->n) /* without the line end, which is put behind every line */
        lines[n++] = slice_of(own->p, own->n - 2);

    if (in->ua->server.n &&
        !compose_brings(o->lines, o->line_count, SLICE("Server")))
        lines[n++] = in->ua->server;
    for (size_t i = 0; i < o->line_count && n < LINES_MAX; i++)
        lines[n++] = o->lines[i];
    r->lines = lines;
    r->line_count = n;
}

void respond_render(struct incoming *in, int status,
                    const struct response_options *o, struct buf *out)
{
    bool makes_dialog = respond_makes_dialog(in, status);
    struct slice lines[LINES_MAX];
    char host[ADDR_TEXT];
    struct render_response r = { .request = in->message,
                                 .status = status,
                                 .reason = o->reason,
                                 .contact = o->contact,
                                 .record_route = makes_dialog,
                                 .content_type = respond_body_type(in, o),
                                 .content_disposition = o->content_disposition,
                                 .body = o->body };

    buf_clear(out);
    if (slice_present(o->raw)) {
        buf_slice(out, o->raw);
        return;
    }
    if (status > 100)
        r.to_tag = slice_present(o->to_tag) ? o->to_tag : incoming_tag(in);
    if (!slice_present(o->contact) &&
        (makes_dialog || moves_target(in, status)))
        r.contact = in->ua->contact;
    if (slice_present(o->contact) && !o->contact.n)
        r.contact = slice_of(NULL, 0);
    add_lines(in, status, o, &r, lines);
    set_received(in, &r, host);
    render_response(out, &r);
    compose_edit(out, &o->edits, o->edit, o->edit_arg);
}
