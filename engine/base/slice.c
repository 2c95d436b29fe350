/* SPDX-License-Identifier: MIT */
/* Comparing, trimming and reading views of bytes. */
#include "base/slice.h"

#include <string.h>

#include "base/err.h"

/* Locale-free, unlike tolower(). */
static unsigned char fold(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

static bool same_folded(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i] && fold(a[i]) != fold(b[i]))
            return false;
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_str(const char *text)
{
    return slice_of(text, text ? strlen(text) : 0);
}

bool slice_eq(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool slice_ieq(struct slice a, struct slice b)
{
    return a.n == b.n && same_folded(a.p, b.p, a.n);
}

bool slice_starts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && slice_eq(slice_of(s.p, prefix.n), prefix);
}

bool slice_istarts(struct slice s, struct slice prefix)
{
    return s.n >= prefix.n && slice_ieq(slice_of(s.p, prefix.n), prefix);
}

struct slice slice_trim(struct slice s)
{
    while (s.n && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

size_t slice_copy(struct slice s, char *out, size_t size)
{
    size_t n = s.n < size ? s.n : size - 1;

    if (n)
        memcpy(out, s.p, n);
    out[n] = '\0';
    return n;
}

size_t slice_find(struct slice s, char c)
{
    const char *found = s.n ? memchr(s.p, c, s.n) : NULL;
    return found ? (size_t)(found - s.p) : s.n;
}

int slice_u32(struct slice s, uint32_t *out)
{
    uint64_t value = 0;

    if (s.n == 0)
        return ERR_PROTOCOL;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return ERR_PROTOCOL;
        /* Stays above the limit once there, and cannot overflow. */
        if (value <= UINT32_MAX)
            value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (value > UINT32_MAX)
        return ERR_TOO_BIG;
    *out = (uint32_t)value;
    return ERR_NONE;
}
