/* SPDX-License-Identifier: MIT */
/* The server's side: challenges to send, answers to check. */
#ifndef SIPWRIGHT_AUTH_SERVER_H
#define SIPWRIGHT_AUTH_SERVER_H

#include <stdbool.h>

#include "auth/digest.h"
#include "base/buf.h"
#include "base/rng.h"
#include "base/slice.h"
#include "message/message.h"

/*
 * Nonces of one realm: made here, valid for `lifetime` nanoseconds; each nc of
 * a nonce is accepted once (RFC 7616 3.4). Bounded: the oldest of 4096 nonces
 * goes first. `d` and `rng` are borrowed, the realm is copied.
 */
struct auth_server;
struct auth_server *auth_server_new(struct digest *d, struct rng *rng,
                                    struct slice realm, int64_t lifetime);
void auth_server_free(struct auth_server *s);                /* NULL-safe */
struct slice auth_server_realm(const struct auth_server *s); /* as quoted */

/*
 * The value of a WWW-Authenticate or Proxy-Authenticate header with a new
 * nonce. `qop` is a set of bits; `now` a loop_now() time.
 */
void auth_server_challenge(struct auth_server *s,
                           enum digest_algorithm algorithm, unsigned qop,
                           bool stale, int64_t now, struct buf *value);

enum auth_verdict {
    AUTH_OK,
    AUTH_NONE,  /* no answer for this realm in the request */
    AUTH_STALE, /* right answer, nonce unknown or too old, or nc replayed */
    AUTH_WRONG, /* hash does not match, or the user is unknown */
    AUTH_BROKEN /* not readable, its uri is not the Request-URI, or it
                   takes an algorithm or qop that the challenge did not
                   offer (RFC 3261 22.4: qop has to be echoed) */
};

/*
 * Checks the Authorization (or Proxy-Authorization) header of a request. Of
 * several, the first Digest answer for our realm counts.
 * `password` is called with the user name and returns the password, or an
 * absent slice for an unknown user. *username is set when there was an answer.
 */
enum auth_verdict
auth_server_check(struct auth_server *s, const struct message *request,
                  bool proxy, int64_t now,
                  struct slice (*password)(void *arg, struct slice username),
                  void *arg, struct slice *username);

#endif
