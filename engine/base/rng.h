/* SPDX-License-Identifier: MIT */
/*
 * Seeded random numbers for identifiers, schedules and faults: the same seed
 * and stream give the same sequence. Not for cryptography.
 */
#ifndef SIPWRIGHT_BASE_RNG_H
#define SIPWRIGHT_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t s[4];
};

/* Streams of one seed are independent of each other. */
void rng_init(struct rng *r, uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *r);
double rng_double(struct rng *r); /* in [0, 1) */

/* In [0, bound), all equally likely; bound > 0. */
uint64_t rng_below(struct rng *r, uint64_t bound);

/* Writes n characters of [0-9a-v], five random bits each; no NUL. */
void rng_token(struct rng *r, char *out, size_t n);

/* A seed from the kernel. */
uint64_t rng_entropy(void);

#endif
