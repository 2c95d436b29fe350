/* SPDX-License-Identifier: MIT */
/* Private to auth: the nonces that a server has given out. */
#ifndef SIPWRIGHT_AUTH_NONCES_H
#define SIPWRIGHT_AUTH_NONCES_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/digest.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/rng.h"

enum { NONCE_LENGTH = 32, NONCES_MAX = 4096 };

struct nonce {
    struct list link;
    struct hash_node node;
    int64_t expires;                 /* a loop_now() time */
    enum digest_algorithm algorithm; /* what was offered with it */
    unsigned qop;
    uint32_t nc;   /* highest accepted */
    uint64_t seen; /* bit i: nc - i was accepted */
    char text[NONCE_LENGTH];
};

struct nonces {
    struct rng *rng;
    struct hash table;
    struct list order; /* oldest first */
};

void nonces_init(struct nonces *n, struct rng *rng);
void nonces_fini(struct nonces *n);

/* A new one; the oldest goes when there are too many, all that have expired
 * go too. */
struct nonce *nonces_make(struct nonces *n, int64_t now, int64_t lifetime);

/* NULL if unknown or expired. */
struct nonce *nonces_find(const struct nonces *n, struct slice text,
                          int64_t now);

/*
 * False for an nc that was accepted before, or that is so far behind the
 * highest that this is not known any more; messages overtake each other, so
 * lower ones are no crime.
 */
bool nonce_count(struct nonce *n, uint32_t nc);

#endif
