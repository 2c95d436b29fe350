/* SPDX-License-Identifier: MIT */
/* The growing byte buffer. */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum {
    FIRST_SIZE = 64,
    U64_DIGITS = 20,
};

void buf_fini(struct buf *b)
{
    mem_free(b->p);
    *b = (struct buf){ 0 };
}

void buf_grow(struct buf *b, size_t more)
{
    size_t cap = b->cap ? b->cap : FIRST_SIZE;

    /* A size past all memory goes on to the allocator, which ends there. */
    size_t need = more > SIZE_MAX / 2 - b->n ? SIZE_MAX / 2 : b->n + more;
    while (cap < need)
        cap *= 2;
    b->p = mem_realloc(b->p, cap);
    b->cap = cap;
}

void buf_str(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_u64(struct buf *b, uint64_t value)
{
    char digits[U64_DIGITS];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    buf_add(b, digits + at, sizeof(digits) - at);
}

void buf_fmt(struct buf *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(n >= 0);
    if (n <= 0)
        return;
    /* One more for the NUL that vsnprintf() writes and we do not count. */
    buf_reserve(b, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(b->p + b->n, (size_t)n + 1, format, args);
    va_end(args);
    b->n += (size_t)n;
}
