/* SPDX-License-Identifier: MIT */
/* Requests that cross in a session (RFC 3261 14, RFC 3311 5). */
#ifndef SIPWRIGHT_AGENT_GLARE_H
#define SIPWRIGHT_AGENT_GLARE_H

#include <stdbool.h>

struct incoming;
struct message;
struct request;
struct session;

/* One of the retries, as each. */
bool request_after_glare(struct request *r, struct message *response);
/* Answered, as it crosses what is under way: nobody shall be told. */
bool glare_refuses(struct session *s, struct incoming *in);
/* Has it an INVITE of either side that has no final response yet? */
bool session_inviting(const struct session *s);

#endif
