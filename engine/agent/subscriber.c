/* SPDX-License-Identifier: MIT */
/* The subscriber's side: NOTIFYs in, SUBSCRIBEs out, Timer N between them. */
#include <stdio.h>

#include "agent/owner.h"
#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"

/* ---- made ---- */

static void keep_asked(struct subscription *s, const struct message *m)
{
    subscription_keep(&s->asked, message_header(m, SLICE("Expires"), 0));
}

struct subscription *subscriber_new(struct request *r, struct dialog *d)
{
    bool refer = r->kind->id == METHOD_REFER;
    struct event event = { .package = SLICE("refer") };
    struct subscription *s;
    char id[16];

    snprintf(id, sizeof(id), "%u", (unsigned)r->message->w.cseq);
    if (refer)
        event.id = slice_str(id);
    else
        event = event_of(r->message);
    s = subscription_new(r->ua, d, event, false);
    s->refer = refer;
    s->alone = refer && !r->usage;
    s->automatic = r->automatic;
    keep_asked(s, r->message);
    usage_set_credentials(&s->usage, r->username, r->password);
    list_append(&r->subscriptions, &subscription_ref(s)->request_link);
    if (r->owner)
        owner_take_usage(r->owner, &s->usage);
    if (r->ops && r->ops->subscribed)
        r->ops->subscribed(r->arg, r, s);
    return s;
}

struct subscription *subscriber_of_fork(const struct request *r,
                                        struct slice tag)
{
    list_each (node, &r->subscriptions) {
        struct subscription *s =
            container_of(node, struct subscription, request_link);

        if (slice_eq(dialog_remote_tag(s->usage.dialog), tag))
            return s;
    }
    return NULL;
}

void subscriber_forget(struct request *r)
{
    struct list *node;

    while ((node = list_first(&r->subscriptions))) {
        list_unlink(node);
        subscription_unref(
            container_of(node, struct subscription, request_link));
    }
}

/* ---- the wait for a NOTIFY ---- */

void subscriber_stop_waiting(struct subscription *s)
{
    struct request *r = s->waiting;
    char id[16];

    timer_stop(&s->n);
    if (!r)
        return;
    subscription_keep(&s->id, subscription_id_now(s, id));
    s->waiting = NULL;
    request_waited(r, false);
}

static void start_timer_n(struct subscription *s)
{
    timer_start_fixed(s->usage.ua->engine->loop, &s->n,
                      64 * s->waiting->timing.t1);
}

static void wait_for_notify(struct subscription *s, struct request *r)
{
    subscriber_stop_waiting(s);
    s->waiting = r;
    r->waits = true;
    start_timer_n(s);
}

/* The one that `r` made inside a dialog, or refreshes; NULL: outside. */
static struct subscription *subject(struct request *r)
{
    struct subscription *s = subscription_of_usage(r->usage);
    struct list *first = list_first(&r->subscriptions);

    if (first && r->usage)
        return container_of(first, struct subscription, request_link);
    return s && !s->notifier ? s : NULL;
}

static bool refreshes(const struct subscription *s, const struct request *r)
{
    return s && !s->notifier && r->kind->id == METHOD_SUBSCRIBE &&
           subscription_matches(s, event_of(r->message));
}

static void refreshing(struct subscription *s, struct request *r)
{
    uint32_t seconds = 1;

    keep_asked(s, r->message);
    refresh_expires(r->message, &seconds);
    s->ending = !seconds;
    timer_stop(&s->refresh);
    wait_for_notify(s, r);
}

/* Inside a dialog there are no forks: it is there from the beginning, so that
 * NOTIFYs find it whatever becomes of the session meanwhile. */
void subscriber_sent(struct request *r)
{
    struct subscription *s = subscription_of_usage(r->usage);

    if (r->kind->id == METHOD_SUBSCRIBE &&
        !slice_present(event_of(r->message).package))
        return;
    if (!r->usage)
        subscribe_wait_start(r);
    else if (refreshes(s, r))
        refreshing(s, r);
    else
        wait_for_notify(subscriber_new(r, dialog_ref(r->usage->dialog)), r);
}

/* Timer N is of each SUBSCRIBE that goes out (4.1.2), and what is asked for may
 * have become more. */
void subscriber_resent(struct request *r)
{
    struct subscription *s = subject(r);

    subscribe_wait_again(r);
    if (!s || s->waiting != r)
        return;
    start_timer_n(s);
    keep_asked(s, r->message);
}

void subscriber_disposed(struct request *r)
{
    struct subscription *s = subject(r);

    subscribe_wait_stop(r);
    if (!s || s->waiting != r)
        return;
    s->waiting = NULL;
    r->waits = false;
    timer_stop(&s->n);
    if (s->state == SUBSCRIPTION_INIT)
        subscription_dispose(s);
}

/* ---- responses ---- */

/* 204 (RFC 5839) says that none will come, too. */
static bool says_no_notify(const struct request *r, const struct message *m)
{
    return m->w.status == 204 ||
           (r->kind->id == METHOD_REFER && subscription_declined(m));
}

static void no_notify(struct request *r, struct subscription *s)
{
    subscribe_wait_stop(r);
    if (!s || s->waiting != r)
        return;
    subscriber_stop_waiting(s);
    if (s->state == SUBSCRIPTION_INIT || s->ending)
        subscription_end(s, "no notify");
}

static void granted(struct request *r, struct subscription *s,
                    const struct message *m)
{
    uint32_t seconds;

    if (!refresh_expires(m, &seconds))
        return;
    if (!r->usage) {
        subscribe_wait_granted(r, seconds);
        s = subscriber_of_fork(r, m->w.to_tag);
    }
    /* The NOTIFY that says "terminated" comes behind a 0. */
    if (s && !s->usage.over && seconds)
        subscription_lasts(s, seconds);
}

void subscriber_responded(struct request *r, struct request_event *e)
{
    struct subscription *s = subject(r);

    if (e->status < 200 || r->had_outcome)
        return;
    if (e->status < 300) {
        if (s && r->usage)
            dialog_refresh_target(s->usage.dialog, e->message);
        if (says_no_notify(r, e->message))
            no_notify(r, s);
        else
            granted(r, s, e->message);
        return;
    }
    subscribe_wait_stop(r);
    if (!s || s->waiting != r)
        return;
    s->ending = false;
    subscriber_stop_waiting(s);
    if (s->state == SUBSCRIPTION_INIT)
        subscription_end_by(s, e->status);
}

/* What does not end it leaves it to its expiry (4.1.2.2); and what makes
 * another one in the same dialog says nothing about it. */
void subscriber_outcome(struct subscription *s, struct request *r,
                        const struct request_event *e)
{
    if (r->kind->id != METHOD_SUBSCRIBE || e->status < 300 || subject(r) != s)
        return;
    if (subscription_ends_by(e->status))
        subscription_end_by(s, e->status);
    else if (s->expires_at && !timer_running(&s->expiry))
        subscription_end(s, "expired");
}

/* ---- what comes ---- */

int subscriber_check(const struct message *m, bool first)
{
    struct slice state = message_header(m, SLICE("Subscription-State"), 0);

    if (!slice_present(event_of(m).package))
        return 489;
    if (!slice_present(state))
        return 400;
    if (first && !slice_present(m->w.contact) &&
        !slice_istarts(state, SLICE("terminated")))
        return 400;
    return 0;
}

static void notified(struct subscription *s, struct incoming *in)
{
    const struct message *m = in->message;
    int refused = subscriber_check(m, false);

    if (!refused && !subscription_matches(s, event_of(m)))
        refused = 481;
    if (refused) {
        incoming_reply(in, refused, &response_plain);
        return;
    }
    subscription_learn(s, m);
    dialog_refresh_target(s->usage.dialog, m);
    /* One that crossed our last SUBSCRIBE is not the answer to it. */
    if (!s->ending || s->state == SUBSCRIPTION_TERMINATED)
        subscriber_stop_waiting(s);
    subscription_deliver(s, in);
    if (s->state == SUBSCRIPTION_TERMINATED)
        subscription_end(s, "terminated");
}

void subscriber_incoming(struct subscription *s, struct incoming *in)
{
    if (in->message->w.method == METHOD_NOTIFY)
        notified(s, in);
    else
        subscription_deliver(s, in);
}

/* ---- renewed, expired ---- */

int subscriber_renew(struct subscription *s, bool to_end)
{
    struct request_options o = request_plain;

    if (to_end)
        o.expires = SLICE("0");
    return subscription_send(s, &kind_subscribe, &o);
}

/* While a SUBSCRIBE waits for its NOTIFY, Timer N is the judge. */
void subscriber_expired(struct subscription *s)
{
    if (!s->waiting)
        subscription_end(s, "expired");
}

/* ---- of a request ---- */

bool request_listens(const struct request *r)
{
    list_each (node, &r->subscriptions) {
        if (!container_of(node, struct subscription, request_link)->usage.over)
            return true;
    }
    return r->waits;
}

struct subscription *request_subscription(const struct request *r, size_t index)
{
    list_each (node, &r->subscriptions) {
        if (!index--)
            return container_of(node, struct subscription, request_link);
    }
    return NULL;
}
