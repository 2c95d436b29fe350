/* SPDX-License-Identifier: MIT */
/*
 * One event loop on libev: descriptors, signals, deferred jobs, and the clock.
 *
 * A turn is: run deferred jobs until none is left; call the flush hooks; wait
 * for a descriptor, a signal or the earliest timer; dispatch descriptors and
 * signals, then due timers, and after each the jobs they deferred. A turn that
 * began with jobs does not wait. Callbacks may do anything, freeing their own
 * object included.
 *
 * On the virtual clock nothing ever waits: when no descriptor is ready and no
 * job is queued, time jumps to the earliest timer.
 */
#ifndef SIPWRIGHT_LOOP_LOOP_H
#define SIPWRIGHT_LOOP_LOOP_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

struct loop;

#define LOOP_SECOND INT64_C(1000000000)
#define LOOP_MILLISECOND INT64_C(1000000)
#define LOOP_FOREVER INT64_MAX

int loop_new(struct loop **out);

/* No watcher, timer, job or hook may be left; asserts in debug builds. */
void loop_free(struct loop *l);

/*
 * Nanoseconds of the monotonic clock, or of the virtual one, as of the latest
 * wake-up: cheap, and the same for everything that one wake-up causes.
 */
int64_t loop_now(const struct loop *l);

/* The same, read afresh. On the virtual clock equal to loop_now(). */
int64_t loop_now_exact(struct loop *l);

/* Makes the present instant that of loop_now(), for code between two turns: any
 * time may have passed since the latest one. */
void loop_refresh(struct loop *l);

/* Wall clock of now, nanoseconds since 1970; for display and captures only. */
int64_t loop_wall(const struct loop *l);

/* Switching keeps running timers: each keeps what was left of its delay. */
void loop_set_virtual(struct loop *l, bool on);
bool loop_is_virtual(const struct loop *l);

/*
 * One turn that waits until `until` (a loop_now() time) at the latest;
 * LOOP_FOREVER waits for an event, 0 does not wait. Returns false when nothing
 * can ever happen any more: no descriptor, timer or job is left, or on the
 * virtual clock nothing happened and no timer is left before `until`
 * (the clock is then moved to `until` unless that is LOOP_FOREVER or 0).
 */
bool loop_turn(struct loop *l, int64_t until);

/* Descriptors. `events` as libev's EV_READ | EV_WRITE. */
struct loop_io {
    struct ev_io watcher;
    void (*fn)(void *arg, int events);
    void *arg;
    struct loop *loop; /* NULL while stopped */
};

/* `io` may be uninitialised but not active. */
void loop_io_start(struct loop *l, struct loop_io *io, int fd, int events,
                   void (*fn)(void *arg, int events), void *arg);
void loop_io_stop(struct loop_io *io); /* legal on a stopped, zeroed one */

/* Signals. */
struct loop_signal {
    struct ev_signal watcher;
    void (*fn)(void *arg, int number);
    void *arg;
    struct loop *loop;
};

void loop_signal_start(struct loop *l, struct loop_signal *s, int number,
                       void (*fn)(void *arg, int number), void *arg);
void loop_signal_stop(struct loop_signal *s);

/*
 * Deferred jobs run in order, in this turn, once the present dispatch is done.
 * Jobs may defer jobs; a chain without end goes on in the next turn.
 */
struct loop_job {
    struct list link;
    void (*fn)(void *arg);
    void *arg;
};

void loop_job_init(struct loop_job *job, void (*fn)(void *arg), void *arg);
void loop_defer(struct loop *l, struct loop_job *job); /* once until it ran */
void loop_job_cancel(struct loop_job *job);

/*
 * Flush hooks run once a turn before the wait: there sockets send their batch.
 * A hook may add and remove hooks; one added now runs from the next turn on.
 */
struct loop_hook {
    struct list link;
    void (*fn)(void *arg);
    void *arg;
};

/* `hook` may be uninitialised but not added; removing a zeroed one is legal. */
void loop_hook_add(struct loop *l, struct loop_hook *hook,
                   void (*fn)(void *arg), void *arg);
void loop_hook_remove(struct loop_hook *hook);

#endif
