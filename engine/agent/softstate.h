/* SPDX-License-Identifier: MIT */
/*
 * What an agent keeps up at a server for a time: a registration, a publication.
 * Its record is found again by what it is about, so that the next request goes
 * on where the last one ended: Call-ID and CSeq of a registration (RFC 3261
 * 10.2), the entity tag of a publication (RFC 3903 4.1).
 */
#ifndef SIPWRIGHT_AGENT_SOFTSTATE_H
#define SIPWRIGHT_AGENT_SOFTSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/slice.h"

struct softstate {
    uint32_t refs;
    bool scoped; /* of one load call: it goes with what it keeps up */
    struct hash_node node;
    struct list used; /* among the agent's, latest last */
    struct slice key;
    struct slice call_id;  /* of all its requests; absent: each has its own */
    uint32_t cseq;         /* the latest of that Call-ID */
    struct slice etag;     /* absent: none is known */
    struct list refreshed; /* struct refresh, of requests that are repeated */
};

/* Of one agent; those used least recently give way to new ones. */
struct softstates {
    struct hash by_key;
    struct list used;
};

/* What a record is about. */
struct softstate_key {
    struct slice method;
    uint64_t scope;    /* a load call's; 0: the agent as a whole */
    struct slice uri;  /* Request-URI */
    struct slice what; /* address of record; event package */
};

void softstates_init(struct softstates *all);
void softstates_fini(struct softstates *all);

/* The record, made when it is not there. Counted. */
struct softstate *softstate_take(struct softstates *all,
                                 const struct softstate_key *key);
void softstate_unref(struct softstate *s); /* NULL-safe */

/* The next request begins anew. */
void softstate_forget(struct softstates *all, struct softstate *s);

void softstate_set_call_id(struct softstate *s, struct slice call_id);
/* A view that may lie in a message; absent: none. */
void softstate_set_etag(struct softstate *s, struct slice etag);

#endif
