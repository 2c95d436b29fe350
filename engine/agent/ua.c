/* SPDX-License-Identifier: MIT */
/* A user agent: its socket, and the end of all that it has begun. */
#include "agent/ua.h"

#include <stdio.h>

#include "agent/incoming_private.h"
#include "agent/request_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

/* How much of a text an error quotes. */
static int quoted(struct slice text)
{
    return text.n < 80 ? (int)text.n : 80;
}

/* What listen says: "udp:127.0.0.1:5060". */
static int parse_listen(struct slice listen, enum net_protocol *protocol,
                        struct addr *out)
{
    static const enum net_protocol protocols[] = { NET_UDP, NET_TCP, NET_TLS,
                                                   NET_WS, NET_WSS };
    size_t colon = slice_find(listen, ':');

    for (size_t i = 0; colon < listen.n && i < array_length(protocols); i++) {
        if (!slice_ieq(slice_of(listen.p, colon),
                       slice_str(net_protocol_uri(protocols[i]))))
            continue;
        *protocol = protocols[i];
        return addr_parse(out,
                          slice_of(listen.p + colon + 1, listen.n - colon - 1));
    }
    return ERR_ARGUMENT;
}

static int choose_local(struct ua *ua, const struct ua_options *o,
                        enum net_protocol *protocol, char why[160])
{
    int err;

    *protocol = NET_UDP;
    if (slice_present(o->listen)) {
        err = parse_listen(o->listen, protocol, &ua->local);
        if (err)
            snprintf(why, 160, "listen \"%.*s\": not like udp:127.0.0.1:5060",
                     quoted(o->listen), o->listen.p);
        return err;
    }
    if (!slice_present(ua->proxy))
        return addr_parse(&ua->local, SLICE("127.0.0.1:0"));
    err = resolver_source(&ua->proxy_addr, &ua->local);
    if (err)
        snprintf(why, 160, "proxy \"%.*s\": %s", quoted(o->proxy), o->proxy.p,
                 err_text(err));
    return err;
}

static const char *proxy_trouble(int err)
{
    switch (err) {
    case ERR_ARGUMENT:
        return "not a SIP URI";
    case ERR_NO_ADDRESS:
        return "the name does not resolve";
    case ERR_UNSUPPORTED:
        return "only sip: over UDP is offered yet";
    default:
        return err_text(err);
    }
}

/* A proxy with addresses of both families is reached by that of `listen`. */
static int set_proxy(struct ua *ua, const struct ua_options *o, char why[160])
{
    struct slice proxy = o->proxy;
    enum net_protocol protocol;
    struct addr local;
    struct wire_uri u;
    int family = AF_INET;
    int err;

    if (!slice_present(proxy))
        return ERR_NONE;
    if (slice_present(o->listen) &&
        parse_listen(o->listen, &protocol, &local) == ERR_NONE)
        family = local.u.sa.sa_family;
    err = resolver_uri_family(ua->engine->resolver, proxy, family,
                              &ua->proxy_addr);
    if (err) {
        snprintf(why, 160, "proxy \"%.*s\": %s", quoted(proxy), proxy.p,
                 proxy_trouble(err));
        return err;
    }
    ua->proxy = slice_of(mem_strndup(proxy.p, proxy.n), proxy.n);
    ua->proxy_route = wire_uri_split(proxy, &u) == ERR_NONE && u.lr;
    return ERR_NONE;
}

static int bind_socket(struct ua *ua, const struct ua_options *o, char why[160])
{
    enum net_protocol protocol;
    char text[ADDR_TEXT];
    int err = choose_local(ua, o, &protocol, why);

    if (err)
        return err;
    err = endpoint_join(ua, &ua->local, protocol, o->private_socket);
    if (err) {
        addr_text(&ua->local, text);
        snprintf(why, 160, "cannot listen on %s %s: %s",
                 net_protocol_uri(protocol), text, err_text(err));
        return err;
    }
    ua->local = *net_socket_local(ua->endpoint->socket);
    return ERR_NONE;
}

static void ua_init(struct ua *ua, struct engine *e, const struct ua_options *o,
                    const struct ua_ops *ops, void *arg)
{
    static const struct tx_timing usual = TX_TIMING_DEFAULT;

    ua->refs = 1;
    ua->engine = e;
    ua->ops = ops;
    ua->arg = arg;
    ua->automatic = o->automatic;
    ua->hold = o->hold;
    ua->auth_retries = o->auth_retries ? o->auth_retries : AUTH_RETRIES_MAX;
    ua->min_se = o->min_se;
    ua->timing.t1 = o->timing.t1 ? o->timing.t1 : usual.t1;
    ua->timing.t2 = o->timing.t2 ? o->timing.t2 : usual.t2;
    ua->timing.t4 = o->timing.t4 ? o->timing.t4 : usual.t4;
    ua->auth = auth_cache_new(e->digest, &e->rng);
    softstates_init(&ua->softstates);
    list_init(&ua->requests);
    list_init(&ua->usages);
    list_init(&ua->incoming);
    list_init(&ua->settled);
    list_init(&ua->answered);
    list_append(&e->agents, &ua->engine_link);
    e->agent_count++;
    e->refs++;
}

/* The user is needed by endpoint_join(), the port by the identity: the user
 * comes first, from the options. */
static int set_user(struct ua *ua, struct slice uri, struct slice user,
                    char why[160])
{
    struct wire_uri u;

    if (!slice_present(uri)) {
        ua->user = user;
        return ERR_NONE;
    }
    if (wire_uri_split(uri, &u) || !slice_present(u.host)) {
        snprintf(why, 160, "uri \"%.*s\": not a SIP URI", quoted(uri), uri.p);
        return ERR_ARGUMENT;
    }
    ua->user = u.user;
    return ERR_NONE;
}

int ua_new(struct ua **out, struct engine *e, const struct ua_options *o,
           const struct ua_ops *ops, void *arg, char why[160])
{
    struct ua *ua = mem_zalloc(sizeof(*ua));
    int err;

    *out = NULL;
    why[0] = '\0';
    ua_init(ua, e, o, ops, arg);
    err = set_user(ua, o->uri, o->username, why);
    if (!err)
        err = set_proxy(ua, o, why);
    if (!err)
        err = bind_socket(ua, o, why);
    if (!err)
        err = ua_identify(ua, o);
    if (err) {
        ua_close(ua);
        return err;
    }
    *out = ua;
    return ERR_NONE;
}

static void dispose_all(struct ua *ua)
{
    struct list *node;

    while ((node = list_first(&ua->requests)))
        request_dispose(container_of(node, struct request, link));
    while ((node = list_first(&ua->incoming)))
        incoming_drop(container_of(node, struct incoming, link));
    while ((node = list_first(&ua->usages))) {
        struct usage *u = container_of(node, struct usage, link);

        u->type->dispose(u);
    }
    while ((node = list_first(&ua->settled)))
        request_lapse(container_of(node, struct request, link));
    while ((node = list_first(&ua->answered)))
        incoming_forget_tx(container_of(node, struct incoming, link));
}

void ua_close(struct ua *ua)
{
    if (!ua || ua->closed)
        return;
    ua->closed = true;
    net_edit_remove(&ua->edit);
    dispose_all(ua);
    list_unlink(&ua->engine_link);
    ua->engine->agent_count--;
    if (ua->endpoint)
        endpoint_leave(ua);
    ua_unref(ua);
}

bool ua_closed(const struct ua *ua)
{
    return ua->closed;
}

struct ua *ua_ref(struct ua *ua)
{
    ua->refs++;
    return ua;
}

void ua_unref(struct ua *ua)
{
    if (!ua || --ua->refs)
        return;
    auth_cache_free(ua->auth);
    softstates_fini(&ua->softstates);
    buf_fini(&ua->service_route);
    mem_free((char *)(uintptr_t)ua->proxy.p);
    buf_fini(&ua->text);
    engine_unref(ua->engine);
    mem_free(ua);
}

struct slice ua_uri(const struct ua *ua)
{
    return ua->uri;
}

struct slice ua_contact(const struct ua *ua)
{
    return ua->contact;
}

const struct addr *ua_address(const struct ua *ua)
{
    return &ua->local;
}

void ua_set_service_route(struct ua *ua, const struct slice *routes, size_t n)
{
    buf_clear(&ua->service_route);
    for (size_t i = 0; i < n; i++) {
        buf_lit(&ua->service_route, "Route: ");
        compose_address(&ua->service_route, routes[i]);
        buf_lit(&ua->service_route, "\r\n");
    }
}

struct slice ua_service_route(const struct ua *ua)
{
    return buf_view(&ua->service_route);
}

struct net_socket *ua_socket(const struct ua *ua)
{
    return ua->endpoint ? ua->endpoint->socket : NULL;
}

uint32_t ua_automatic(const struct ua *ua)
{
    return ua->automatic;
}

static size_t length(const struct list *l)
{
    size_t n = 0;

    list_each (node, l)
        n++;
    return n;
}

size_t ua_open_requests(const struct ua *ua)
{
    return length(&ua->requests);
}

size_t ua_open_usages(const struct ua *ua)
{
    return length(&ua->usages);
}
