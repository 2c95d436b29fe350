/* SPDX-License-Identifier: MIT */
/* Calls that come from outside: whoever sees one come tells the load. */
#include "base/err.h"
#include "base/mem.h"
#include "load/arrival.h"

static bool served_fits(const struct arrival_plan *plan)
{
    return plan->served;
}

static int served_open(struct arrival **out, const struct arrival_plan *plan)
{
    if (!(plan->rate == 0.0))
        return ERR_ARGUMENT;
    *out = mem_zalloc(sizeof(**out));
    return ERR_NONE;
}

static int64_t served_due(struct arrival *a, uint64_t k)
{
    (void)a;
    (void)k;
    return ARRIVAL_OUTSIDE;
}

static void served_close(struct arrival *a)
{
    mem_free(a);
}

const struct arrival_shape arrival_served = {
    .name = "served",
    .waits = false,
    .fits = served_fits,
    .open = served_open,
    .due = served_due,
    .close = served_close,
};
