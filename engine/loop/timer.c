/* SPDX-License-Identifier: MIT */
/* Timers: a heap, and one list for each delay that many share. */
#include "loop/timer.h"

#include <assert.h>

#include "base/mem.h"
#include "loop/loop_private.h"

/* 73 years: sums of two such times cannot overflow. */
#define LONGEST_DELAY (INT64_MAX / 4)

static int64_t deadline_after(const struct loop *l, int64_t delay)
{
    if (delay < 0)
        delay = 0;
    if (delay > LONGEST_DELAY)
        delay = LONGEST_DELAY;
    return l->now > INT64_MAX - 1 - delay ? INT64_MAX - 1 : l->now + delay;
}

/* Marks a stopped timer as running. */
static void begin(struct loop *l, struct timer *t, int64_t at)
{
    assert(t->fn);
    t->at = at;
    t->loop = l;
    t->order = l->timers.next_order++;
}

/*
 * The list for this delay: the one it has, a new one, or one that ran empty.
 * NULL when all are taken; the search then was the price of a heap insert.
 */
static struct list *list_for(struct timer_set *set, int64_t delay)
{
    size_t free_list = set->lists_used;

    for (size_t i = 0; i < set->lists_used; i++) {
        if (set->delays[i] == delay)
            return &set->lists[i];
        if (list_empty(&set->lists[i]))
            free_list = i;
    }
    if (free_list == FIXED_DELAYS)
        return NULL;
    if (free_list == set->lists_used)
        set->lists_used++;
    set->delays[free_list] = delay;
    return &set->lists[free_list];
}

static struct timer *of_link(struct list *link)
{
    return container_of(link, struct timer, link);
}

/* The next to fire, or NULL. */
static struct timer *first_timer(const struct timer_set *set)
{
    struct timer *first = timer_heap_first(&set->heap);

    if (set->fixed_count == 0)
        return first;
    for (size_t i = 0; i < set->lists_used; i++) {
        struct list *link = list_first(&set->lists[i]);
        if (link && (!first || timer_before(of_link(link), first)))
            first = of_link(link);
    }
    return first;
}

void timers_init(struct timer_set *set)
{
    for (size_t i = 0; i < FIXED_DELAYS; i++)
        list_init(&set->lists[i]);
}

void timers_fini(struct timer_set *set)
{
    timer_heap_fini(&set->heap);
}

int64_t timers_deadline(const struct timer_set *set)
{
    const struct timer *first = first_timer(set);
    return first ? first->at : LOOP_FOREVER;
}

void timers_shift(struct timer_set *set, int64_t by)
{
    timer_heap_shift(&set->heap, by);
    for (size_t i = 0; i < set->lists_used; i++) {
        list_each (link, &set->lists[i])
            of_link(link)->at += by;
    }
}

/*
 * What a callback starts is due now at the earliest, hence behind all that was
 * due before: meeting one means that this round is over.
 */
void timers_fire(struct loop *l)
{
    uint64_t round_end = l->timers.next_order;

    for (;;) {
        struct timer *t = first_timer(&l->timers);
        if (!t || t->at > l->now || t->order >= round_end)
            return;
        timer_stop(t);
        l->events++;
        t->fn(t->arg);
    }
}

void timer_init(struct timer *t, timer_fn *fn, void *arg)
{
    *t = (struct timer){ .fn = fn, .arg = arg };
}

void timer_start(struct loop *l, struct timer *t, int64_t delay)
{
    timer_stop(t);
    begin(l, t, deadline_after(l, delay));
    timer_heap_insert(&l->timers.heap, t);
}

void timer_start_at(struct loop *l, struct timer *t, int64_t at)
{
    timer_start(l, t, at > l->now ? at - l->now : 0);
}

void timer_start_fixed(struct loop *l, struct timer *t, int64_t delay)
{
    timer_stop(t);
    struct list *list = list_for(&l->timers, delay);
    if (!list) {
        timer_start(l, t, delay);
        return;
    }
    begin(l, t, deadline_after(l, delay));
    list_append(list, &t->link);
    l->timers.fixed_count++;
}

void timer_stop(struct timer *t)
{
    if (!t->loop)
        return;
    if (t->place) {
        timer_heap_remove(&t->loop->timers.heap, t);
    } else {
        list_unlink(&t->link);
        t->loop->timers.fixed_count--;
    }
    t->loop = NULL;
}

size_t timer_count(const struct loop *l)
{
    return l->timers.heap.n + l->timers.fixed_count;
}
