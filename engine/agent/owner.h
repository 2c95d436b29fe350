/* SPDX-License-Identifier: MIT */
/*
 * Who answers for what is open: a load call owns the requests that it made and
 * the sessions and subscriptions that came of them, and ends what it leaves
 * behind.
 */
#ifndef SIPWRIGHT_AGENT_OWNER_H
#define SIPWRIGHT_AGENT_OWNER_H

#include <stddef.h>

#include "base/list.h"

struct incoming;
struct request;
struct usage;

struct owner {
    struct list requests; /* without an outcome */
    struct list usages;   /* sessions, subscriptions that are not over */
    struct list incoming; /* that may still make a session */
};

void owner_init(struct owner *o);

/* The request, and each session that comes of it, from now on. */
void owner_take(struct owner *o, struct request *r);
void owner_take_usage(struct owner *o, struct usage *u);
/* The session that answering it makes. NULL: nobody's any more. */
void owner_take_incoming(struct owner *o, struct incoming *in);

/*
 * Ends what is left: CANCEL to an INVITE, BYE to a session (on the callee's
 * side not before its ACK), 480 to a call that rings here, silence to the rest;
 * nothing is owned any more. A 2xx that crosses the CANCEL is acknowledged and
 * ended. Returns how many calls and requests there were.
 */
size_t owner_close(struct owner *o);

/* Owns nothing any more; what it owned goes on. */
void owner_forget(struct owner *o);

#endif
