/* SPDX-License-Identifier: MIT */
/* Repeating a response until it is acknowledged. */
#include "dialog/repeat.h"

#include "loop/loop.h"

/* Nothing is sent at the very moment of giving up, or after it. */
static void arm(struct repeat *r)
{
    if (r->ops->send && r->interval < r->limit.at - loop_now(r->loop))
        timer_start(r->loop, &r->again, r->interval);
}

static void on_again(void *arg)
{
    struct repeat *r = arg;

    r->interval *= 2;
    if (r->cap > 0 && r->interval > r->cap)
        r->interval = r->cap;
    arm(r);
    r->ops->send(r->arg);
}

static void on_limit(void *arg)
{
    struct repeat *r = arg;

    repeat_stop(r);
    r->ops->give_up(r->arg);
}

void repeat_start(struct repeat *r, struct loop *l, int64_t t1, int64_t cap,
                  const struct repeat_ops *ops, void *arg)
{
    repeat_stop(r);
    r->ops = ops;
    r->arg = arg;
    r->loop = l;
    r->interval = t1;
    r->cap = cap;
    timer_init(&r->again, on_again, r);
    timer_init(&r->limit, on_limit, r);
    timer_start_fixed(l, &r->limit, 64 * t1);
    arm(r);
}

void repeat_stop(struct repeat *r)
{
    timer_stop(&r->again);
    timer_stop(&r->limit);
}

bool repeat_running(const struct repeat *r)
{
    return timer_running(&r->limit);
}
