/* SPDX-License-Identifier: MIT */
/* A view of bytes owned by somebody else. Never NUL-terminated. */
#ifndef SIPWRIGHT_BASE_SLICE_H
#define SIPWRIGHT_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const char *p; /* NULL: absent, as apart from empty */
    size_t n;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

static inline struct slice slice_of(const char *p, size_t n)
{
    return (struct slice){ p, n };
}

static inline bool slice_present(struct slice s)
{
    return s.p != NULL;
}

struct slice slice_str(const char *text); /* NULL gives an absent slice */
bool slice_eq(struct slice a, struct slice b);
bool slice_ieq(struct slice a, struct slice b); /* ASCII case folded */
bool slice_starts(struct slice s, struct slice prefix);
bool slice_istarts(struct slice s, struct slice prefix);

/* Without leading and trailing SP, HTAB, CR and LF. */
struct slice slice_trim(struct slice s);

/* Into out, cut to size - 1 bytes and NUL-terminated; returns the length. */
size_t slice_copy(struct slice s, char *out, size_t size);

/* Index of the first `c`, or s.n. */
size_t slice_find(struct slice s, char c);

/*
 * Decimal digits only, the whole slice, no sign. ERR_PROTOCOL where it is not
 * a number, ERR_TOO_BIG over UINT32_MAX; *out written on success only.
 */
int slice_u32(struct slice s, uint32_t *out);

#endif
