/* SPDX-License-Identifier: MIT */
/* Character classes, and scanners for quoted strings, hosts, ports. */
#include "wire/text.h"

#include <string.h>

#define T CHAR_TOKEN
#define L CHAR_LWS
/* clang-format off */
const unsigned char wire_chars[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, L, L, 0, 0, L, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    L, T, 0, 0, 0, T, 0, T, 0, 0, T, T, 0, T, T, 0, /*  !"#$%&'()*+,-./ */
    T, T, T, T, T, T, T, T, T, T, 0, 0, 0, 0, 0, 0, /* 0-9 :;<=>? */
    0, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* @ A-O */
    T, T, T, T, T, T, T, T, T, T, T, 0, 0, 0, 0, T, /* P-Z [\]^_ */
    T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, /* ` a-o */
    T, T, T, T, T, T, T, T, T, T, T, 0, 0, 0, T, 0, /* p-z {|}~ */
};
/* clang-format on */
#undef T
#undef L

const char *text_skip_quoted(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\')
            p++; /* a quoted pair; the loop's bound covers a last '\' */
    }
    return NULL;
}

const char *text_host(const char *p, const char *end, struct slice *host)
{
    const char *q;

    if (p < end && *p == '[') {
        q = memchr(p, ']', (size_t)(end - p));
        if (!q)
            return NULL;
        *host = slice_between(p + 1, q);
        q++;
    } else {
        q = skip_class(p, end, CHAR_TOKEN);
        *host = slice_between(p, q);
    }
    return host->n ? q : NULL;
}

const char *text_port(const char *p, const char *end, uint16_t *port)
{
    uint32_t value = 0;
    const char *start = p;

    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        value = value * 10 + (uint32_t)(*p - '0');
        if (value > UINT16_MAX)
            return NULL;
    }
    if (p == start)
        return NULL;
    *port = (uint16_t)value;
    return p;
}
