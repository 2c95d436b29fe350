/* SPDX-License-Identifier: MIT */
/* The heap of timers that do not share a delay with many others. */
#include "loop/timer_heap.h"

#include <assert.h>

#include "base/mem.h"
#include "loop/timer.h"

enum {
    ARITY = 4, /* four entries of 16 bytes fill one cache line */
    FIRST_SIZE = 64,
};

bool timer_before(const struct timer *a, const struct timer *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static bool before(struct timer_entry a, struct timer_entry b)
{
    return a.at != b.at ? a.at < b.at : a.timer->order < b.timer->order;
}

static void put(struct timer_heap *h, size_t i, struct timer_entry entry)
{
    h->entries[i] = entry;
    entry.timer->place = i + 1;
}

static void sift_up(struct timer_heap *h, size_t i, struct timer_entry entry)
{
    while (i > 0) {
        size_t parent = (i - 1) / ARITY;
        if (!before(entry, h->entries[parent]))
            break;
        put(h, i, h->entries[parent]);
        i = parent;
    }
    put(h, i, entry);
}

/* Index of the earliest child of `i`, or h->n where it has none. */
static size_t first_child(const struct timer_heap *h, size_t i)
{
    size_t child = i * ARITY + 1;
    size_t end = child + ARITY < h->n ? child + ARITY : h->n;
    size_t best = child;

    if (child >= h->n)
        return h->n;
    while (++child < end) {
        if (before(h->entries[child], h->entries[best]))
            best = child;
    }
    return best;
}

static void sift_down(struct timer_heap *h, size_t i, struct timer_entry entry)
{
    for (;;) {
        size_t child = first_child(h, i);
        if (child == h->n || !before(h->entries[child], entry))
            break;
        put(h, i, h->entries[child]);
        i = child;
    }
    put(h, i, entry);
}

void timer_heap_fini(struct timer_heap *h)
{
    mem_free(h->entries);
    *h = (struct timer_heap){ 0 };
}

void timer_heap_insert(struct timer_heap *h, struct timer *t)
{
    if (h->n == h->cap) {
        h->cap = h->cap ? h->cap * 2 : FIRST_SIZE;
        h->entries = mem_realloc(h->entries, h->cap * sizeof(*h->entries));
    }
    sift_up(h, h->n++, (struct timer_entry){ t->at, t });
}

void timer_heap_remove(struct timer_heap *h, struct timer *t)
{
    size_t i = t->place - 1;
    struct timer_entry last = h->entries[--h->n];

    assert(i <= h->n);
    t->place = 0;
    if (last.timer == t)
        return;
    /* The last one fills the hole and finds its place from there. */
    if (i > 0 && before(last, h->entries[(i - 1) / ARITY]))
        sift_up(h, i, last);
    else
        sift_down(h, i, last);
}

struct timer *timer_heap_first(const struct timer_heap *h)
{
    return h->n ? h->entries[0].timer : NULL;
}

void timer_heap_shift(struct timer_heap *h, int64_t by)
{
    for (size_t i = 0; i < h->n; i++) {
        h->entries[i].at += by;
        h->entries[i].timer->at += by;
    }
}
