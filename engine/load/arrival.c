/* SPDX-License-Identifier: MIT */
/* The list of load shapes, and which of them a plan means. */
#include "load/arrival.h"

#include "base/err.h"
#include "base/mem.h"

static const struct arrival_shape *const shapes[] = {
    &arrival_served,
    &arrival_constant,
    &arrival_full,
};

int arrival_new(struct arrival **out, const struct arrival_plan *plan)
{
    for (size_t i = 0; i < array_length(shapes); i++) {
        int err;

        if (!shapes[i]->fits(plan))
            continue;
        err = shapes[i]->open(out, plan);
        if (err == ERR_NONE)
            (*out)->shape = shapes[i];
        return err;
    }
    return ERR_ARGUMENT;
}

void arrival_free(struct arrival *a)
{
    if (a)
        a->shape->close(a);
}
