/* SPDX-License-Identifier: MIT */
/*
 * Timers over one timerfd. timer_start() keeps them in a heap, O(log n);
 * timer_start_fixed() in one first-in-first-out list for each distinct delay,
 * O(1): for the many that wait equally long and seldom stop early (timers D,
 * H, I, J, K, L, M of RFC 3261). The caller sees no difference.
 *
 * Timers fire in order of their deadlines, equal ones in the order in which
 * they were started. One that a timer's callback starts fires in a later round,
 * even if due at once, so descriptors get their turn in between. A callback may
 * start, stop and free anything, its own timer included.
 */
#ifndef SIPWRIGHT_LOOP_TIMER_H
#define SIPWRIGHT_LOOP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct loop;

typedef void timer_fn(void *arg);

/* Embedded in its owner; all zero is stopped. */
struct timer {
    int64_t at; /* loop_now() time when it fires */
    timer_fn *fn;
    void *arg;
    struct loop *loop; /* NULL: not running */
    struct list link;  /* in a fixed-delay list */
    size_t place;      /* in the heap, from 1; 0: in a fixed-delay list */
    uint64_t order;    /* of starting: who is first among equal deadlines */
};

void timer_init(struct timer *t, timer_fn *fn, void *arg);

/* (Re)starts: fires once at loop_now() + delay. Nanoseconds, below 0 is 0. */
void timer_start(struct loop *l, struct timer *t, int64_t delay);

/* The same, at a loop_now() time; one that is past counts as now. */
void timer_start_at(struct loop *l, struct timer *t, int64_t at);

/* As timer_start(), for delays from a small set. */
void timer_start_fixed(struct loop *l, struct timer *t, int64_t delay);
void timer_stop(struct timer *t); /* legal on a stopped, zeroed one */

static inline bool timer_running(const struct timer *t)
{
    return t->loop != NULL;
}

/* How many timers run: for counters and benches. */
size_t timer_count(const struct loop *l);

#endif
