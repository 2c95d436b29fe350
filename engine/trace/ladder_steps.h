/* SPDX-License-Identifier: MIT */
/*
 * Private to this module: what happened between the participants of a call.
 * A datagram that two taps saw, one when it was sent and one when it was
 * received, is one step.
 */
#ifndef SIPWRIGHT_TRACE_LADDER_STEPS_H
#define SIPWRIGHT_TRACE_LADDER_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "trace/ring.h"

struct ladder_step {
    const struct ring_entry *entry; /* of the tap that saw it first */
    struct ring_place from, to;
    unsigned marks; /* bits 1 << enum net_mark, of both taps */
    bool again;     /* the same bytes went the same way before */
    bool received;  /* seen by the tap of the receiver */
    /* Steps with the same bytes and way, as a queue of those not received. */
    struct hash_node node; /* of the first of them, which leads the rest */
    size_t waiting, last;  /* of the leader; indexes */
    size_t twin;           /* index of the next one; 0: none */
};

struct ladder_steps {
    struct ladder_step *items;
    size_t n;
};

void ladder_steps_init(struct ladder_steps *s, const struct ring *r,
                       uint64_t call);
void ladder_steps_fini(struct ladder_steps *s);

bool ladder_same_place(const struct ring_place *a, const struct ring_place *b);

#endif
