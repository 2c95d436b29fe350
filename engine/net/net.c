/* SPDX-License-Identifier: MIT */
/* The net object: opening, sharing and closing of sockets. */
#include "net/net.h"

#include "base/err.h"
#include "base/mem.h"
#include "net/transport.h"
#include "net/udp.h"

static void net_destroy(struct net *n)
{
    udp_arena_free(n->arena);
    mem_free(n);
}

void net_socket_pin(struct net_socket *s)
{
    s->pins++;
    s->net->pins++;
}

void net_socket_unpin(struct net_socket *s)
{
    struct net *n = s->net;

    if (--s->pins == 0 && !s->open)
        s->transport->free(s);
    if (--n->pins == 0 && n->dead)
        net_destroy(n);
}

void net_socket_dirty(struct net_socket *s)
{
    if (!list_linked(&s->dirty))
        list_append(&s->net->dirty, &s->dirty);
}

static void flush_dirty(void *arg)
{
    struct net *n = arg;
    struct list *node;

    while ((node = list_first(&n->dirty))) {
        struct net_socket *s = container_of(node, struct net_socket, dirty);

        list_unlink(node);
        s->transport->flush(s);
    }
}

static void socket_close(struct net_socket *s)
{
    net_forget_shaping(s);
    s->transport->close(s);
    net_forget_failures(s->net, s);
    list_unlink(&s->link);
    list_unlink(&s->shared);
    list_unlink(&s->dirty);
    s->net->count--;
    s->open = false;
    if (s->pins == 0)
        s->transport->free(s);
}

static struct net_socket *find_shared(const struct net *n, enum net_protocol p,
                                      const struct addr *asked)
{
    list_each (node, &n->shared) {
        struct net_socket *s = container_of(node, struct net_socket, shared);

        if (s->protocol == p && addr_eq(&s->asked, asked))
            return s;
    }
    return NULL;
}

int net_new(struct net **out, struct loop *l, const struct net_ops *ops,
            void *arg)
{
    struct net *n = mem_zalloc(sizeof(*n));

    n->loop = l;
    n->ops = ops;
    n->arg = arg;
    list_init(&n->sockets);
    list_init(&n->shared);
    list_init(&n->dirty);
    list_init(&n->taps);
    list_init(&n->failures);
    loop_hook_add(l, &n->hook, flush_dirty, n);
    loop_job_init(&n->job, net_tell_failures, n);
    *out = n;
    return ERR_NONE;
}

void net_free(struct net *n)
{
    if (!n)
        return;
    list_each_safe (node, &n->sockets)
        socket_close(container_of(node, struct net_socket, link));
    list_each_safe (node, &n->taps)
        list_unlink(node);
    loop_hook_remove(&n->hook);
    loop_job_cancel(&n->job);
    net_forget_failures(n, NULL);
    n->dead = true;
    if (n->pins == 0)
        net_destroy(n);
}

int net_open(struct net *n, struct net_socket **out, enum net_protocol p,
             const struct addr *local, bool share)
{
    const struct transport *t = transport_of(p);
    struct net_socket *s;
    int err;

    if (!t)
        return ERR_UNSUPPORTED;
    s = share ? find_shared(n, p, local) : NULL;
    if (s) {
        *out = net_socket_ref(s);
        return ERR_NONE;
    }
    err = t->open(n, &s, local);
    if (err)
        return err;
    s->transport = t;
    s->net = n;
    s->protocol = p;
    s->asked = *local;
    s->refs = 1;
    s->open = true;
    list_init(&s->faults);
    list_init(&s->edits);
    list_append(&n->sockets, &s->link);
    if (share)
        list_append(&n->shared, &s->shared);
    n->count++;
    *out = s;
    return ERR_NONE;
}

struct net_socket *net_socket_ref(struct net_socket *s)
{
    s->refs++;
    return s;
}

void net_socket_unref(struct net_socket *s)
{
    if (s && --s->refs == 0)
        socket_close(s);
}

const struct addr *net_socket_local(const struct net_socket *s)
{
    return &s->local;
}

enum net_protocol net_socket_protocol(const struct net_socket *s)
{
    return s->protocol;
}

void net_socket_set_user(struct net_socket *s, void *user)
{
    s->user = user;
}

void *net_socket_user(const struct net_socket *s)
{
    return s->user;
}

const struct net_counters *net_counters(const struct net *n)
{
    return &n->counters;
}

size_t net_socket_count(const struct net *n)
{
    return n->count;
}
