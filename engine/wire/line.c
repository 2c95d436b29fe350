/* SPDX-License-Identifier: MIT */
/* Where lines end and header names and values begin. */
#include <endian.h>
#include <string.h>

#include "wire/text.h"

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (uint64_t)(c))

/*
 * First byte up to CR (0x0d), eight bytes a step: CR, LF and NUL matter to
 * lines, and all else below is rare. The lowest bit of the expression that is
 * set is that of the first byte below 0x0e: a borrow only reaches upward.
 */
static inline const char *skip_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t eight, low;

        memcpy(&eight, p, sizeof(eight));
        eight = le64toh(eight);
        low = (eight - EACH_BYTE(0x0e)) & ~eight & EACH_BYTE(0x80);
        if (low)
            return p + __builtin_ctzll(low) / 8;
        p += 8;
    }
    while (p < end && (unsigned char)*p > '\r')
        p++;
    return p;
}

const char *text_line_end(const char *p, const char *end)
{
    for (;;) {
        p = skip_plain(p, end);
        if (p == end || *p == '\r' || *p == '\n')
            return p;
        p++;
    }
}

/* Behind the colon, with the name set; NULL when the line has none. Blanks
 * before the colon are legal (RFC 3261 25.1, HCOLON). */
static const char *read_name(const char *p, const char *end,
                             struct text_line *out)
{
    const char *q = skip_class(p, end, CHAR_TOKEN);
    struct slice name = slice_between(p, q);

    while (q < end && char_is_blank(*q))
        q++;
    if (name.n == 0 || q == end || *q != ':')
        return NULL;
    out->name = name;
    return q + 1;
}

const char *text_value(const char *p, const char *end, const char **next,
                       uint32_t *flaws)
{
    for (;;) {
        p = skip_plain(p, end);
        if (p == end) {
            *next = end;
            return end;
        }
        if (*p == '\r' || *p == '\n') {
            const char *after = text_line_break(p, end, flaws);

            if (after == end || !char_is_blank(*after)) {
                *next = after;
                return p;
            }
            p = after;
        } else if (*p == '\0') {
            *flaws |= FLAW_HEADER_LINE;
        }
        p++;
    }
}

bool text_header(const char *p, const char *end, struct text_line *out)
{
    const char *value;
    const char *stop;

    if (p == end || *p == '\r' || *p == '\n')
        return false;
    out->name = slice_of(NULL, 0);
    out->value = slice_of(NULL, 0);
    out->flaws = 0;
    value = read_name(p, end, out);
    stop = text_value(value ? value : p, end, &out->next, &out->flaws);
    out->line = slice_between(p, stop);
    if (value)
        out->value = slice_rtrim(skip_class(value, stop, CHAR_LWS), stop);
    else
        out->flaws |= FLAW_HEADER_LINE;
    return true;
}
