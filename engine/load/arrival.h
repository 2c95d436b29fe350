/* SPDX-License-Identifier: MIT */
/*
 * When the calls of a load begin. Each shape of load is one file with one
 * struct arrival_shape, and one row of the list in arrival.c.
 */
#ifndef SIPWRIGHT_LOAD_ARRIVAL_H
#define SIPWRIGHT_LOAD_ARRIVAL_H

#include <stdbool.h>
#include <stdint.h>

/* What the user asked for, as far as shapes look at it. */
struct arrival_plan {
    double rate;       /* calls a second; 0: none given */
    uint64_t max_open; /* 0: no limit */
    bool served;       /* calls come from outside, not from a schedule */
};

/* `due` of a call that never comes, nor any after it. */
#define ARRIVAL_OVER INT64_MAX
/* `due` of a call that may come, but not by the clock. */
#define ARRIVAL_OUTSIDE (INT64_MAX - 1)

/* The first member of every shape's own record. */
struct arrival {
    const struct arrival_shape *shape;
};

struct arrival_shape {
    const char *name;
    /*
     * What an arrival at the limit of open calls does. Waiting for a call to
     * end makes a closed model: its starts are never late, and begin when there
     * is room. Otherwise the arrival is dropped and the schedule goes on.
     */
    bool waits;
    /* Is this the shape that the plan means? The first one of the list is. */
    bool (*fits)(const struct arrival_plan *plan);
    /* ERR_ARGUMENT for numbers that make no sense. Sets nothing but its own
     * members. */
    int (*open)(struct arrival **out, const struct arrival_plan *plan);
    /*
     * Nanoseconds from the start of the load to the arrival of call k (from
     * 0), never falling with k. Asked once for each k, in order.
     */
    int64_t (*due)(struct arrival *a, uint64_t k);
    void (*close)(struct arrival *a);
};

extern const struct arrival_shape arrival_constant; /* k / rate, exactly */
extern const struct arrival_shape arrival_full;     /* as many as may be open */
extern const struct arrival_shape arrival_served;

/* ERR_ARGUMENT also for a plan that no shape fits. */
int arrival_new(struct arrival **out, const struct arrival_plan *plan);
void arrival_free(struct arrival *a); /* NULL-safe */

static inline int64_t arrival_due(struct arrival *a, uint64_t k)
{
    return a->shape->due(a, k);
}

#endif
