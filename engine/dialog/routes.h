/* SPDX-License-Identifier: MIT */
/* Private to dialog: the route set and the remote target, and what follows
 * from the two for a request (RFC 3261 12.2.1.1). */
#ifndef SIPWRIGHT_DIALOG_ROUTES_H
#define SIPWRIGHT_DIALOG_ROUTES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"
#include "message/message.h"

/* All zero is empty. */
struct routes {
    struct buf target;     /* remote target: a URI */
    struct buf set;        /* the route set, one Route line each */
    struct slice rest;     /* in `set`: all lines but the first */
    struct slice first;    /* in `set`: URI of the first; absent if none */
    bool strict;           /* the first is a strict router; then: */
    struct buf strict_uri; /* it, as a Request-URI */
    struct buf lines;      /* the rest, then the remote target */
};

void routes_fini(struct routes *r);

/* The route set from every Record-Route of `m`, in order or reversed. */
void routes_learn(struct routes *r, const struct message *m, bool reverse);

/* The remote target. */
void routes_aim(struct routes *r, struct slice uri);

/* The same from the Contact of `m`; false if there is no readable one. */
bool routes_aim_contact(struct routes *r, const struct message *m);

struct slice routes_uri(const struct routes *r);      /* Request-URI */
struct slice routes_lines(const struct routes *r);    /* absent if none */
struct slice routes_next_hop(const struct routes *r); /* URI */

/* Adds a header value with its folds made single spaces. */
void add_unfolded(struct buf *out, struct slice value);

#endif
