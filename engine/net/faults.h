/* SPDX-License-Identifier: MIT */
/*
 * Planned damage between the engine and the kernel: datagrams dropped,
 * doubled, delayed, swapped, corrupted, seeded, in both directions.
 *
 * A datagram not dropped may be corrupted (one to three bytes), then doubled,
 * then delayed, then held back until the next one of its direction has passed,
 * or for 20 ms. Each direction has a random stream of its own, from which
 * every datagram in play takes equally many draws: the same seed does the same
 * to the n-th datagram, whatever else the plan holds.
 */
#ifndef SIPWRIGHT_NET_FAULTS_H
#define SIPWRIGHT_NET_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct loop;
struct faults;

struct faults_plan {
    double drop, duplicate, reorder, corrupt; /* probabilities, 0 to 1 */
    int64_t delay_min, delay_max; /* nanoseconds, even spread; 0, 0: none */
    uint64_t seed;
    /* Says whether this datagram is in play at all; NULL: all are. */
    bool (*where)(void *arg, bool outgoing, struct slice bytes);
    void *arg;
};

/*
 * One set of faults may serve several sockets (net_faults_add).
 * ERR_ARGUMENT for a probability outside 0 to 1 or a delay range reversed.
 */
int faults_new(struct faults **out, struct loop *l,
               const struct faults_plan *plan);
void faults_free(struct faults *f); /* held-back datagrams are dropped */

/* `seen`: datagrams in play; `dropped` includes those held back to the end. */
struct faults_counters {
    uint64_t seen, dropped, duplicated, delayed, reordered, corrupted;
};
const struct faults_counters *faults_counters(const struct faults *f);

#endif
