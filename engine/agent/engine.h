/* SPDX-License-Identifier: MIT */
/*
 * One engine: transactions, dialogs, hashes and random numbers over a loop
 * that it borrows. Two engines may share a loop: a peer inside the process is
 * the second one, so that its counters and lookups never mix with ours.
 */
#ifndef SIPWRIGHT_AGENT_ENGINE_H
#define SIPWRIGHT_AGENT_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/rng.h"
#include "base/slice.h"

struct engine;
struct loop;
struct net;
struct tx_layer;

struct engine_options {
    uint64_t seed;       /* of every identifier and fault */
    uint64_t stream;     /* engines of one seed differ by this */
    struct slice run_id; /* stands in Call-IDs, tags and branches */
};

int engine_new(struct engine **out, struct loop *loop,
               const struct engine_options *options);

/* Closes its agents in silence, then everything else. NULL-safe. */
void engine_free(struct engine *e);

struct net *engine_net(const struct engine *e);
struct tx_layer *engine_transactions(const struct engine *e);
struct rng *engine_rng(struct engine *e);
struct digest;
struct digest *engine_digest(const struct engine *e);

/* What is alive; all zero once agents are closed and nothing lingers. */
struct engine_objects {
    size_t agents, requests, incoming, sessions, subscriptions, dialogs;
    size_t transactions; /* live ones, lingering ones apart */
    size_t lingering;
    size_t sockets;
};
void engine_count(const struct engine *e, struct engine_objects *out);

/* Told of everything that went no further. `reason` is a short word. */
typedef void engine_drop_fn(void *arg, const char *reason, struct slice bytes,
                            const struct addr *from);
void engine_on_drop(struct engine *e, engine_drop_fn *fn, void *arg);
uint64_t engine_drops(const struct engine *e);

#endif
