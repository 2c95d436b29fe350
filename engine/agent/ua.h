/* SPDX-License-Identifier: MIT */
/*
 * A user agent: an identity on a socket, which sends requests outside of
 * dialogs and receives them.
 */
#ifndef SIPWRIGHT_AGENT_UA_H
#define SIPWRIGHT_AGENT_UA_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/auto.h"
#include "base/addr.h"
#include "base/slice.h"
#include "transaction/tx.h"

struct buf;
struct engine;
struct incoming;
struct message;
struct request;
struct session;
struct ua;

struct ua_options {
    struct slice uri; /* sip:alice@example.com; absent: of the socket */
    struct slice display_name; /* absent: none */
    struct slice username;     /* absent: the URI's user */
    struct slice password;     /* absent: no credentials */
    struct slice proxy;        /* URI that all requests go through */
    struct slice listen;       /* "udp:127.0.0.1:0"; absent: see ua_new() */
    struct slice contact;      /* whole value; absent: made from the socket */
    struct slice user_agent;   /* User-Agent and Server; absent: none */
    struct tx_timing timing;   /* zero: the defaults */
    uint32_t automatic;        /* bits of enum auto_switch */
    unsigned auth_retries;     /* challenges that a request answers; 0: many */
    uint32_t min_se;           /* of sessions, in seconds; 0: 90 (RFC 4028) */
    int64_t hold; /* unanswered requests wait that long, nanoseconds */
    bool private_socket;
};

struct ua_ops {
    /*
     * A request outside of any dialog. Hold a reference to keep it. The
     * receiver calls incoming_hold() or incoming_settle() when its own code
     * has seen it.
     */
    void (*incoming)(void *arg, struct ua *ua, struct incoming *in);
    /*
     * Its socket is about to send this, see ua_set_edit(): may change the text,
     * and nothing else. false: it is not sent.
     */
    bool (*edit)(void *arg, struct ua *ua, const struct addr *to,
                 struct buf *text);
    /* As that of struct request_ops, for requests without an answer there. */
    int (*challenged)(void *arg, struct request *r, struct message *response,
                      struct buf *lines);
};

/*
 * Without `listen` the socket is bound to the address from which the proxy is
 * reached, or 127.0.0.1 when there is no proxy. The port is a
 * free one. Agents that ask for the same address and port, or for none, share
 * one socket, but for those with private_socket. On an error *why (a buffer of
 * 160 bytes) holds one clause that names the thing. One reference belongs to
 * the caller: ua_close() gives it back.
 */
int ua_new(struct ua **out, struct engine *e, const struct ua_options *options,
           const struct ua_ops *ops, void *arg, char why[160]);

/* Silent: disposes of its requests and sessions, drops what lingers on its
 * socket when it was the last agent there. */
void ua_close(struct ua *ua);
bool ua_closed(const struct ua *ua);
struct ua *ua_ref(struct ua *ua);
void ua_unref(struct ua *ua);

/*
 * The way that a registrar has named for requests outside of dialogs (RFC 3608
 * 6.1): values of Route, in order; taken from each 2xx to a REGISTER for the
 * agent's own address. n 0: none.
 */
void ua_set_service_route(struct ua *ua, const struct slice *routes, size_t n);
/* As header lines, "Route: <sip:…;lr>\r\n"…; empty: none. */
struct slice ua_service_route(const struct ua *ua);

/* Is ops->edit asked from now on? Of agents that share a socket each is asked
 * for all that this sends. */
void ua_set_edit(struct ua *ua, bool on);

/* Bytes from its socket, past all transactions. Errors as net_send(), and
 * ERR_STATE for a closed agent. */
int ua_send(struct ua *ua, const struct addr *to, struct slice bytes);

struct slice ua_uri(const struct ua *ua);
struct slice ua_contact(const struct ua *ua);       /* whole value, with <> */
const struct addr *ua_address(const struct ua *ua); /* bound address */
struct net_socket *ua_socket(const struct ua *ua);
uint32_t ua_automatic(const struct ua *ua);
size_t ua_open_requests(const struct ua *ua);
size_t ua_open_usages(const struct ua *ua); /* sessions, subscriptions */

#endif
