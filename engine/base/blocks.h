/* SPDX-License-Identifier: MIT */
/*
 * Small blocks of memory, kept for the next taker of that size when they are
 * given back: what every call of a load makes and drops by the dozen. An owner
 * has its own, so nothing is shared. The most that was in use stays taken.
 *
 * With AddressSanitizer every block is one of malloc()'s, so that it sees who
 * touches one that was given back.
 */
#ifndef SIPWRIGHT_BASE_BLOCKS_H
#define SIPWRIGHT_BASE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

enum { BLOCKS_STEP = 16, BLOCKS_MOST = 1024 };

/* All zero is empty and valid. */
struct blocks {
    void *kept[BLOCKS_MOST / BLOCKS_STEP]; /* by size, each linked through its
                                              first bytes */
};

/* Not cleared. Larger ones than BLOCKS_MOST are mem_alloc()'s. */
void *blocks_take(struct blocks *b, size_t size);
void *blocks_take_zeroed(struct blocks *b, size_t size);
/* With the size that it was taken with. NULL-safe. */
void blocks_give(struct blocks *b, void *block, size_t size);
/* Has a block of size `a` room for `b`, and is it kept with those? */
bool blocks_alike(size_t a, size_t b);
/* Frees what is kept; blocks that are out are to be mem_free()d. */
void blocks_fini(struct blocks *b);

#endif
