/* SPDX-License-Identifier: MIT */
/*
 * The last messages that went by, in a ring of fixed size: enough of each to
 * tell a story afterwards, cheap enough to run always. Fed by net taps; several
 * nets on one loop may share a ring.
 */
#ifndef SIPWRIGHT_TRACE_RING_H
#define SIPWRIGHT_TRACE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/slice.h"
#include "net/net.h"
#include "wire/method.h"

struct ring;

enum { RING_ENTRIES = 65536, RING_LINE = 53 };

/* An address with its port; IPv4 as an IPv4-mapped IPv6 one. */
struct ring_place {
    uint8_t ip[16];
    uint16_t port;
};

/* One datagram, in 128 bytes: two cache lines. */
struct ring_entry {
    int64_t at;     /* loop_now() time at which it passed the tap */
    uint64_t call;  /* ring_call() of its Call-ID; 0: it has none */
    uint64_t print; /* the same for the same bytes */
    struct ring_place local, remote;
    uint32_t cseq;
    uint32_t back; /* how many entries ago its predecessor came; 0: none */
    uint16_t length;
    bool outgoing;
    uint8_t mark;   /* of enum net_mark */
    uint8_t method; /* of CSeq; of enum method */
    uint8_t line_n;
    bool cut;             /* the line went on */
    char line[RING_LINE]; /* the first one, without "SIP/2.0" */
};

/* Its memory is taken when it is first written to. `entries` 0: the default.
 * ERR_ARGUMENT above 2^24. */
int ring_new(struct ring **out, size_t entries);
/* No net may still feed it. NULL-safe. */
void ring_free(struct ring *r);

/* Feeds the ring from a net until net_tap_remove() or net_free(). The tap is
 * the caller's and may be uninitialised. */
void ring_attach(struct ring *r, struct net *n, struct net_tap *tap);

/* What the taps call. */
void ring_put(struct ring *r, bool outgoing, const struct addr *local,
              const struct addr *remote, struct slice bytes, int64_t at,
              enum net_mark mark);

uint64_t ring_total(const struct ring *r); /* overwritten ones included */

/* What stands for a Call-ID in the entries; never 0. */
uint64_t ring_call(struct slice call_id);

/* The newest entry of a call and, from there, the one before; NULL when there
 * is none in the ring. Passes few entries of other calls on its way. */
const struct ring_entry *ring_last(const struct ring *r, uint64_t call);
const struct ring_entry *ring_before(const struct ring *r,
                                     const struct ring_entry *e);

void ring_place_addr(const struct ring_place *place, struct addr *out);

#endif
