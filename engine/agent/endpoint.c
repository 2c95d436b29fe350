/* SPDX-License-Identifier: MIT */
/* The agents of one socket, and which of them a request is for. */
#include "agent/ua_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

static void add_agent(struct endpoint *ep, struct ua *ua)
{
    ua->endpoint = ep;
    list_append(&ep->agents, &ua->endpoint_link);
    hash_insert(&ep->by_user, &ua->user_node,
                hash_bytes(0, ua->user.p, ua->user.n));
}

int endpoint_join(struct ua *ua, const struct addr *local,
                  enum net_protocol protocol, bool private_socket)
{
    struct net_socket *s;
    struct endpoint *ep;
    int err =
        net_open(engine_net(ua->engine), &s, protocol, local, !private_socket);

    if (err)
        return err;
    ep = net_socket_user(s);
    if (!ep) {
        ep = mem_zalloc(sizeof(*ep));
        ep->socket = s;
        list_init(&ep->agents);
        hash_init(&ep->by_user);
        net_socket_set_user(s, ep);
    }
    add_agent(ep, ua);
    return ERR_NONE;
}

/* Each agent holds one reference of the socket; the last one takes whatever
 * lingers there along. */
void endpoint_leave(struct ua *ua)
{
    struct endpoint *ep = ua->endpoint;
    struct net_socket *s = ep->socket;

    list_unlink(&ua->endpoint_link);
    hash_remove(&ep->by_user, &ua->user_node);
    ua->endpoint = NULL;
    if (list_empty(&ep->agents)) {
        tx_drop_socket(ua->engine->tx, s);
        net_socket_set_user(s, NULL);
        hash_fini(&ep->by_user);
        mem_free(ep);
    }
    net_socket_unref(s);
}

static struct ua *find_user(const struct endpoint *ep, struct slice uri)
{
    struct wire_uri u;

    if (wire_uri_split(uri, &u) || !slice_present(u.user))
        return NULL;
    for (struct hash_node *n =
             hash_first(&ep->by_user, hash_bytes(0, u.user.p, u.user.n));
         n; n = hash_next(n)) {
        struct ua *ua = container_of(n, struct ua, user_node);

        if (slice_eq(ua->user, u.user))
            return ua;
    }
    return NULL;
}

static struct ua *first_of(const struct endpoint *ep)
{
    return container_of(list_first(&ep->agents), struct ua, endpoint_link);
}

/* An endpoint without agents is gone. */
struct ua *endpoint_find(struct net_socket *s, struct slice request_uri)
{
    struct endpoint *ep = net_socket_user(s);
    struct ua *ua = ep ? find_user(ep, request_uri) : NULL;

    return ua || !ep ? ua : first_of(ep);
}

struct ua *endpoint_sender(struct net_socket *s, struct slice from_uri)
{
    struct endpoint *ep = net_socket_user(s);
    struct ua *ua = ep ? find_user(ep, from_uri) : NULL;

    if (ua || !ep || ep->agents.next != ep->agents.prev)
        return ua;
    return first_of(ep);
}
