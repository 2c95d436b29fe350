/* SPDX-License-Identifier: MIT */
/* Answers of ours on their way out, and what follows from them. */
#ifndef SIPWRIGHT_AGENT_REPLY_H
#define SIPWRIGHT_AGENT_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/incoming.h"
#include "wire/scan.h"

/* It is over by their BYE: what INVITEs of theirs are pending get 487. */
void session_left(struct session *s);

/* An answer of ours that is ready to go. */
struct answer {
    int status;
    struct slice bytes;
    const struct response_options *options; /* NULL: look at the bytes */
    uint32_t rseq;
    bool reliable; /* 101 to 199, to be repeated until its PRACK comes */
    bool force;
    bool scanned;
    struct wire_message w; /* of the bytes, by answer_scan() */
};
/* Now, with all that follows from it. */
int answer_send(struct incoming *in, struct answer *a);
/* What the peer will see, whatever the script made of it. */
const struct wire_message *answer_scan(struct answer *a);

#endif
