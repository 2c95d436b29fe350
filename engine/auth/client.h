/* SPDX-License-Identifier: MIT */
/*
 * The client's side of authentication: what an agent remembers of realms
 * (nonce, count), and what one request has tried.
 */
#ifndef SIPWRIGHT_AUTH_CLIENT_H
#define SIPWRIGHT_AUTH_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/digest.h"
#include "base/buf.h"
#include "base/rng.h"
#include "base/slice.h"
#include "message/message.h"

/*
 * Realms that one user has met: nonce, algorithm, nc per nonce. Bounded: the
 * realm whose challenge is oldest goes first. `d` and `rng` are borrowed.
 */
struct auth_cache;
struct auth_cache *auth_cache_new(struct digest *d, struct rng *rng);
void auth_cache_free(struct auth_cache *c); /* NULL-safe */

/* What one request has answered so far; embedded in it, zero-initialised. */
struct auth_attempt {
    unsigned rounds;                /* challenges answered */
    struct auth_answered *answered; /* private: realms and nonces answered */
};
void auth_attempt_fini(struct auth_attempt *a);

struct auth_request {
    struct slice username, password;
    struct slice method, uri; /* as they stand in the request line */
    struct slice body;        /* for auth-int */
    /* Where credentials may go unasked: see auth_preempt(). */
    struct slice hop; /* host:port that it is sent to */
    struct slice call_id;
};

/* Challenges that one request answers, whatever it is told. */
enum { AUTH_RETRIES_MAX = 10 };

/*
 * Learns every challenge of a 401 or 407 (several headers, several realms) and
 * writes the answers to `lines` as whole "Authorization: …\r\n" and
 * "Proxy-Authorization: …\r\n" lines: one per realm, of several challenges of
 * one realm the first whose algorithm is known (RFC 8760 2.4). Answers that
 * this request gave to other realms before are written again, so that a 407
 * followed by a 401 carries both.
 *
 * ERR_NOT_FOUND    no challenge in the response
 * ERR_UNSUPPORTED  challenges, none of them usable (algorithm, qop, grammar)
 * ERR_DENIED       this request has answered that realm already and the
 *                  server does not call the nonce stale: wrong password. Also
 *                  when a second stale of one realm follows the first, and
 *                  after ten rounds. While another realm of the same response
 *                  is new, only the refused realm is left out.
 *
 * Nothing is written to `lines` on an error.
 */
int auth_answer(struct auth_cache *c, struct auth_attempt *a,
                const struct message *response,
                const struct auth_request *request, struct buf *lines);

/*
 * Answers ahead of any challenge, from what the cache knows: a line for each
 * realm that was met there before. A proxy's is met at the host that requests
 * are sent to, a server's at the host and port of the Request-URI; and what a
 * dialog has met is met there, by its Call-ID.
 */
void auth_preempt(struct auth_cache *c, const struct auth_request *request,
                  struct buf *lines);

/* Forgets every nonce. */
void auth_cache_clear(struct auth_cache *c);

#endif
