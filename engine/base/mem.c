/* SPDX-License-Identifier: MIT */
/* Allocation that never returns without memory. */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 4096 };

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "sipwright: out of memory (%zu bytes)\n", size);
    abort();
}

/* malloc(0) may give NULL, which would look like a failure. */
static size_t at_least_one(size_t size)
{
    return size ? size : 1;
}

void *mem_alloc(size_t size)
{
    void *block = malloc(at_least_one(size));
    if (!block)
        out_of_memory(size);
    return block;
}

/*
 * glibc's calloc() goes past the cache of freed blocks that malloc() has, at
 * several times the cost; only of large blocks it knows that they are zero
 * already, fresh from the kernel.
 */
void *mem_zalloc(size_t size)
{
    void *block;

    if (size <= SMALL)
        return memset(mem_alloc(size), 0, size);
    block = calloc(1, size);
    if (!block)
        out_of_memory(size);
    return block;
}

void *mem_realloc(void *old, size_t size)
{
    void *block = realloc(old, at_least_one(size));
    if (!block)
        out_of_memory(size);
    return block;
}

void *mem_dup(const void *bytes, size_t size)
{
    void *copy = mem_alloc(size);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *mem_strndup(const char *text, size_t size)
{
    size_t n = size ? strnlen(text, size) : 0;
    char *copy = mem_alloc(n + 1);
    if (n)
        memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

void mem_free(void *block)
{
    free(block);
}
