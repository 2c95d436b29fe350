/* SPDX-License-Identifier: MIT */
/* Verdicts on datagrams, drawn from a stream of random numbers. */
#include "net/verdict.h"

#include "base/rng.h"
#include "net/faults.h"

enum { CORRUPT_MOST = 3, BYTE_MOST = 255 };

static bool is_probability(double p)
{
    return p >= 0.0 && p <= 1.0; /* false for NaN */
}

bool verdict_possible(const struct faults_plan *plan)
{
    return is_probability(plan->drop) && is_probability(plan->duplicate) &&
           is_probability(plan->reorder) && is_probability(plan->corrupt) &&
           plan->delay_min >= 0 && plan->delay_max >= plan->delay_min;
}

/*
 * As many draws for every datagram, whatever they say and whatever the plan
 * is: what happens to the n-th datagram depends on the seed alone.
 */
struct verdict verdict_draw(const struct faults_plan *plan, struct rng *r)
{
    double span = (double)(plan->delay_max - plan->delay_min);
    struct verdict v;

    v.drop = rng_double(r) < plan->drop;
    v.corrupt = rng_double(r) < plan->corrupt;
    v.duplicate = rng_double(r) < plan->duplicate;
    v.delay = plan->delay_min + (int64_t)(rng_double(r) * span);
    v.reorder = rng_double(r) < plan->reorder;
    v.detail = rng_next(r);
    return v;
}

static bool is_taken(const size_t *places, size_t count, size_t place)
{
    for (size_t i = 0; i < count; i++)
        if (places[i] == place)
            return true;
    return false;
}

/* No byte twice: the second change could undo the first. */
void verdict_corrupt(const struct verdict *v, char *bytes, size_t n)
{
    struct rng r;
    size_t places[CORRUPT_MOST], count, i;

    if (n == 0)
        return;
    rng_init(&r, v->detail, 0);
    count = 1 + (size_t)rng_below(&r, CORRUPT_MOST);
    for (i = 0; i < count && i < n; i++) {
        size_t place;

        do
            place = (size_t)rng_below(&r, n);
        while (is_taken(places, i, place));
        places[i] = place;
        bytes[place] = (char)((unsigned char)bytes[place] ^
                              (1 + rng_below(&r, BYTE_MOST)));
    }
}
