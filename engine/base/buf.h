/* SPDX-License-Identifier: MIT */
/* A growing byte buffer with one owner. */
#ifndef SIPWRIGHT_BASE_BUF_H
#define SIPWRIGHT_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

/* Zero-initialised is empty and valid. */
struct buf {
    char *p;
    size_t n;
    size_t cap;
};

void buf_fini(struct buf *b);
void buf_grow(struct buf *b, size_t more); /* there is less room than that */
void buf_str(struct buf *b, const char *text);
void buf_u64(struct buf *b, uint64_t value); /* decimal */
void buf_fmt(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Messages are made of a hundred small pieces: these are inline for that. */
static inline void buf_reserve(struct buf *b, size_t more)
{
    if (more > b->cap - b->n)
        buf_grow(b, more);
}

static inline void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    buf_reserve(b, n);
    memcpy(b->p + b->n, bytes, n);
    b->n += n;
}

static inline void buf_slice(struct buf *b, struct slice s)
{
    buf_add(b, s.p, s.n);
}

static inline void buf_char(struct buf *b, char c)
{
    buf_reserve(b, 1);
    b->p[b->n++] = c;
}

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
