/* SPDX-License-Identifier: MIT */
/* What the files of this module know of engines and agents. */
#ifndef SIPWRIGHT_AGENT_UA_PRIVATE_H
#define SIPWRIGHT_AGENT_UA_PRIVATE_H

#include "agent/compose.h"
#include "agent/engine.h"
#include "agent/replaces.h"
#include "agent/softstate.h"
#include "agent/ua.h"
#include "auth/client.h"
#include "auth/digest.h"
#include "base/blocks.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/rng.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "net/net.h"
#include "resolver/resolver.h"
#include "transaction/tx.h"

enum {
    TAG_LENGTH = 10,
    TOKEN_LENGTH = 16,
    RUN_ID_MAX = 16,
    ID_MAX = RUN_ID_MAX + 1 + TOKEN_LENGTH,
    ROUTES_MAX = 16 /* of a Service-Route */
};

/* The made-up values of a request until it is rendered. */
struct compose_parts {
    struct buf via, from, to, route, credentials, contact;
    struct buf own;         /* of an answer */
    const struct addr *hop; /* where it goes first */
    char id[ID_MAX];
};

/* Where requests went: most of an agent's go to few places. */
enum { HOPS = 2, HOP_TEXT = 110 };
struct hop {
    struct addr to;
    uint8_t n; /* 0: none */
    char uri[HOP_TEXT];
};

struct engine {
    uint32_t refs; /* the owner's, and one of each agent */
    struct loop *loop;
    struct tx_layer *tx;
    struct dialog_table *dialogs;
    struct digest *digest;
    struct resolver *resolver;
    struct rng rng;
    char run_id[RUN_ID_MAX + 1];
    struct list agents;
    struct buf scratch; /* text being rendered; never held over a callback */
    struct compose_parts parts; /* likewise */
    struct blocks blocks;       /* of requests and usages */
    struct hash merged;         /* see merged.c */
    uint64_t merged_seeds[2];
    struct hash waits; /* of requests for NOTIFYs */
    size_t requests, incoming, sessions, subscriptions; /* alive */
    size_t agent_count;
    struct ended_dialogs ended;
    uint64_t drops;
    engine_drop_fn *on_drop;
    void *drop_arg;
};

/* Agents of one socket: found by user, else the first. */
struct endpoint {
    struct net_socket *socket;
    struct list agents;
    struct hash by_user;
};

struct ua {
    uint32_t refs;
    bool closed;
    struct engine *engine;
    struct endpoint *endpoint;
    struct list engine_link, endpoint_link;
    struct hash_node user_node;
    struct addr local; /* bound; stays when it is closed */
    struct buf text;   /* holds the views below */
    struct slice uri, user, from, contact, username, password, proxy;
    struct slice user_agent, server; /* lines of requests, of responses */
    struct slice sent_by;            /* host:port of Via */
    bool proxy_route; /* the proxy has lr: requests carry it as a Route */
    struct addr proxy_addr;
    struct hop hops[HOPS];
    unsigned next_hop; /* which of them gives way */
    struct tx_timing timing;
    uint32_t automatic;
    uint32_t min_se;
    int64_t hold;
    struct auth_cache *auth;
    struct buf service_route; /* ready "Route: …\r\n" lines */
    struct softstates softstates;
    unsigned auth_retries;
    struct net_edit edit; /* while there is one */
    struct list requests, usages, incoming;
    /* The engine needs them no longer, yet they know a transaction. */
    struct list settled, answered;
    const struct ua_ops *ops;
    void *arg;
};

/* ---- engine.c ---- */
void engine_unref(struct engine *e);
void engine_drop(struct engine *e, const char *reason, struct slice bytes,
                 const struct addr *from);
/* run id, then n random characters; returns the length, no NUL. */
size_t engine_token(struct engine *e, char out[ID_MAX], size_t n);

/* ---- endpoint.c ---- */
int endpoint_join(struct ua *ua, const struct addr *local,
                  enum net_protocol protocol, bool private_socket);
void endpoint_leave(struct ua *ua);
/* Whom a request is for: by user, else the first. NULL: nobody is there. */
struct ua *endpoint_find(struct net_socket *s, struct slice request_uri);
/* Whose request has this URI in From: by user, else the only one; NULL where
 * that cannot be told. */
struct ua *endpoint_sender(struct net_socket *s, struct slice from_uri);

/* ---- ua_identity.c ---- */
/* Everything that is text, in one buffer. ERR_ARGUMENT: the URI. */
int ua_identify(struct ua *ua, const struct ua_options *o);

/* ---- reception.c ---- */
extern const struct tx_layer_ops reception_ops;

#endif
