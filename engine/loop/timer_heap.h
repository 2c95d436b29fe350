/* SPDX-License-Identifier: MIT */
/*
 * A 4-ary heap of timers, earliest first; equal deadlines in start order. The
 * deadline stands beside the pointer, so comparing rarely touches a timer.
 */
#ifndef SIPWRIGHT_LOOP_TIMER_HEAP_H
#define SIPWRIGHT_LOOP_TIMER_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer;

struct timer_entry {
    int64_t at;
    struct timer *timer;
};

/* Zero-initialised is empty and valid. */
struct timer_heap {
    struct timer_entry *entries;
    size_t n;
    size_t cap;
};

void timer_heap_fini(struct timer_heap *h);

/* Reads t->at and t->order, keeps t->place. */
void timer_heap_insert(struct timer_heap *h, struct timer *t);
void timer_heap_remove(struct timer_heap *h, struct timer *t);

/* The earliest, or NULL. */
struct timer *timer_heap_first(const struct timer_heap *h);

/* Moves every deadline; the order stays as it is. */
void timer_heap_shift(struct timer_heap *h, int64_t by);

/* Does `a` fire before `b`? */
bool timer_before(const struct timer *a, const struct timer *b);

#endif
