/* SPDX-License-Identifier: MIT */
/*
 * What the engine does by itself: one named switch each, so that a test can
 * ask for precisely the misbehaviour it needs.
 */
#ifndef SIPWRIGHT_AGENT_AUTO_H
#define SIPWRIGHT_AGENT_AUTO_H

#include <stdint.h>

enum auto_switch {
    AUTO_TRYING,          /* 100 to an INVITE unanswered for 200 ms */
    AUTO_ACK,             /* ACK of a 2xx */
    AUTO_AUTH,            /* answer 401 and 407 */
    AUTO_PREEMPT,         /* credentials ahead of a challenge, once one came */
    AUTO_CANCEL,          /* 200 to CANCEL, 487 to its INVITE */
    AUTO_FORK_BYE,        /* end the second and later 2xx of an INVITE */
    AUTO_STRAY,           /* 481 to requests of no known dialog */
    AUTO_BYE,             /* 200 to BYE */
    AUTO_NOTIFY,          /* 200 to NOTIFY in a dialog */
    AUTO_INFO,            /* 200 to INFO in a dialog */
    AUTO_OPTIONS,         /* 200 to OPTIONS */
    AUTO_UPDATE,          /* 200 to UPDATE without a body */
    AUTO_ALLOW,           /* 405 to a method that nobody handles */
    AUTO_RETRANSMIT,      /* timers A and E; the repeats of a 2xx */
    AUTO_ACK_TIMEOUT_BYE, /* BYE when no ACK came for our 2xx */
    AUTO_PRACK,           /* PRACK of reliable responses, and 200 to it */
    AUTO_MERGED,          /* 482 to a request that came another way before */
    AUTO_GLARE,           /* 491 and 500 to offers that cross; tries again */
    AUTO_SESSION_TIMER,   /* RFC 4028: refreshes, ends what is not refreshed */
    AUTO_REPLACES,        /* RFC 3891: ends the session that one replaces */
    AUTO_ACK_FAILURE,     /* ACK of a 3xx to 6xx */
    AUTO_SUBSCRIBE,       /* 200 to a refresh; the NOTIFY at the end */
    AUTO_REDIRECT,        /* follows a 3xx */
    AUTO_REFRESH,         /* renews registrations and subscriptions; 423 */
    AUTO_SWITCHES
};

#define AUTO_ALL ((1u << AUTO_SWITCHES) - 1u)
/* As an agent comes: a redirect is the script's business, and nothing lives
 * longer than it asked for. */
#define AUTO_USUAL (AUTO_ALL & ~(1u << AUTO_REDIRECT | 1u << AUTO_REFRESH))

static inline uint32_t auto_bit(enum auto_switch s)
{
    return 1u << s;
}

/* "trying", "fork_bye" …; NULL-terminated, in enum order. */
extern const char *const auto_names[AUTO_SWITCHES + 1];

#endif
