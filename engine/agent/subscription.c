/* SPDX-License-Identifier: MIT */
/* A subscription from its dialog to its end: what both sides share. */
#include <stdio.h>
#include <string.h>

#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/header.h"

static void on_expiry(void *arg)
{
    struct subscription *s = arg;

    if (s->notifier)
        notifier_finish(s, "timeout", "expired");
    else
        subscriber_expired(s);
}

static void on_refresh(void *arg)
{
    subscriber_renew(arg, false);
}

/* Nothing came within 64*T1 of a SUBSCRIBE: it failed (4.1.2.1, 4.1.2.2). */
static void on_timer_n(void *arg)
{
    struct subscription *s = arg;
    struct request *r = s->waiting;

    subscription_ref(s);
    s->waiting = NULL;
    request_waited(r, true);
    subscription_end(s, "notify timeout");
    subscription_unref(s);
}

struct subscription *subscription_new(struct ua *ua, struct dialog *d,
                                      struct event event, bool notifier)
{
    struct subscription *s = usage_new(&subscription_type, ua, d);

    s->notifier = notifier;
    subscription_keep(&s->package, event.package);
    subscription_keep(&s->id, event.id);
    s->retry_after = -1;
    s->automatic = ua->automatic;
    timer_init(&s->n, on_timer_n, s);
    timer_init(&s->expiry, on_expiry, s);
    timer_init(&s->refresh, on_refresh, s);
    ua->engine->subscriptions++;
    return s;
}

struct subscription *subscription_of_usage(struct usage *u)
{
    return u && u->type == &subscription_type ? (struct subscription *)(void *)u
                                              : NULL;
}

/* ---- requests ---- */

void subscription_add_event(const struct subscription *s,
                            const struct request_options *o, struct buf *own)
{
    struct buf value = { 0 };

    if (slice_present(o->event))
        return;
    buf_str(&value, s->package);
    if (s->id && !s->alone) {
        buf_lit(&value, ";id=");
        buf_str(&value, s->id);
    }
    compose_own(own, o, "Event", buf_view(&value));
    buf_fini(&value);
}

void subscription_deliver(struct subscription *s, struct incoming *in)
{
    if (s->ops && s->ops->incoming)
        s->ops->incoming(s->arg, s, in);
    else
        answer_alone(in);
}

int subscription_send(struct subscription *s, const struct request_kind *kind,
                      struct request_options *o)
{
    struct request *r;
    char why[160];
    int err;

    o->automatic = s->automatic;
    err = request_new_in_dialog(&r, &s->usage, kind, o, NULL, NULL, why);
    if (!err)
        request_unref(r);
    return err;
}

bool subscription_ends_by(int status)
{
    static const int statuses[] = { 404, 405, 410, 416, 480, 481, 482,
                                    483, 484, 485, 489, 501, 604 };

    for (size_t i = 0; i < array_length(statuses); i++) {
        if (statuses[i] == status)
            return true;
    }
    return false;
}

void subscription_end_by(struct subscription *s, int status)
{
    char cause[8];

    snprintf(cause, sizeof(cause), "%d", status);
    subscription_end(s, cause);
}

/* ---- the end ---- */

static void stop(struct subscription *s, const char *cause)
{
    slice_copy(slice_str(cause), s->cause, sizeof(s->cause));
    s->state = SUBSCRIPTION_TERMINATED;
    subscription_lasts_no_more(s);
    usage_stop(&s->usage);
    if (s->notifier)
        s->waiting = NULL;
    else
        subscriber_stop_waiting(s);
}

void subscription_end(struct subscription *s, const char *cause)
{
    if (s->usage.over)
        return;
    subscription_ref(s);
    stop(s, cause);
    if (s->ops && s->ops->ended)
        s->ops->ended(s->arg, s, cause);
    usage_let_go(&s->usage);
    subscription_unref(s);
}

void subscription_dispose(struct subscription *s)
{
    if (s->usage.over)
        return;
    subscription_ref(s);
    stop(s, "disposed");
    if (s->ops && s->ops->disposed)
        s->ops->disposed(s->arg, s);
    usage_let_go(&s->usage);
    subscription_unref(s);
}

/* ---- as a usage ---- */

static bool takes(const struct usage *u, const struct message *m)
{
    const struct subscription *s = (const struct subscription *)(const void *)u;

    return m->w.method == (s->notifier ? METHOD_SUBSCRIBE : METHOD_NOTIFY) &&
           subscription_matches(s, event_of(m));
}

static void incoming(struct usage *u, struct incoming *in)
{
    struct subscription *s = subscription_of_usage(u);

    /* There is no session here that it could end (RFC 5057 4.1). */
    if (in->message->w.method == METHOD_BYE)
        incoming_reply(in, 481, &response_plain);
    else if (s->notifier)
        notifier_incoming(s, in);
    else
        subscriber_incoming(s, in);
}

static void outcome(struct usage *u, struct request *r,
                    const struct request_event *e)
{
    struct subscription *s = subscription_of_usage(u);

    subscription_ref(s);
    if (s->notifier)
        notifier_outcome(s, r, e);
    else
        subscriber_outcome(s, r, e);
    if (e->status == 481)
        subscription_end(s, "481");
    subscription_unref(s);
}

static void dispose(struct usage *u)
{
    subscription_dispose(subscription_of_usage(u));
}

/* What ends already, or will once a SUBSCRIBE has its answer, is the engine's
 * care. */
static size_t end(struct usage *u)
{
    struct subscription *s = subscription_of_usage(u);
    bool leaves = s->leaving && (s->automatic & auto_bit(AUTO_SUBSCRIBE));

    if (s->ending || leaves)
        return 0;
    if (s->notifier)
        notifier_finish(s, "noresource", "left open");
    else if (subscriber_renew(s, true) != ERR_NONE)
        subscription_dispose(s);
    return 1;
}

static void fini(struct usage *u)
{
    struct subscription *s = subscription_of_usage(u);

    u->ua->engine->subscriptions--;
    mem_free(s->package);
    mem_free(s->id);
    mem_free(s->reason);
    mem_free(s->asked);
}

const struct usage_type subscription_type = {
    .name = "subscription",
    .takes = takes,
    .incoming = incoming,
    .outcome = outcome,
    .dispose = dispose,
    .end = end,
    .fini = fini,
    .size = sizeof(struct subscription),
};
