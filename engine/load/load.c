/* SPDX-License-Identifier: MIT */
/* One load: arrivals by one timer, open calls, and the way to the end. */
#include "load/load.h"

#include <assert.h>

#include "base/err.h"
#include "base/mem.h"
#include "load/arrival.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "stats/metrics.h"

struct load {
    struct loop *loop;
    struct load_options options;
    const struct load_ops *ops;
    void *arg;
    struct arrival *arrival;
    struct metric *lateness;
    struct load_counters counters;
    struct timer timer;

    int64_t began, ended;
    uint64_t arrived; /* dropped ones included */
    int64_t due;      /* of the next arrival; or one of ARRIVAL_… */
    int64_t woke;     /* when tick() ran last */
    int64_t stop_at;  /* no arrivals from then on; LOOP_FOREVER: not known */
    int64_t kill_at;  /* likewise, once no arrivals are left */
    bool arriving;    /* some may still come */
    bool killed;      /* kill_open was called */
    bool done;
    bool busy; /* tick() is on the stack */
    bool dead; /* freed meanwhile */
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Saturating, for times and spans that are not negative. */
static int64_t after(int64_t time, int64_t span)
{
    return time > LOOP_FOREVER - span ? LOOP_FOREVER : time + span;
}

static bool is_full(const struct load *l)
{
    return l->options.max_open > 0 && l->counters.open >= l->options.max_open;
}

/* A call waits for another one to end. */
static bool is_held_back(const struct load *l)
{
    return l->arrival->shape->waits && is_full(l);
}

static bool is_finished(const struct load *l)
{
    return !l->arriving && l->counters.open == 0 && !l->done;
}

/* Do its calls begin by the clock, whatever becomes of them? */
static bool is_scheduled(const struct load *l)
{
    return !l->arrival->shape->waits && !l->options.served;
}

static void plan_next(struct load *l)
{
    int64_t offset = arrival_due(l->arrival, l->arrived);

    l->due = offset >= ARRIVAL_OUTSIDE ? offset : l->began + offset;
}

/*
 * By its schedule an open model knows early that no further call is due before
 * the end, and late ones still come after it.
 */
static bool is_over(const struct load *l, int64_t now)
{
    if (l->options.calls > 0 && l->arrived >= l->options.calls)
        return true;
    if (l->due == ARRIVAL_OVER)
        return true;
    return (is_scheduled(l) ? l->due : now) >= l->stop_at;
}

/* Calls that ran out by their number alone leave the open ones all the time
 * they want: kill_at stays open then. */
static void end_if_over(struct load *l, int64_t now)
{
    if (!l->arriving || !is_over(l, now))
        return;
    l->arriving = false;
    if (l->stop_at != LOOP_FOREVER)
        l->kill_at = after(later(l->stop_at, now), l->options.graceful_stop);
}

/* For when tick() has something to do. */
static void arm(struct load *l)
{
    int64_t at = LOOP_FOREVER;

    if (l->arriving) {
        if (!is_held_back(l) && l->due < ARRIVAL_OUTSIDE)
            at = is_scheduled(l)
                     ? later(l->due, after(l->woke, l->options.gather))
                     : l->due;
        at = earlier(at, l->stop_at);
    } else if (is_finished(l)) {
        at = loop_now(l->loop);
    } else if (!l->killed) {
        at = l->kill_at;
    }
    if (at == LOOP_FOREVER)
        timer_stop(&l->timer);
    else
        timer_start_at(l->loop, &l->timer, at);
}

static void rearm(struct load *l)
{
    if (!l->busy)
        arm(l);
}

/* The next arrival is here; false if it is dropped. */
static bool admit(struct load *l)
{
    struct load_counters *c = &l->counters;

    l->arrived++;
    plan_next(l);
    if (is_full(l)) {
        c->dropped++;
        return false;
    }
    c->started++;
    c->open++;
    if (c->open > c->max_open_seen)
        c->max_open_seen = c->open;
    return true;
}

static void begin_next(struct load *l, int64_t now)
{
    int64_t intended = is_scheduled(l) ? l->due : now;

    if (!admit(l))
        return;
    if (l->lateness)
        metric_record(l->lateness, loop_now_exact(l->loop) - intended);
    l->ops->start(l->arg, l->arrived, intended);
}

static void begin_due(struct load *l)
{
    int64_t now = loop_now(l->loop);

    for (int n = 0; n < LOAD_STARTS_AT_ONCE && !l->dead; n++) {
        end_if_over(l, now);
        if (!l->arriving || l->due > now || is_held_back(l))
            return;
        begin_next(l, now);
    }
    end_if_over(l, now);
}

static void kill_due(struct load *l)
{
    if (l->arriving || l->killed || l->counters.open == 0 ||
        l->kill_at > loop_now(l->loop))
        return;
    l->killed = true;
    l->ops->kill_open(l->arg);
}

static void destroy(struct load *l)
{
    arrival_free(l->arrival);
    mem_free(l);
}

static void tick(void *arg)
{
    struct load *l = arg;

    l->busy = true;
    l->woke = loop_now(l->loop);
    begin_due(l);
    if (!l->dead)
        kill_due(l);
    l->busy = false;
    if (l->dead) {
        destroy(l);
        return;
    }
    if (!is_finished(l)) {
        arm(l);
        return;
    }
    l->done = true;
    l->ended = loop_now(l->loop);
    l->ops->done(l->arg);
}

int load_new(struct load **out, struct loop *loop, struct metrics *metrics,
             const struct load_options *options, const struct load_ops *ops,
             void *arg)
{
    struct arrival_plan plan = { .rate = options->rate,
                                 .max_open = options->max_open,
                                 .served = options->served };
    struct arrival *arrival = NULL;
    struct load *l;
    int err;

    if (options->duration < 0 || options->graceful_stop < 0 ||
        options->gather < 0)
        return ERR_ARGUMENT;
    err = arrival_new(&arrival, &plan);
    if (err)
        return err;
    l = mem_zalloc(sizeof(*l));
    l->loop = loop;
    l->options = *options;
    l->ops = ops;
    l->arg = arg;
    l->arrival = arrival;
    if (is_scheduled(l))
        l->lateness = metrics_get(metrics, METRIC_TREND, SLICE(LOAD_LATENESS));
    l->stop_at = LOOP_FOREVER;
    l->kill_at = LOOP_FOREVER;
    timer_init(&l->timer, tick, l);
    *out = l;
    return ERR_NONE;
}

void load_free(struct load *l)
{
    if (!l)
        return;
    timer_stop(&l->timer);
    l->dead = true;
    if (!l->busy)
        destroy(l);
}

void load_start(struct load *l)
{
    assert(!l->arriving && l->arrived == 0 && !l->done);
    l->began = loop_now(l->loop);
    if (l->options.duration > 0)
        l->stop_at = after(l->began, l->options.duration);
    l->arriving = true;
    plan_next(l);
    arm(l);
}

void load_call_ended(struct load *l, enum load_outcome outcome)
{
    struct load_counters *c = &l->counters;

    assert(c->open > 0);
    c->open--;
    switch (outcome) {
    case LOAD_OK:
        c->succeeded++;
        break;
    case LOAD_FAILED:
        c->failed++;
        break;
    case LOAD_KILLED:
        c->killed++;
        break;
    }
    /* A schedule does not care how calls end: no timer for each of them. */
    if (l->arrival->shape->waits || is_finished(l))
        rearm(l);
}

bool load_arrived(struct load *l, uint64_t *number)
{
    int64_t now = loop_now(l->loop);
    bool admitted;

    if (!l->arriving || is_over(l, now))
        return false;
    admitted = admit(l);
    *number = l->arrived;
    end_if_over(l, now);
    if (!l->arriving)
        rearm(l);
    return admitted;
}

static void stop_with_grace(struct load *l, int64_t grace)
{
    int64_t now = loop_now(l->loop);

    l->arriving = false;
    l->stop_at = earlier(l->stop_at, now);
    l->kill_at = earlier(l->kill_at, after(now, grace));
    if (!l->done)
        rearm(l);
}

void load_stop(struct load *l)
{
    stop_with_grace(l, l->options.graceful_stop);
}

void load_kill(struct load *l)
{
    stop_with_grace(l, 0);
}

const struct load_counters *load_counters(const struct load *l)
{
    return &l->counters;
}

int64_t load_elapsed(const struct load *l)
{
    return (l->done ? l->ended : loop_now(l->loop)) - l->began;
}

bool load_is_done(const struct load *l)
{
    return l->done;
}
