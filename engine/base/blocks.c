/* SPDX-License-Identifier: MIT */
/* Lists of freed blocks, one for each size. */
#include "base/blocks.h"

#include <string.h>

#include "base/mem.h"

#ifdef __SANITIZE_ADDRESS__
static const bool keeping = false;
#else
static const bool keeping = true;
#endif

/* The list of a size from 1 on. */
static size_t row_of(size_t size)
{
    return (size - 1) / BLOCKS_STEP;
}

static bool is_small(size_t size)
{
    return keeping && size > 0 && size <= BLOCKS_MOST;
}

void *blocks_take(struct blocks *b, size_t size)
{
    void **block;

    if (!is_small(size))
        return mem_alloc(size);
    block = b->kept[row_of(size)];
    if (!block)
        return mem_alloc((row_of(size) + 1) * BLOCKS_STEP);
    b->kept[row_of(size)] = *block;
    return block;
}

void *blocks_take_zeroed(struct blocks *b, size_t size)
{
    return memset(blocks_take(b, size), 0, size);
}

void blocks_give(struct blocks *b, void *block, size_t size)
{
    void **link = block;

    if (!block || !is_small(size)) {
        mem_free(block);
        return;
    }
    *link = b->kept[row_of(size)];
    b->kept[row_of(size)] = link;
}

bool blocks_alike(size_t a, size_t b)
{
    return a == b || (is_small(a) && is_small(b) && row_of(a) == row_of(b));
}

void blocks_fini(struct blocks *b)
{
    for (size_t i = 0; i < array_length(b->kept); i++) {
        for (void **block = b->kept[i], **next; block; block = next) {
            next = *block;
            mem_free(block);
        }
        b->kept[i] = NULL;
    }
}
