/* SPDX-License-Identifier: MIT */
/* A constant rate: call k arrives at k / rate, computed afresh for each k. */
#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "load/arrival.h"

#define NS_PER_SECOND 1e9L

/* 73 years; and small enough to be added to any time. */
#define LONGEST ((long double)(INT64_MAX / 4))

struct constant {
    struct arrival base;
    long double rate;
};

/* NaN included: it is an attempt at a rate, and refused as one. */
static bool constant_fits(const struct arrival_plan *plan)
{
    return !(plan->rate == 0.0);
}

static int constant_open(struct arrival **out, const struct arrival_plan *plan)
{
    struct constant *c;

    if (!(plan->rate > 0.0) || isinf(plan->rate))
        return ERR_ARGUMENT;
    c = mem_zalloc(sizeof(*c));
    c->rate = plan->rate;
    *out = &c->base;
    return ERR_NONE;
}

/*
 * To the nearest nanosecond, halves up. No sum of periods, hence no drift: the
 * product is exact to 2^64, and the quotient is rounded once.
 */
static int64_t constant_due(struct arrival *a, uint64_t k)
{
    const struct constant *c = (const struct constant *)a;
    long double ns = (long double)k * NS_PER_SECOND / c->rate;

    return ns < LONGEST ? (int64_t)floorl(ns + 0.5L) : ARRIVAL_OVER;
}

static void constant_close(struct arrival *a)
{
    mem_free(a);
}

const struct arrival_shape arrival_constant = {
    .name = "constant",
    .waits = false,
    .fits = constant_fits,
    .open = constant_open,
    .due = constant_due,
    .close = constant_close,
};
