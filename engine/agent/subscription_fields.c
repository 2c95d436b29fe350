/* SPDX-License-Identifier: MIT */
/* What may be read of a subscription. */
#include "agent/subscription_private.h"

struct usage *subscription_usage(struct subscription *s)
{
    return &s->usage;
}

struct subscription *subscription_ref(struct subscription *s)
{
    usage_ref(&s->usage);
    return s;
}

void subscription_unref(struct subscription *s)
{
    if (s)
        usage_unref(&s->usage);
}

void subscription_set_ops(struct subscription *s,
                          const struct subscription_ops *ops, void *arg)
{
    s->ops = ops;
    s->arg = arg;
}

const struct subscription_ops *subscription_ops(const struct subscription *s)
{
    return s->ops;
}

void *subscription_arg(const struct subscription *s)
{
    return s->arg;
}

bool subscription_is_notifier(const struct subscription *s)
{
    return s->notifier;
}

enum subscription_state subscription_state(const struct subscription *s)
{
    return s->state;
}

bool subscription_over(const struct subscription *s)
{
    return s->usage.over;
}

struct dialog *subscription_dialog(const struct subscription *s)
{
    return s->usage.dialog;
}

struct slice subscription_event(const struct subscription *s)
{
    return slice_str(s->package);
}

struct slice subscription_id(const struct subscription *s)
{
    return slice_str(s->id);
}

struct slice subscription_reason(const struct subscription *s)
{
    return slice_str(s->reason);
}

int64_t subscription_retry_after(const struct subscription *s)
{
    return s->retry_after;
}

struct slice subscription_cause(const struct subscription *s)
{
    return slice_str(s->cause[0] ? s->cause : NULL);
}

bool subscription_disposed(const struct subscription *s)
{
    return slice_eq(slice_str(s->cause), SLICE("disposed"));
}

int64_t subscription_left(const struct subscription *s)
{
    int64_t left;

    if (!s->expires_at)
        return -1;
    left = s->expires_at - loop_now(s->usage.ua->engine->loop);
    return left > 0 ? left : 0;
}
