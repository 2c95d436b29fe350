/* SPDX-License-Identifier: MIT */
/*
 * Private to this module: what a plan of faults has in store for one datagram,
 * as a function of the seed and of how many datagrams went before it.
 */
#ifndef SIPWRIGHT_NET_VERDICT_H
#define SIPWRIGHT_NET_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct faults_plan;
struct rng;

struct verdict {
    bool drop, corrupt, duplicate, reorder;
    int64_t delay;
    uint64_t detail; /* seeds the choice of bytes to corrupt */
};

/* Probabilities are such, and the range of delays is one. */
bool verdict_possible(const struct faults_plan *plan);

struct verdict verdict_draw(const struct faults_plan *plan, struct rng *r);

/* Gives one to three bytes, as far as there are any, another value. */
void verdict_corrupt(const struct verdict *v, char *bytes, size_t n);

#endif
