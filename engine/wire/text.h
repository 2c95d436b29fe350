/* SPDX-License-Identifier: MIT */
/*
 * Internal to wire: character classes and the small scanners that the others
 * are made of. Each takes [p, end) and never reads at or behind `end`.
 */
#ifndef SIPWRIGHT_WIRE_TEXT_H
#define SIPWRIGHT_WIRE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"
#include "wire/header.h"
#include "wire/scan.h"

enum {
    CHAR_TOKEN = 1, /* RFC 3261 25.1, token */
    CHAR_LWS = 2    /* SP, HTAB, CR, LF: inside a value, folds included */
};

extern const unsigned char wire_chars[256];

static inline bool char_is(char c, int class)
{
    return (wire_chars[(unsigned char)c] & class) != 0;
}

static inline bool char_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline const char *skip_class(const char *p, const char *end, int class)
{
    while (p < end && char_is(*p, class))
        p++;
    return p;
}

static inline struct slice slice_between(const char *from, const char *to)
{
    return slice_of(from, (size_t)(to - from));
}

/* [from, to) without LWS at its end. */
static inline struct slice slice_rtrim(const char *from, const char *to)
{
    while (to > from && char_is(to[-1], CHAR_LWS))
        to--;
    return slice_between(from, to);
}

/* slice_ieq() for a short literal: as usual it is spelled like that. */
static inline bool text_is(struct slice s, struct slice literal)
{
    return s.n == literal.n &&
           (memcmp(s.p, literal.p, literal.n) == 0 || slice_ieq(s, literal));
}

/* Behind the closing quote of a string whose opening quote is at p; NULL when
 * there is none. */
const char *text_skip_quoted(const char *p, const char *end);

/* The host at p (IPv6 without its brackets); NULL when there is none. */
const char *text_host(const char *p, const char *end, struct slice *host);

/* Decimal digits at p as a port; NULL when there are none or over 65535. */
const char *text_port(const char *p, const char *end, uint16_t *port);

/*
 * One parameter from *p; `stop` ends the run as `end` does (give the separator
 * again where there is no such thing). Returns false at the end of the run,
 * with *p there.
 */
bool text_param(const char **p, const char *end, char separator, char stop,
                struct wire_param *out);

struct text_line {
    struct slice line;  /* whole, folds included, without the last line end */
    struct slice name;  /* absent: no header line */
    struct slice value; /* trimmed */
    const char *next;   /* where the next line begins */
    uint32_t flaws;     /* of enum wire_flaw */
};

/* Where the line that p is in ends: at a CR or LF, or at `end`. */
const char *text_line_end(const char *p, const char *end);

/* Behind the CRLF, LF or CR at p. */
static inline const char *text_line_break(const char *p, const char *end,
                                          uint32_t *flaws)
{
    if (*p == '\r' && end - p > 1 && p[1] == '\n')
        return p + 2;
    *flaws |= FLAW_LINE_END;
    return p + 1;
}

/* The end of the header value that begins at p, over folds (RFC 3261 7.3.1),
 * and where the next line begins. */
const char *text_value(const char *p, const char *end, const char **next,
                       uint32_t *flaws);

/* The header line at p; false at `end` or an empty line. */
bool text_header(const char *p, const char *end, struct text_line *out);

/* Start line without its end into *out; ERR_PROTOCOL when it is none. */
int text_start_line(struct slice line, struct wire_message *out);

#endif
