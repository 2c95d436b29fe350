/* SPDX-License-Identifier: MIT */
/*
 * Reliable provisional responses (RFC 3262): what either side reads off a
 * message.
 */
#ifndef SIPWRIGHT_AGENT_RELIABLE_H
#define SIPWRIGHT_AGENT_RELIABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "message/message.h"

/* Of an INVITE: is 100rel offered? Of a 1xx: is it sent so? */
enum reliable {
    RELIABLE_USUAL, /* as the switches and the INVITE have it */
    RELIABLE_NO,
    RELIABLE_YES,
    RELIABLE_REQUIRED /* of an INVITE */
};

/* Is it a 101 to 199 that says Require: 100rel? */
bool reliable_is(const struct message *response);

/* The number in its RSeq; 0: there is none that can be read. */
uint32_t reliable_rseq(const struct message *response);

/* What a RAck names (7.2). */
struct rack {
    uint32_t rseq, cseq;
    struct slice method;
};
bool rack_parse(struct slice value, struct rack *out);

/* The value of the RAck for a response: "1 314 INVITE"; empty where that has no
 * RSeq. Returns its length. */
enum { RACK_TEXT = 64 };
size_t rack_text(const struct message *response, char out[RACK_TEXT]);

#endif
