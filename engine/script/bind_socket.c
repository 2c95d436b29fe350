/* SPDX-License-Identifier: MIT */
/* Socket: datagrams as a script makes them, with no SIP about them. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "net/net.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/task.h"

enum { KEPT = 1024 };

struct datagram {
    struct list link;
    struct addr from;
    size_t n;
    char bytes[];
};

struct lsocket {
    struct host *host;
    struct net *net; /* NULL: closed */
    struct net_socket *socket;
    int anchor; /* while somebody waits, the wait's stack holds it */
    struct list datagrams, waiters;
    unsigned count;
};

static struct lsocket *check(lua_State *L)
{
    struct lsocket *s = lclass_check(L, 1, &class_socket);

    if (!s->net)
        luaL_error(L, "this socket is closed");
    return s;
}

static void on_received(void *arg, struct net_socket *socket, const char *bytes,
                        size_t n, const struct addr *from, int64_t at)
{
    struct lsocket *s = arg;
    struct list *first = list_first(&s->waiters);
    struct datagram *d;

    (void)socket;
    (void)at;
    if (s->count == KEPT)
        return;
    d = mem_alloc(sizeof(*d) + n);
    memset(&d->link, 0, sizeof(d->link));
    d->from = *from;
    d->n = n;
    memcpy(d->bytes, bytes, n);
    list_append(&s->datagrams, &d->link);
    s->count++;
    if (first)
        wait_wake(container_of(first, struct wait, link), WAIT_READY);
}

static void on_failed(void *arg, struct net_socket *socket,
                      const struct addr *to, int err, struct slice quoted)
{
    (void)arg;
    (void)socket;
    (void)to;
    (void)err;
    (void)quoted;
}

static const struct net_ops ops = { on_received, on_failed };

static int new_socket(lua_State *L)
{
    struct slice text = args_slice(L, 1);
    struct lsocket *s;
    struct addr local;
    int err;

    if (!slice_istarts(text, SLICE("udp:")) ||
        addr_parse(&local, slice_of(text.p + 4, text.n - 4)))
        luaL_error(L, "socket: \"%s\" is not like udp:127.0.0.1:0", text.p);
    s = lclass_new(L, &class_socket, sizeof(*s), 0);
    s->host = host_of(L);
    list_init(&s->datagrams);
    list_init(&s->waiters);
    err = net_new(&s->net, s->host->loop, &ops, s);
    if (!err)
        err = net_open(s->net, &s->socket, NET_UDP, &local, false);
    if (err)
        return lerror_return_err(L, err, text.p);
    return 1;
}

static void close_socket(struct lsocket *s)
{
    struct list *node;

    if (!s->net)
        return;
    while ((node = list_first(&s->waiters)))
        wait_wake(container_of(node, struct wait, link), WAIT_CANCELLED);
    while ((node = list_first(&s->datagrams))) {
        list_unlink(node);
        mem_free(container_of(node, struct datagram, link));
    }
    net_free(s->net);
    s->net = NULL;
}

static int m_close(lua_State *L)
{
    close_socket(lclass_check(L, 1, &class_socket));
    return 0;
}

static int m_gc(lua_State *L)
{
    close_socket(lua_touserdata(L, 1));
    return 0;
}

static int m_send(lua_State *L)
{
    struct lsocket *s = check(L);
    struct slice bytes = args_slice(L, 2);
    struct addr to;
    int err;

    args_address(L, 3, &to);
    err = net_send(s->socket, &to, bytes);
    if (err)
        return lerror_return_err(L, err, "send");
    lua_pushboolean(L, true);
    return 1;
}

static int collect(lua_State *L, int status, lua_KContext ctx);

/* Until `deadline`; below 0: for ever. */
static int wait_until(lua_State *L, struct lsocket *s, int64_t timeout,
                      int64_t deadline)
{
    struct wait *w = wait_begin(L);

    list_append(&s->waiters, &w->link);
    return wait_end(L, w, timeout, collect, (lua_KContext)deadline);
}

/* Woken for a datagram that another receive took first: waits on. */
static bool overtaken(lua_State *L, struct lsocket *s, int64_t deadline,
                      int64_t *left)
{
    *left = deadline < 0 ? -1 : deadline - loop_now_exact(s->host->loop);
    return wait_of(L)->status == WAIT_READY && (deadline < 0 || *left > 0);
}

static int collect(lua_State *L, int status, lua_KContext ctx)
{
    struct lsocket *s = lclass_check(L, 1, &class_socket);
    struct list *first = s->net ? list_first(&s->datagrams) : NULL;
    struct datagram *d;
    char text[ADDR_TEXT];
    int64_t left;

    (void)status;
    if (!s->net)
        return lerror_return(L, "closed", "the socket was closed");
    if (!first && overtaken(L, s, ctx, &left))
        return wait_until(L, s, left, ctx);
    if (!first)
        return lerror_return(L, "timeout", "no datagram within %g s",
                             luaL_optnumber(L, 2, 0));
    d = container_of(first, struct datagram, link);
    list_unlink(first);
    s->count--;
    lua_pushlstring(L, d->bytes, d->n);
    lua_pushlstring(L, text, addr_text(&d->from, text));
    mem_free(d);
    return 2;
}

static int m_receive(lua_State *L)
{
    struct lsocket *s = check(L);
    int64_t timeout = loptions_arg_seconds(L, 2, -1);
    int64_t now = loop_now_exact(s->host->loop);
    int64_t deadline = -1;

    if (list_first(&s->datagrams))
        return collect(L, 0, 0);
    if (timeout >= 0 && timeout <= INT64_MAX - now)
        deadline = now + timeout;
    return wait_until(L, s, timeout, deadline);
}

static int p_address(lua_State *L)
{
    char text[ADDR_TEXT];

    lua_pushlstring(L, text,
                    addr_text(net_socket_local(check(L)->socket), text));
    return 1;
}

static const luaL_Reg methods[] = {
    { "send", m_send },
    { "receive", m_receive },
    { "close", m_close },
    { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "address", p_address, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", m_gc },
    { "__close", m_close },
    { NULL, NULL },
};

const struct lclass class_socket = { "Socket", NULL, methods, properties,
                                     metamethods };

void bind_socket(lua_State *L)
{
    lclass_register(L, &class_socket);
    lua_pushcfunction(L, new_socket);
    lua_setfield(L, -2, "socket");
}
