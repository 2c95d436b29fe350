/* SPDX-License-Identifier: MIT */
/* Private to this module: a quick look at a message, for every one of them. */
#ifndef SIPWRIGHT_TRACE_GLANCE_H
#define SIPWRIGHT_TRACE_GLANCE_H

#include <stdint.h>

#include "base/slice.h"
#include "wire/method.h"

/* What a ladder needs to know. */
struct glance {
    struct slice call_id; /* absent if there is none */
    uint32_t cseq;
    enum method method; /* of CSeq */
};

/* `bytes` is present, and may be anything. */
void glance(struct slice bytes, struct glance *g);

#endif
