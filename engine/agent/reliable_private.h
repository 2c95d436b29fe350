/* SPDX-License-Identifier: MIT */
/* Reliable responses as the files of this module meet them. */
#ifndef SIPWRIGHT_AGENT_RELIABLE_PRIVATE_H
#define SIPWRIGHT_AGENT_RELIABLE_PRIVATE_H

#include "agent/reliable.h"
#include "agent/reply.h"
#include "agent/session_private.h"

/* ---- reliable_uac.c ---- */
enum reliable_news {
    RELIABLE_NOT,   /* not sent reliably */
    RELIABLE_NEXT,  /* the next in order */
    RELIABLE_AGAIN, /* the latest once more */
    RELIABLE_ODD    /* out of order: has its problem now */
};
/* `hash`: of the response's bytes. */
enum reliable_news reliable_judge(struct request_event *e, uint64_t hash);
/* The RAck of the latest that waits for its PRACK; its length, 0: none does. */
size_t heard_rack(const struct heard *h, char out[RACK_TEXT]);
/* This PRACK has been sent. */
void heard_pracked(struct heard *h, const struct message *prack);
/* The engine's PRACK, if the script sent none. */
int reliable_settle(struct request *r, const struct request_event *e);

/* ---- reliable_uas.c ---- */
/* Is this answer to be reliable? `given`: what the script says. */
bool reliable_wanted(const struct incoming *in, int status,
                     enum reliable given);
uint32_t reliable_next_rseq(const struct incoming *in);
/* A reliable answer gets the number that is in its text. */
void reliable_number(struct incoming *in, struct answer *a);
/* One is before it that has had no PRACK. Then it is held until that came;
 * ERR_STATE behind a 2xx that is held. */
bool reliable_holds(const struct incoming *in, const struct answer *a);
int reliable_hold(struct incoming *in, const struct answer *a);
/* It went out: repeats begin. */
void reliable_sent(struct incoming *in, const struct answer *a);
/* Finds what it acknowledges. */
void reliable_prack_came(struct session *s, struct incoming *prack);
/* An INVITE or a PRACK is answered, or gone. */
void reliable_let_go(const struct incoming *in);
void reliable_free(struct session *s);

#endif
