/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: the loop itself. Not for others. */
#ifndef SIPWRIGHT_LOOP_LOOP_PRIVATE_H
#define SIPWRIGHT_LOOP_LOOP_PRIVATE_H

#include "loop/loop.h"
#include "loop/timer.h"
#include "loop/timer_heap.h"

enum {
    FIXED_DELAYS = 32, /* distinct delays with a list of their own */
};

struct timer_set {
    struct timer_heap heap;
    int64_t delays[FIXED_DELAYS];
    struct list lists[FIXED_DELAYS]; /* each in order of deadline */
    size_t lists_used;
    size_t fixed_count;
    uint64_t next_order;
};

struct loop {
    struct ev_loop *ev;
    struct ev_check after_wait;

    int64_t now;
    bool is_virtual;
    int64_t wall_minus_now; /* on the virtual clock */
    int clock_fd;
    struct ev_io clock_watcher;
    int64_t armed; /* LOOP_FOREVER: not armed; CLOCK_PASSED: has fired */

    struct timer_set timers;
    struct list jobs;
    struct list hooks;
    size_t ios;
    size_t signals;
    uint64_t events; /* callbacks of jobs, watchers and timers so far */
};

enum { CLOCK_PASSED = 0 };

/* clock.c */
int clock_open(struct loop *l);
void clock_close(struct loop *l);
void clock_update(struct loop *l);
void clock_arm(struct loop *l, int64_t deadline);

/* timer.c */
void timers_init(struct timer_set *set);
void timers_fini(struct timer_set *set);
int64_t timers_deadline(const struct timer_set *set); /* or LOOP_FOREVER */
void timers_shift(struct timer_set *set, int64_t by);
void timers_fire(struct loop *l);

/* job.c */
void jobs_run(struct loop *l);
void hooks_run(struct loop *l);

#endif
