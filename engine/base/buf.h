/* SPDX-License-Identifier: MIT */
/* A growing byte buffer with one owner. */
#ifndef SIPWRIGHT_BASE_BUF_H
#define SIPWRIGHT_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Zero-initialised is empty and valid. */
struct buf {
    char *p;
    size_t n;
    size_t cap;
};

void buf_fini(struct buf *b);
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_slice(struct buf *b, struct slice s);
void buf_str(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t value); /* decimal */
void buf_fmt(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define buf_lit(b, literal) buf_add((b), (literal), sizeof(literal) - 1)

static inline struct slice buf_view(const struct buf *b)
{
    return slice_of(b->p ? b->p : "", b->n);
}

static inline void buf_clear(struct buf *b)
{
    b->n = 0;
}

#endif
