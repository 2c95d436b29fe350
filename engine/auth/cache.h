/* SPDX-License-Identifier: MIT */
/* Private to auth: the realms that a client knows a nonce of. */
#ifndef SIPWRIGHT_AUTH_CACHE_H
#define SIPWRIGHT_AUTH_CACHE_H

#include <stdbool.h>

#include "auth/client.h"

enum { AUTH_REALMS = 64 };

/* The latest challenge of one realm. */
struct auth_realm;

/* Can we answer this challenge: its algorithm, its qop? */
bool auth_cache_usable(const struct auth_cache *c,
                       const struct digest_fields *challenge);

/* Takes the challenge of a realm, which that request has met, in the place of
 * what was known of it; nc goes on if the nonce is the same. */
void auth_cache_learn(struct auth_cache *c, bool proxy,
                      const struct digest_fields *challenge,
                      const struct auth_request *request);

/* NULL if unknown. */
struct auth_realm *auth_cache_find(const struct auth_cache *c, bool proxy,
                                   struct slice realm);

/* Writes the header line of an answer; uses up one nc. */
void auth_cache_write(struct auth_cache *c, struct auth_realm *r,
                      const struct auth_request *request, struct buf *lines);

#endif
