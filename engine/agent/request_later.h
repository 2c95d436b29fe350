/* SPDX-License-Identifier: MIT */
/* Attempts that come after a while. */
#ifndef SIPWRIGHT_AGENT_REQUEST_LATER_H
#define SIPWRIGHT_AGENT_REQUEST_LATER_H

#include <stdbool.h>
#include <stdint.h>

struct message;
struct request;

/*
 * The attempt is over, and the next one comes after `delay`, by fn(), which
 * says whether it is on its way, or waits again. Where it is not, and where the
 * session ends or the request is cancelled meanwhile, the response is the
 * outcome after all.
 */
void request_later(struct request *r, struct message *response, int64_t delay,
                   bool (*fn)(struct request *r, struct message *response));
void request_later_forget(struct request *r);
/* It waits no longer: the response is the outcome. No effect on another. */
void request_later_give_up(struct request *r);

#endif
