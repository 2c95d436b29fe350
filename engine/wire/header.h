/* SPDX-License-Identifier: MIT */
/*
 * Header lines of a message, one at a time and without allocation. Folded
 * lines (RFC 3261 7.3.1) count as one; names are compared without case and in
 * their compact forms.
 */
#ifndef SIPWRIGHT_WIRE_HEADER_H
#define SIPWRIGHT_WIRE_HEADER_H

#include <stdbool.h>

#include "base/slice.h"

struct wire_header {
    struct slice line;  /* whole, folds included, without the last line end */
    struct slice name;  /* as spelled */
    struct slice value; /* trimmed; folds are still inside */
};

/*
 * Next header of `region` from *pos (start with 0). Returns 1 and moves *pos,
 * 0 at the end or at an empty line (*pos stays on it), ERR_PROTOCOL on a line
 * without a colon or without a token as name (*pos is moved past it and
 * out->line set, so that a caller may go on).
 */
int wire_header_next(struct slice region, size_t *pos, struct wire_header *out);

/* Same header? "v" and "Via" are; both sides in any case. */
bool wire_header_same(struct slice a, struct slice b);

/* The compact form of a name ('v' for "Via"), or 0 if it has none. */
char wire_header_compact(struct slice name);

/* The full name of a compact form ("Via" for "v"); other names unchanged. */
struct slice wire_header_full(struct slice name);

/* May several values be written in one line, separated by commas (7.3.1)? */
bool wire_header_is_list(struct slice name);

/*
 * Next element of a comma-separated value from *pos; quotes and <> protect
 * commas. Returns false at the end. Elements are trimmed, empty ones skipped.
 */
bool wire_list_next(struct slice value, size_t *pos, struct slice *out);

/*
 * Next parameter of a run `;a=1;b="x"` or `a=1, b="x"` (separator ';' or ',')
 * from *pos. `value` is absent for a bare name; quotes are taken off, and
 * escapes stay as they are (*quoted tells). Returns false at the end.
 */
struct wire_param {
    struct slice name;
    struct slice value;
    bool quoted;
};
bool wire_param_next(struct slice run, char separator, size_t *pos,
                     struct wire_param *out);

/* The value of one parameter in a run `;a;b=c`; absent if it is not there. A
 * bare name gives an empty, present slice. Names without case. */
struct slice wire_param_get(struct slice run, const char *name);

#endif
