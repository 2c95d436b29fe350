/* SPDX-License-Identifier: MIT */
/*
 * Messages of a session as they pass by: what each means for offer and answer,
 * and for the session timer. Nothing here changes what is sent.
 */
#include "agent/session_observe.h"
#include "agent/incoming_private.h"
#include "agent/reply.h"
#include "agent/request_private.h"
#include "agent/session_private.h"

static struct slice sdp_of(struct slice type, struct slice body)
{
    size_t end = slice_find(type, ';');
    bool is_sdp =
        slice_present(type) &&
        slice_ieq(slice_trim(slice_of(type.p, end)), SLICE("application/sdp"));

    return is_sdp && body.n ? body : slice_of(NULL, 0);
}

static struct slice sdp_in(const struct wire_message *w)
{
    return sdp_of(w->content_type, w->body);
}

bool session_sdp_in(const struct message *m)
{
    return slice_present(sdp_in(&m->w));
}

/* RFC 3262: one that comes for sure. */
static bool is_reliable(const struct wire_message *w)
{
    struct header_cursor c = { 0 };
    struct slice value;

    while (header_each(w->headers, SLICE("Require"), &c, &value)) {
        if (slice_ieq(value, SLICE("100rel")))
            return true;
    }
    return false;
}

static bool carries(enum method m, enum offer_carrier *out)
{
    if (m == METHOD_INVITE || m == METHOD_UPDATE)
        *out = OFFER_IN_REQUEST;
    else if (m == METHOD_PRACK)
        *out = OFFER_IN_PRACK;
    else if (m == METHOD_ACK)
        *out = OFFER_IN_ACK;
    else
        return false;
    return true;
}

static void saw_request(struct session *s, enum offer_side side,
                        const struct message *m, const void *by)
{
    struct offer_message seen = { .side = side,
                                  .by = by,
                                  .sdp = sdp_in(&m->w) };

    if (carries(m->w.method, &seen.carrier))
        offer_saw(&s->offer, &seen);
}

/* A 1xx or 2xx to a request that may carry SDP itself. */
static void saw_reply(struct session *s, struct offer_message *seen,
                      enum method m, bool preview)
{
    if (!carries(m, &seen->carrier) || !slice_present(seen->sdp))
        return;
    if (preview)
        seen->carrier = OFFER_IN_PREVIEW;
    else if (m == METHOD_INVITE)
        seen->carrier = OFFER_IN_INVITE_REPLY;
    else
        seen->carrier = OFFER_IN_REPLY;
    offer_saw(&s->offer, seen);
}

/* ---- ours ---- */

void session_sent(struct session *s, struct request *r)
{
    saw_request(s, OFFER_LOCAL, r->message, r);
}

static struct session *heard_by(const struct request *r,
                                const struct request_event *e)
{
    return r->usage ? session_of_usage(r->usage) : e->session;
}

/* RFC 3262 4: one out of order is as if it had not come. */
static bool is_preview(const struct request_event *e)
{
    return e->status < 200 &&
           (e->problems & PROBLEM_RSEQ || !is_reliable(&e->message->w));
}

void session_heard(struct request *r, const struct request_event *e)
{
    struct session *s = heard_by(r, e);
    bool provisional = e->status < 200, accepted = e->status < 300;
    struct offer_message seen = { .side = OFFER_REMOTE, .by = r };

    if (!s || e->status == 100)
        return;
    if (accepted && e->message) {
        seen.sdp = sdp_in(&e->message->w);
        saw_reply(s, &seen, r->kind->id, is_preview(e));
    }
    if (provisional)
        return;
    offer_over(&s->offer, r, accepted);
    if (accepted && e->message)
        session_timer_heard(s, r, e->message);
}

void session_sent_in_vain(struct request *r)
{
    struct session *s = session_of_usage(r->usage);

    if (s)
        offer_over(&s->offer, r, false);
}

void session_sent_ack(struct session *s)
{
    struct slice bytes = buf_view(&s->usage.ua->engine->scratch);
    struct offer_message seen = { .side = OFFER_LOCAL,
                                  .carrier = OFFER_IN_ACK };
    struct wire_message w;

    if (!s->offer.in_reply)
        return;
    if (wire_scan(bytes.p, bytes.n, &w) == 0)
        seen.sdp = sdp_in(&w);
    offer_saw(&s->offer, &seen);
}

/* ---- theirs ---- */

void session_came(struct session *s, struct incoming *in)
{
    saw_request(s, OFFER_REMOTE, in->message, in);
}

void session_answered(struct session *s, struct incoming *in, struct answer *a)
{
    enum method m = in->message->w.method;
    struct offer_message seen = { .side = OFFER_LOCAL, .by = in };
    bool provisional = a->status < 200;

    if (a->status == 100 || a->status >= 300)
        return;
    seen.sdp = a->options
                   ? sdp_of(respond_body_type(in, a->options), a->options->body)
                   : sdp_in(answer_scan(a));
    saw_reply(s, &seen, m,
              slice_present(seen.sdp) && provisional &&
                  !is_reliable(answer_scan(a)));
    if (!provisional && session_timer_is_refresh(m))
        session_timer_answered(s, in, a);
}

void session_answered_all(struct incoming *in)
{
    struct session *s = session_of_usage(in->usage);

    if (s)
        offer_over(&s->offer, in, in->status >= 200 && in->status < 300);
}
