/* SPDX-License-Identifier: MIT */
/* A user agent: identity, socket, and the end of both. */
#include "agent/ua.h"

#include <stdio.h>
#include <string.h>

#include "agent/agent_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"
#include "wire/header.h"

/* What listen says: "udp:127.0.0.1:5060". */
static int parse_listen(struct slice listen, enum net_protocol *protocol,
                        struct addr *out)
{
    static const struct {
        struct slice name;
        enum net_protocol protocol;
    } names[] = {
        { { "udp", 3 }, NET_UDP }, { { "tcp", 3 }, NET_TCP },
        { { "tls", 3 }, NET_TLS }, { { "ws", 2 }, NET_WS },
        { { "wss", 3 }, NET_WSS },
    };
    size_t colon = slice_find(listen, ':');

    for (size_t i = 0; i < array_length(names); i++) {
        if (!slice_ieq(slice_of(listen.p, colon), names[i].name))
            continue;
        if (colon == listen.n)
            return ERR_ARGUMENT;
        *protocol = names[i].protocol;
        return addr_parse(out, slice_of(listen.p + colon + 1,
                                        listen.n - colon - 1));
    }
    return ERR_ARGUMENT;
}

static int choose_local(struct ua *ua, const struct ua_options *o,
                        enum net_protocol *protocol, struct addr *local)
{
    *protocol = NET_UDP;
    if (slice_present(o->listen))
        return parse_listen(o->listen, protocol, local);
    if (slice_present(ua->proxy))
        return resolver_source(&ua->proxy_addr, local);
    return addr_parse(local, SLICE("127.0.0.1:0"));
}

/* Views into ua->text are set once it no longer grows: offsets till then. */
struct piece {
    struct slice *view;
    size_t at, n;
};

static void add_piece(struct ua *ua, struct piece *p, struct slice *view,
                      struct slice value)
{
    p->view = view;
    p->at = ua->text.n;
    p->n = value.n;
    if (slice_present(value))
        buf_slice(&ua->text, value);
    else
        p->view = NULL;
}

static void add_from(struct ua *ua, const struct ua_options *o,
                     struct slice uri)
{
    if (slice_present(o->display_name)) {
        buf_char(&ua->text, '"');
        buf_slice(&ua->text, o->display_name);
        buf_lit(&ua->text, "\" ");
    }
    buf_char(&ua->text, '<');
    buf_slice(&ua->text, uri);
    buf_char(&ua->text, '>');
}

static void add_user_agent(struct ua *ua, struct slice value)
{
    if (!slice_present(value) || !value.n)
        return;
    buf_lit(&ua->text, "User-Agent: ");
    buf_slice(&ua->text, value);
}

/* Identity: everything that is text, in one buffer. */
static int set_identity(struct ua *ua, const struct ua_options *o,
                        struct slice sent_by, const struct addr *local)
{
    struct piece pieces[8] = { { 0 } };
    struct buf made = { 0 };
    char host[ADDR_TEXT];
    struct wire_uri u;
    struct slice uri = o->uri;

    if (!slice_present(uri)) {
        addr_text(local, host);
        buf_lit(&made, "sip:");
        buf_str(&made, host);
        uri = buf_view(&made);
    }
    if (wire_uri_split(uri, &u) || !slice_present(u.host)) {
        buf_fini(&made);
        return ERR_ARGUMENT;
    }
    buf_reserve(&ua->text, 512);
    add_piece(ua, &pieces[0], &ua->uri, uri);
    add_piece(ua, &pieces[1], &ua->user, u.user);
    add_piece(ua, &pieces[2], &ua->username,
              slice_present(o->username) ? o->username : u.user);
    add_piece(ua, &pieces[3], &ua->password, o->password);
    pieces[4] = (struct piece){ &ua->user_agent, ua->text.n, 0 };
    add_user_agent(ua, o->user_agent);
    pieces[4].n = ua->text.n - pieces[4].at;
    add_piece(ua, &pieces[5], &ua->sent_by, sent_by);
    pieces[6] = (struct piece){ &ua->from, ua->text.n, 0 };
    add_from(ua, o, uri);
    pieces[6].n = ua->text.n - pieces[6].at;
    pieces[7] = (struct piece){ &ua->contact, ua->text.n, 0 };
    if (slice_present(o->contact)) {
        compose_address(&ua->text, o->contact);
    } else {
        buf_lit(&ua->text, "<sip:");
        if (slice_present(u.user)) {
            buf_slice(&ua->text, u.user);
            buf_char(&ua->text, '@');
        }
        buf_slice(&ua->text, sent_by);
        buf_char(&ua->text, '>');
    }
    pieces[7].n = ua->text.n - pieces[7].at;
    for (size_t i = 0; i < array_length(pieces); i++) {
        if (pieces[i].view)
            *pieces[i].view = slice_of(ua->text.p + pieces[i].at, pieces[i].n);
    }
    buf_fini(&made);
    return ERR_NONE;
}

/* host:port for Via and Contact. Bound to any address, it is the one from
 * which the proxy is reached, else the first of this machine's loopback. */
static struct slice make_sent_by(struct ua *ua, char out[ADDR_TEXT])
{
    struct addr a = *ua_address(ua);
    struct addr source;

    if (addr_is_any(&a)) {
        if (slice_present(ua->proxy) &&
            resolver_source(&ua->proxy_addr, &source) == ERR_NONE) {
            addr_set_port(&source, addr_port(&a));
            a = source;
        } else {
            addr_from(&a, addr_is_v6(&a) ? SLICE("::1") : SLICE("127.0.0.1"),
                      addr_port(&a));
        }
    }
    return slice_of(out, addr_text(&a, out));
}

static int set_proxy(struct ua *ua, struct slice proxy, char why[160])
{
    struct wire_uri u;
    int err;

    if (!slice_present(proxy))
        return ERR_NONE;
    err = resolver_uri(ua->engine->resolver, proxy, &ua->proxy_addr);
    if (err) {
        snprintf(why, 160, "proxy \"%.*s\": %s", (int)(proxy.n & 0x7f),
                 proxy.p, err_text(err));
        return err;
    }
    ua->proxy = slice_of(mem_strndup(proxy.p, proxy.n), proxy.n);
    ua->proxy_route = wire_uri_split(proxy, &u) == ERR_NONE && u.lr;
    return ERR_NONE;
}

static int bind_socket(struct ua *ua, const struct ua_options *o, char why[160])
{
    enum net_protocol protocol;
    struct addr local;
    char text[ADDR_TEXT];
    int err = choose_local(ua, o, &protocol, &local);

    if (err) {
        snprintf(why, 160, "listen \"%.*s\": %s",
                 (int)(o->listen.n & 0x7f), o->listen.p ? o->listen.p : "",
                 err == ERR_ARGUMENT ? "not like udp:127.0.0.1:5060"
                                     : err_text(err));
        return err;
    }
    err = endpoint_join(ua, &local, protocol, o->private_socket);
    if (err) {
        addr_text(&local, text);
        snprintf(why, 160, "cannot listen on %s %s: %s",
                 net_protocol_uri(protocol), text, err_text(err));
    }
    return err;
}

static void ua_init(struct ua *ua, struct engine *e,
                    const struct ua_options *o, const struct ua_ops *ops,
                    void *arg)
{
    static const struct tx_timing usual = TX_TIMING_DEFAULT;

    ua->refs = 1;
    ua->engine = e;
    ua->ops = ops;
    ua->arg = arg;
    ua->automatic = o->automatic;
    ua->hold = o->hold;
    ua->timing.t1 = o->timing.t1 ? o->timing.t1 : usual.t1;
    ua->timing.t2 = o->timing.t2 ? o->timing.t2 : usual.t2;
    ua->timing.t4 = o->timing.t4 ? o->timing.t4 : usual.t4;
    ua->auth = auth_cache_new(e->digest, &e->rng);
    list_init(&ua->requests);
    list_init(&ua->sessions);
    list_init(&ua->incoming);
    list_append(&e->agents, &ua->engine_link);
    e->agent_count++;
}

/* The user is needed by endpoint_join(), the port by the identity: the user
 * comes first, from the options. */
static void set_user(struct ua *ua, struct slice uri)
{
    struct wire_uri u;

    if (slice_present(uri) && wire_uri_split(uri, &u) == ERR_NONE)
        ua->user = u.user;
}

int ua_new(struct ua **out, struct engine *e, const struct ua_options *o,
           const struct ua_ops *ops, void *arg, char why[160])
{
    struct ua *ua = mem_zalloc(sizeof(*ua));
    char sent_by[ADDR_TEXT];
    int err;

    *out = NULL;
    why[0] = '\0';
    ua_init(ua, e, o, ops, arg);
    set_user(ua, o->uri);
    err = set_proxy(ua, o->proxy, why);
    if (!err)
        err = bind_socket(ua, o, why);
    if (!err) {
        err = set_identity(ua, o, make_sent_by(ua, sent_by), ua_address(ua));
        if (err)
            snprintf(why, 160, "uri \"%.*s\": not a SIP URI",
                     (int)(o->uri.n & 0x7f), o->uri.p);
    }
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
    while ((node = list_first(&ua->sessions)))
        session_dispose(container_of(node, struct session, link));
}

void ua_close(struct ua *ua)
{
    if (!ua || ua->closed)
        return;
    ua->closed = true;
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
    mem_free((char *)(uintptr_t)ua->proxy.p);
    buf_fini(&ua->text);
    mem_free(ua);
}

struct engine *ua_engine(const struct ua *ua)
{
    return ua->engine;
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
    return net_socket_local(ua_socket(ua));
}

struct net_socket *ua_socket(const struct ua *ua)
{
    return ua->endpoint->socket;
}

uint32_t ua_automatic(const struct ua *ua)
{
    return ua->automatic;
}

void *ua_arg(const struct ua *ua)
{
    return ua->arg;
}

size_t ua_open_requests(const struct ua *ua)
{
    size_t n = 0;

    list_each (node, &ua->requests)
        n++;
    return n;
}

size_t ua_open_sessions(const struct ua *ua)
{
    size_t n = 0;

    list_each (node, &ua->sessions)
        n++;
    return n;
}
