/* SPDX-License-Identifier: MIT */
/* A session as a usage of its dialog: what comes in it, what outcomes of our
 * requests do to it. */
#include "agent/glare.h"
#include "agent/incoming_private.h"
#include "agent/reliable_private.h"
#include "agent/request_private.h"
#include "base/err.h"

/* Whatever is not for a subscription (RFC 5057 3.3). */
static bool takes(const struct usage *u, const struct message *m)
{
    (void)u;
    return m->w.method != METHOD_NOTIFY && m->w.method != METHOD_SUBSCRIBE;
}

void answer_alone(struct incoming *in)
{
    incoming_settle(in);
    incoming_hold(in);
}

static void incoming(struct usage *u, struct incoming *in)
{
    struct session *s = session_of_usage(u);

    if (glare_refuses(s, in) || session_timer_refuses(in))
        return;
    session_came(s, in);
    if (in->message->w.method == METHOD_BYE && s->state != SESSION_ENDED) {
        s->state = SESSION_ENDING;
        repeat_stop(&s->repeat);
    }
    if (in->message->w.method == METHOD_PRACK)
        reliable_prack_came(s, in);
    session_ref(s);
    if (s->ops && s->ops->incoming)
        s->ops->incoming(s->arg, s, in);
    else
        answer_alone(in);
    session_unref(s);
}

/* It may be gone for us, but not for the other side: BYE, where one may go
 * (12.2.1.2, 15). */
static void gone_by_408(struct session *s)
{
    if (s->state == SESSION_CONFIRMED ||
        (s->uac && s->state == SESSION_ACCEPTED))
        session_end(s);
    session_over(s, "408");
}

/*
 * Is this failure about the session (RFC 5057 5)? That of a NOTIFY or SUBSCRIBE
 * is about a subscription. A 481 to PRACK says that the RAck names nothing (RFC
 * 3262 section 3); what an early session comes to is the INVITE's business.
 */
static bool concerns_session(const struct session *s, const struct request *r,
                             const struct request_event *e)
{
    enum method m = r->message->w.method;

    if (m == METHOD_NOTIFY || m == METHOD_SUBSCRIBE)
        return false;
    return m != METHOD_PRACK || (e->status != 481 && s->state != SESSION_EARLY);
}

/* RFC 3261 12.2.1.2, 15.1.1; RFC 3311 5.1. */
static void outcome(struct usage *u, struct request *r,
                    const struct request_event *e)
{
    struct session *s = session_of_usage(u);

    if (r->kind->id == METHOD_BYE)
        session_over(s, "bye sent");
    else if (e->status == 481 && concerns_session(s, r, e))
        session_over(s, "481");
    else if (e->status == 408 && concerns_session(s, r, e))
        gone_by_408(s);
    else if (e->status < 300 && e->message &&
             e->message->w.method == METHOD_UPDATE)
        dialog_refresh_target(u->dialog, e->message);
    else
        session_timer_refused(s, r, e->status);
}

static void dispose(struct usage *u)
{
    session_dispose(session_of_usage(u));
}

/* An early one of ours goes with the CANCEL of its INVITE. A callee ends a
 * session when it has its ACK, or gives up waiting for that (15). */
static size_t end(struct usage *u)
{
    struct session *s = session_of_usage(u);

    if (s->state == SESSION_EARLY || s->state == SESSION_ENDING)
        return 0;
    if (repeat_running(&s->repeat)) {
        s->bye_wanted = true;
        return 1;
    }
    session_end(s);
    return 1;
}

static void fini(struct usage *u)
{
    struct session *s = session_of_usage(u);

    u->ua->engine->sessions--;
    buf_fini(&s->answer);
    offer_fini(&s->offer);
}

const struct usage_type session_type = {
    .name = "session",
    .takes = takes,
    .incoming = incoming,
    .outcome = outcome,
    .dispose = dispose,
    .end = end,
    .fini = fini,
    .size = sizeof(struct session),
};
