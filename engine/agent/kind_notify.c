/* SPDX-License-Identifier: MIT */
/* OutgoingNotifyRequest: the state of a subscription, or one that nobody asked
 * for. */
#include <stdio.h>

#include "agent/subscription_private.h"
#include "base/err.h"

#define SIPFRAG "message/sipfrag;version=2.0"

static struct subscription *notified(const struct request *r)
{
    struct subscription *s = subscription_of_usage(r->usage);

    return s && s->notifier ? s : NULL;
}

/* Whole seconds that are left: one begun counts. */
static uint32_t seconds_left(const struct subscription *s)
{
    return (uint32_t)((subscription_left(s) + LOOP_SECOND - 1) / LOOP_SECOND);
}

static void add_param(struct buf *value, const char *name, struct slice text)
{
    if (!slice_present(text))
        return;
    buf_fmt(value, ";%s=", name);
    buf_slice(value, text);
}

static void add_expires(struct buf *value, const struct subscription *s,
                        const struct request_options *o)
{
    if (slice_present(o->expires))
        add_param(value, "expires", o->expires);
    else if (s && subscription_left(s) >= 0)
        buf_fmt(value, ";expires=%u", (unsigned)seconds_left(s));
}

static void add_state(const struct subscription *s,
                      const struct request_options *o, struct buf *own)
{
    struct buf value = { 0 };
    struct slice state = o->state;

    if (!slice_present(state) && s)
        state = SLICE("active");
    if (!slice_present(state))
        return;
    buf_slice(&value, state);
    add_param(&value, "reason", o->reason);
    add_param(&value, "retry-after", o->retry_after);
    if (!slice_ieq(state, SLICE("terminated")))
        add_expires(&value, s, o);
    compose_own(own, o, "Subscription-State", buf_view(&value));
    buf_fini(&value);
}

static int prepare(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160])
{
    struct subscription *s = notified(r);

    if (s && s->ending) {
        snprintf(why, 160, "the subscription is terminated");
        return ERR_STATE;
    }
    if (s)
        subscription_add_event(s, o, own);
    add_state(s, o, own);
    if (s && s->refer && o->body.n && !slice_present(o->content_type))
        compose_own(own, o, "Content-Type", SLICE(SIPFRAG));
    return ERR_NONE;
}

/* It is as the NOTIFY says, whatever the script did to that. */
static void sent(struct request *r)
{
    struct subscription *s = notified(r);

    if (!s)
        return;
    subscription_learn(s, r->message);
    if (s->state != SUBSCRIPTION_TERMINATED)
        return;
    s->ending = true;
    s->waiting = r;
}

/* Nobody waits for the answer to the last one: it has come to its end. */
static void disposed(struct request *r)
{
    struct subscription *s = notified(r);

    if (s && s->waiting == r && !r->had_outcome)
        subscription_dispose(s);
}

const struct request_kind kind_notify = {
    .type = "OutgoingNotifyRequest",
    .method = "NOTIFY",
    .id = METHOD_NOTIFY,
    .contact = true,
    .prepare = prepare,
    .sent = sent,
    .disposed = disposed,
};
