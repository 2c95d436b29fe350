/* SPDX-License-Identifier: MIT */
/*
 * Merged requests (RFC 3261 8.2.2.2): one that was forked on its way and comes
 * a second time, with another branch, to the same agent.
 */
#ifndef SIPWRIGHT_AGENT_MERGED_H
#define SIPWRIGHT_AGENT_MERGED_H

#include <stdbool.h>

#include "message/message.h"
#include "transaction/tx.h"

struct engine;
struct ua;

/*
 * Has this request, out of dialog and without To tag, come to the agent before,
 * in a transaction that is still there? If not, it is noted with `t`, which has
 * to have no mark, until that is gone. Takes the same time however many are
 * open.
 */
bool merged_came_before(struct ua *ua, struct tx *t, const struct message *m);

/* The mark of a transaction that is gone. */
void merged_forget(struct engine *e, void *mark);

#endif
