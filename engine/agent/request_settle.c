/* SPDX-License-Identifier: MIT */
/* What the engine does by itself once a response has been seen. */
#include "agent/reliable_private.h"
#include "agent/request_private.h"
#include "base/err.h"

/* Of what the engine sends by itself. */
static void unsent(struct request *r, int err, const char *text,
                   const char *drop)
{
    if (r->state != REQUEST_DISPOSED && r->ops && r->ops->error)
        r->ops->error(r->arg, r, err, text);
    else
        engine_drop(r->ua->engine, drop, message_bytes(r->message), &r->to);
}

static bool is_to_end(const struct request *r, const struct request_event *e)
{
    const struct session *s = e->session;

    if (r->usage)
        return false;
    return r->abandoned || (e->cancelled && r->bye_crossed) ||
           (s->fork && (r->automatic & auto_bit(AUTO_FORK_BYE)));
}

static void settle_2xx(struct request *r, const struct request_event *e)
{
    struct session *s = e->session;
    struct request_options o = request_plain;
    int err = ERR_NONE;

    o.automatic = r->automatic;
    if (session_wants_ack(s) && (r->automatic & auto_bit(AUTO_ACK)))
        err = session_ack(s, &o);
    if (err)
        unsent(r, err, "the ACK could not be sent", "ack-unsent");
    if (is_to_end(r, e))
        session_end(s);
}

static void settle_1xx(struct request *r, const struct request_event *e)
{
    int err = reliable_settle(r, e);

    if (err)
        unsent(r, err, "the PRACK could not be sent", "prack-unsent");
}

void request_settle(struct request *r, const struct request_event *e)
{
    request_ref(r);
    if (e->session && e->status < 200)
        settle_1xx(r, e);
    else if (e->session)
        settle_2xx(r, e);
    r->lingers = r->state == REQUEST_DONE && r->tx && request_early(r);
    if (r->state == REQUEST_DONE && !r->lingers && !r->waits && !r->refresh)
        request_let_go(r);
    request_unref(r);
}

void request_waited(struct request *r, bool none)
{
    if (!r->waits)
        return;
    request_ref(r);
    r->waits = false;
    if (none && r->state != REQUEST_DISPOSED && r->ops &&
        r->ops->notify_timeout)
        r->ops->notify_timeout(r->arg, r);
    if (r->state == REQUEST_DONE)
        request_let_go(r);
    request_unref(r);
}
