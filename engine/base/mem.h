/* SPDX-License-Identifier: MIT */
/*
 * Allocation. Out of memory ends the process here with one line: a test tool
 * cannot usefully go on, and no caller carries a branch for it.
 */
#ifndef SIPWRIGHT_BASE_MEM_H
#define SIPWRIGHT_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_realloc(void *old, size_t size);
void *mem_dup(const void *bytes, size_t size);
char *mem_strndup(const char *text, size_t size);
void mem_free(void *block); /* NULL-safe */

/* The struct of type `type` whose member `member` is at `ptr`. */
#define container_of(ptr, type, member) \
    ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define array_length(a) (sizeof(a) / sizeof((a)[0]))

#endif
