/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a response that is delivered all the same: a tester hunts
 * just those.
 */
#ifndef SIPWRIGHT_AGENT_PROBLEMS_H
#define SIPWRIGHT_AGENT_PROBLEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "message/message.h"

/* Bits, behind those of enum wire_flaw. */
enum problem {
    PROBLEM_NO_TO_TAG = 1 << 16,  /* RFC 3261 8.2.6.2 */
    PROBLEM_NO_CONTACT = 1 << 17, /* 101 to 299 to INVITE: 12.1.1 */
    PROBLEM_RSEQ = 1 << 18        /* RFC 3262 section 4: missing, 0, a gap, a
                                     number that was used */
};

/* All but an RSeq out of order, which takes the early session to tell. */
uint32_t problems_of(const struct message *response);

/* "no-to-tag": of the lowest bit, which is taken out; NULL: there is none. */
const char *problems_next(uint32_t *problems);

#endif
