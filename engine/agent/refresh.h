/* SPDX-License-Identifier: MIT */
/*
 * What was granted for some seconds is asked for again before they are over:
 * when, and the REGISTER or PUBLISH that the engine sends again by itself.
 */
#ifndef SIPWRIGHT_AGENT_REFRESH_H
#define SIPWRIGHT_AGENT_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "message/message.h"

struct request;
struct request_event;

/*
 * How long to wait, in nanoseconds, before a grant of that many seconds is
 * refreshed: nine tenths of it, but at least five seconds before its end, and
 * of what is that short half of it.
 */
int64_t refresh_delay(uint32_t granted);

/* The Expires header, where it is a number. */
bool refresh_expires(const struct message *m, uint32_t *seconds);

/* How long to wait after the n-th failure in a row, from 1 (RFC 5626 4.5):
 * 30 s * 2^n, half an hour at most, of that half to all by chance. */
int64_t refresh_backoff(struct rng *rng, unsigned failures);

/* ---- requests that are repeated ---- */

/* Before that many seconds are over, it is sent again; so from then on. */
void refresh_start(struct request *r, uint32_t granted);
/* No more of it, in silence. Legal on a request that is not refreshed. */
void refresh_end(struct request *r);
/* The same from outside: the engine lets it go. */
void refresh_stop(struct request *r);
/* Those of the same registration or publication that this one takes over;
 * `covers` NULL: all. */
void refresh_stop_others(struct request *r,
                         bool (*covers)(const struct message *newer,
                                        const struct message *older));
/* It has been sent again, and the outcome of that is still to come. */
bool refresh_under_way(const struct request *r);
/* That has come: when again, if at all. */
void refresh_outcome(struct request *r, const struct request_event *e);

#endif
