/* SPDX-License-Identifier: MIT */
/* No rate: as many calls as may be open are kept open. */
#include "base/err.h"
#include "base/mem.h"
#include "load/arrival.h"

static bool full_fits(const struct arrival_plan *plan)
{
    return plan->rate == 0.0;
}

/* Without a limit there would be no end to what starts at once. */
static int full_open(struct arrival **out, const struct arrival_plan *plan)
{
    if (plan->max_open == 0)
        return ERR_ARGUMENT;
    *out = mem_zalloc(sizeof(**out));
    return ERR_NONE;
}

/* All were due from the beginning: only the limit holds them back. */
static int64_t full_due(struct arrival *a, uint64_t k)
{
    (void)a;
    (void)k;
    return 0;
}

static void full_close(struct arrival *a)
{
    mem_free(a);
}

const struct arrival_shape arrival_full = {
    .name = "full",
    .waits = true,
    .fits = full_fits,
    .open = full_open,
    .due = full_due,
    .close = full_close,
};
