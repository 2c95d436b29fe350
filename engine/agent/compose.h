/* SPDX-License-Identifier: MIT */
/* The text of requests of ours, and where they go. For this module alone. */
#ifndef SIPWRIGHT_AGENT_COMPOSE_H
#define SIPWRIGHT_AGENT_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/request.h"
#include "base/addr.h"
#include "base/buf.h"
#include "base/slice.h"
#include "message/edits.h"
#include "message/message.h"

struct compose_parts;
struct engine;
struct ua;
struct usage;

void compose_parts_fini(struct compose_parts *p);
struct compose {
    const struct request_kind *kind;
    struct slice own; /* lines that the kind adds, "Name: value\r\n"… */
    struct ua *ua;
    struct usage *usage; /* NULL: out of dialog */
    const struct request_options *options;
    struct slice call_id;            /* outside; absent: a new one */
    uint32_t cseq;                   /* used where the options give none */
    struct slice username, password; /* answers ahead of a challenge; absent
                                        password: none */
};
/* Renders into e->scratch and finds where it goes. */
int compose_request(const struct compose *c, struct addr *to, char why[160]);
/* "<sip:x@y>" of a URI, its parameters inside; values that have <> stay. */
void compose_address(struct buf *out, struct slice value);
void compose_branch(struct buf *out, struct engine *e);
/* A line of the kind's own, unless the caller brings one of that name, or the
 * value is absent. */
void compose_own(struct buf *own, const struct request_options *o,
                 const char *name, struct slice value);
void compose_line(struct buf *own, const char *name, struct slice value);
/* The headers of a URI become lines; *uri is what is left: compose_uri.c. */
void compose_uri_headers(struct buf *own, const struct request_options *o,
                         struct slice *uri);
/* Do the caller's lines bring a header of that name? Then ours stays out. */
bool compose_brings(const struct slice *lines, size_t count, struct slice name);
/* The script's own changes, last. It may use the engine in `edit`: `out`,
 * which may be the scratch, is not touched meanwhile. */
void compose_edit(struct buf *out, const struct header_edits *edits,
                  bool (*edit)(void *arg, struct buf *text), void *arg);

/* ---- compose_target.c ---- */
/* Where it goes first. */
int compose_target(const struct compose *c, struct addr *to, char why[160]);
/* The same for a request once more, with this URI in its request line. */
int compose_retarget(const struct request *r, struct slice uri,
                     struct addr *to);

/* ---- compose_again.c ---- */
/* How another attempt of a request differs from the one before, apart from its
 * branch. */
struct again {
    uint32_t cseq;
    struct slice uri;   /* in the request line; absent: as it was */
    struct slice lines; /* "Name: value\r\n"…: they take the place of the lines
                           of those names, credentials that of all of these */
    bool no_credentials; /* but for those in `lines` */
    bool no_body;
};
void compose_again(struct buf *out, const struct message *old, struct engine *e,
                   const struct again *a);
/* Is this the name of a header that answers a challenge? */
bool compose_is_credentials(struct slice name);

#endif
