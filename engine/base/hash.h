/* SPDX-License-Identifier: MIT */
/*
 * Intrusive hash table: the key lives in the object, the caller compares it.
 * Grows by doubling and never shrinks while in use.
 */
#ifndef SIPWRIGHT_BASE_HASH_H
#define SIPWRIGHT_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_node {
    struct hash_node *next;
    struct hash_node **link; /* what points at us; NULL: not in a table */
    uint64_t hash;
};

struct hash {
    struct hash_node **slots;
    size_t mask;
    size_t count;
};

/* All zero is the same. */
void hash_init(struct hash *h);
void hash_fini(struct hash *h); /* frees the slots, not the nodes */
void hash_insert(struct hash *h, struct hash_node *node, uint64_t hash);
void hash_remove(struct hash *h, struct hash_node *node); /* NULL-link safe */

/* First node with this very hash, and the next one after it; NULL at the end.
 */
struct hash_node *hash_first(const struct hash *h, uint64_t hash);
struct hash_node *hash_next(const struct hash_node *node);

/*
 * Walks every node in no order; `fn` may remove or free the node it was given,
 * and must not insert.
 */
void hash_walk(struct hash *h, void (*fn)(void *arg, struct hash_node *node),
               void *arg);

/* Mixes bytes into a running hash; start with any seed. */
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n);

/* The same, ASCII letters folded to lower case. */
uint64_t hash_fold(uint64_t seed, const char *text, size_t n);

#endif
