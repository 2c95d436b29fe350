/* SPDX-License-Identifier: MIT */
/* The loop as a whole: its life, and what one turn does in which order. */
#include "loop/loop.h"

#include <assert.h>

#include "base/err.h"
#include "base/mem.h"
#include "loop/loop_private.h"

int loop_new(struct loop **out)
{
    struct loop *l = mem_zalloc(sizeof(*l));
    int err = ERR_IO;

    list_init(&l->jobs);
    list_init(&l->hooks);
    timers_init(&l->timers);
    /* Never the default loop: it reaps everybody's children. */
    l->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
    if (!l->ev)
        goto out;
    err = clock_open(l);
    if (err)
        goto out;
    *out = l;
    return ERR_NONE;

out:
    if (l->ev)
        ev_loop_destroy(l->ev);
    mem_free(l);
    return err;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    assert(l->ios == 0 && l->signals == 0);
    assert(timer_count(l) == 0);
    assert(list_empty(&l->jobs) && list_empty(&l->hooks));
    clock_close(l);
    ev_loop_destroy(l->ev);
    timers_fini(&l->timers);
    mem_free(l);
}

/* Can anything still happen? The clock's own watcher does not count. */
static bool alive(const struct loop *l)
{
    return l->ios || l->signals || timer_count(l) || !list_empty(&l->jobs);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Serves what is ready; if `may_wait`, sleeps for it until `deadline`. */
static void poll_events(struct loop *l, bool may_wait, int64_t deadline)
{
    if (!may_wait || deadline <= l->now) {
        ev_run(l->ev, EVRUN_NOWAIT);
        return;
    }
    clock_arm(l, deadline);
    ev_run(l->ev, EVRUN_ONCE);
}

/* Moves the virtual clock to the next timer, `until` at the latest. */
static void jump(struct loop *l, int64_t until)
{
    int64_t target = earlier(timers_deadline(&l->timers), until);

    if (target != LOOP_FOREVER && target > l->now)
        l->now = target;
}

static bool turn_real(struct loop *l, int64_t until, uint64_t before)
{
    if (!alive(l))
        return l->events != before;
    /* What ran may be what the caller waits for, so it gets to look first. */
    bool may_wait = l->events == before && list_empty(&l->jobs);
    poll_events(l, may_wait, earlier(timers_deadline(&l->timers), until));
    jobs_run(l);
    timers_fire(l);
    jobs_run(l);
    return l->events != before || alive(l);
}

/* Time moves only when nothing at all happened in the present instant. */
static bool turn_virtual(struct loop *l, int64_t until, uint64_t before)
{
    poll_events(l, false, 0);
    jobs_run(l);
    if (l->events == before)
        jump(l, until);
    timers_fire(l);
    jobs_run(l);
    return l->events != before;
}

bool loop_turn(struct loop *l, int64_t until)
{
    uint64_t before = l->events;

    clock_update(l);
    jobs_run(l);
    hooks_run(l);
    return l->is_virtual ? turn_virtual(l, until, before)
                         : turn_real(l, until, before);
}
