/* SPDX-License-Identifier: MIT */
/*
 * One SIP message: its exact bytes, the scan of them, where it came from or
 * went to, and when. Counted; never changed once made.
 */
#ifndef SIPWRIGHT_MESSAGE_MESSAGE_H
#define SIPWRIGHT_MESSAGE_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/slice.h"
#include "wire/header.h"
#include "wire/scan.h"

struct message {
    uint32_t refs;
    uint32_t n;        /* bytes */
    int64_t at;        /* loop_now() when it came or was made; nanoseconds */
    int64_t wall;      /* wall clock of the same, nanoseconds since 1970 */
    struct addr peer;  /* other side; whoever makes the message fills it in */
    struct addr local; /* our side, likewise */
    struct wire_message w;
    char bytes[]; /* n of them, then a NUL that is not counted */
};

/*
 * Copies and scans. ERR_PROTOCOL when it is no SIP message at all: *out is
 * then NULL. One reference.
 */
int message_new(struct message **out, const char *bytes, size_t n, int64_t at,
                int64_t wall);
struct message *message_ref(struct message *m);
void message_unref(struct message *m); /* NULL-safe */

/*
 * For owners of their own memory (a Lua userdata): the size a copy takes, and
 * the copy, with its views moved and one reference. Never message_unref() it.
 */
size_t message_size(const struct message *m);
void message_copy(void *to, const struct message *m);

static inline struct slice message_bytes(const struct message *m)
{
    return slice_of(m->bytes, m->n);
}

/*
 * The index-th (from 0) value of a header by name, compact forms included.
 * For list headers (Via, Route, Contact …) elements of one line count each;
 * otherwise lines do. Absent slice if there is none. Folds are still inside.
 */
struct slice message_header(const struct message *m, struct slice name,
                            size_t index);

/* The same on any header region: for text that is being made. */
struct slice header_value(struct slice region, struct slice name, size_t index);

/* Walks the values of one header; false at the end. Zero the cursor first. */
struct header_cursor {
    size_t pos;        /* in the region */
    size_t list_pos;   /* in the line */
    struct slice line; /* value being walked; absent: next line please */
};
bool header_each(struct slice region, struct slice name,
                 struct header_cursor *c, struct slice *value);

/* Is option-tag `tag` listed in header `name` (Require, Supported …)? */
bool message_has_option(const struct message *m, const char *name,
                        const char *tag);

/* Unfolds a value into out (NUL-terminated, cut to size); returns its length.*/
size_t header_unfold(struct slice value, char *out, size_t size);

/* First line as text for ladders and errors: "INVITE sip:b@h", "180 Ringing".*/
size_t message_headline(const struct message *m, char *out, size_t size);

#endif
