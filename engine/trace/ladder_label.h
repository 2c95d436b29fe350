/* SPDX-License-Identifier: MIT */
/* Private to this module: what is written on an arrow. */
#ifndef SIPWRIGHT_TRACE_LADDER_LABEL_H
#define SIPWRIGHT_TRACE_LADDER_LABEL_H

#include <stddef.h>

#include "trace/ladder_steps.h"

/* One cell of a canvas for each character. */
struct ladder_label {
    char cells[160];
    size_t n;
};

/* Shortened to `room` cells; marks are the last to go. */
void ladder_label(struct ladder_label *out, const struct ladder_step *step,
                  size_t room);

/* The last `room` cells of the text, since what differs is at the end. */
void ladder_label_tail(struct ladder_label *out, struct slice text,
                       size_t room);

static inline struct slice ladder_label_text(const struct ladder_label *l)
{
    return slice_of(l->cells, l->n);
}

#endif
