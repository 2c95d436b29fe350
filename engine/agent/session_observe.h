/* SPDX-License-Identifier: MIT */
/*
 * Messages of a session that may carry SDP, as they pass by: for its offer and
 * answer, and for its timer.
 */
#ifndef SIPWRIGHT_AGENT_SESSION_OBSERVE_H
#define SIPWRIGHT_AGENT_SESSION_OBSERVE_H

#include <stdbool.h>

struct answer;
struct incoming;
struct message;
struct request;
struct request_event;
struct session;

/* An attempt of a request of ours went out. */
void session_sent(struct session *s, struct request *r);
/* A response to it came. */
void session_heard(struct request *r, const struct request_event *e);
/* It will have none, or it has not been the last attempt. */
void session_sent_in_vain(struct request *r);
/* Is there SDP in it? */
bool session_sdp_in(const struct message *m);
/* A request of theirs, ACK too. */
void session_came(struct session *s, struct incoming *in);
/* The ACK that went out, which is in the scratch. */
void session_sent_ack(struct session *s);
/* An answer, as it went out. */
void session_answered(struct session *s, struct incoming *in, struct answer *a);
/* It is answered for good, or dropped. */
void session_answered_all(struct incoming *in);

#endif
