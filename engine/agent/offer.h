/* SPDX-License-Identifier: MIT */
/*
 * Offer and answer in one session (RFC 3264, RFC 6337): who has offered what,
 * and what both have agreed on. It is shown each message of the session and
 * draws its conclusions; what may be sent is for others to say.
 */
#ifndef SIPWRIGHT_AGENT_OFFER_H
#define SIPWRIGHT_AGENT_OFFER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

enum signaling { SIGNALING_STABLE, SIGNALING_LOCAL, SIGNALING_REMOTE };
/* "stable", "have-local-offer", "have-remote-offer". */
const char *signaling_name(enum signaling s);

enum offer_side { OFFER_LOCAL, OFFER_REMOTE, OFFER_SIDES };

/* What kind of message a session description may come in. */
enum offer_carrier {
    OFFER_IN_REQUEST, /* INVITE, UPDATE */
    OFFER_IN_PRACK,
    OFFER_IN_ACK,
    OFFER_IN_PREVIEW,      /* 1xx to INVITE that may get lost */
    OFFER_IN_INVITE_REPLY, /* reliable 1xx, 2xx */
    OFFER_IN_REPLY         /* 2xx to another request */
};

struct offer_message {
    enum offer_side side; /* whose message it is */
    enum offer_carrier carrier;
    const void *by;   /* the transaction: only ever compared */
    struct slice sdp; /* absent: the message has none */
};

/* All zero is stable, with nothing agreed on. */
struct offer {
    enum signaling state;
    bool in_reply;    /* the open offer: its answer comes in ACK or PRACK */
    const void *by;   /* of the open offer */
    const void *done; /* the INVITE that has had its offer and answer */
    struct offer_sdp {
        struct buf now, before;
        bool open; /* `before` is what an open offer may have to go back to */
    } sdp[OFFER_SIDES];
};

void offer_fini(struct offer *o);

void offer_saw(struct offer *o, const struct offer_message *m);

/* The transaction is over: an offer of its request that has no answer yet gets
 * none, and with a failure nor does that of its reply. */
void offer_over(struct offer *o, const void *by, bool accepted);

/* Offered or agreed on; absent: nothing yet. */
struct slice offer_sdp(const struct offer *o, enum offer_side side);

#endif
