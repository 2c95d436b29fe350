/* SPDX-License-Identifier: MIT */
/*
 * The way of a datagram between ops and transport, through faults and taps,
 * and the way of a failure upward.
 */
#include "net/net.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "net/faults_private.h"
#include "net/transport.h"

/* A failure found where calling upward is not allowed. */
struct failure {
    struct list link;
    struct net_socket *socket;
    struct addr to;
    int err;
    size_t n;
    char quoted[];
};

static void tell_taps(struct net_socket *s, bool outgoing,
                      const struct addr *peer, struct slice bytes,
                      enum net_mark mark)
{
    int64_t now = loop_now(s->net->loop);

    list_each_safe (node, &s->net->taps) {
        struct net_tap *tap = container_of(node, struct net_tap, link);

        tap->fn(tap->arg, outgoing, s, peer, bytes, now, mark);
    }
}

/* Where every datagram comes by, after the faults if there are any. */
static void pass(void *arg, bool outgoing, const struct addr *peer,
                 struct slice bytes, enum net_mark mark)
{
    struct net_socket *s = arg;
    struct net *n = s->net;

    net_socket_pin(s);
    tell_taps(s, outgoing, peer, bytes, mark);
    if (s->open && mark != NET_MARK_DROPPED) {
        if (outgoing)
            s->transport->send(s, peer, bytes);
        else
            n->ops->received(n->arg, s, bytes.p, bytes.n, peer,
                             loop_now(n->loop));
    }
    net_socket_unpin(s);
}

int net_send(struct net_socket *s, const struct addr *to, struct slice bytes)
{
    int err = ERR_NONE;

    if (s->transport->check)
        err = s->transport->check(s, to, bytes.n);
    if (err)
        return err;
    if (s->faults)
        faults_pass(s->faults, true, to, bytes);
    else
        pass(s, true, to, bytes, NET_MARK_NONE);
    return ERR_NONE;
}

void net_arrived(struct net_socket *s, const struct addr *from,
                 struct slice bytes)
{
    if (s->faults)
        faults_pass(s->faults, false, from, bytes);
    else
        pass(s, false, from, bytes, NET_MARK_NONE);
}

void net_socket_set_faults(struct net_socket *s, struct faults *f)
{
    faults_port_close(s->faults);
    s->faults = f ? faults_port_open(f, pass, s) : NULL;
}

void net_tap_add(struct net *n, struct net_tap *tap)
{
    list_append(&n->taps, &tap->link);
}

void net_tap_remove(struct net_tap *tap)
{
    list_unlink(&tap->link);
}

void net_fail(struct net_socket *s, const struct addr *to, int err,
              struct slice quoted)
{
    net_socket_pin(s);
    s->net->ops->failed(s->net->arg, s, to, err, quoted);
    net_socket_unpin(s);
}

void net_fail_later(struct net_socket *s, const struct addr *to, int err,
                    struct slice quoted)
{
    struct failure *f = mem_zalloc(sizeof(*f) + quoted.n);

    f->socket = s;
    f->to = *to;
    f->err = err;
    f->n = quoted.n;
    if (quoted.n > 0)
        memcpy(f->quoted, quoted.p, quoted.n);
    list_append(&s->net->failures, &f->link);
    loop_defer(s->net->loop, &s->net->job);
}

void net_tell_failures(void *arg)
{
    struct net *n = arg;
    struct list *node;

    while ((node = list_first(&n->failures))) {
        struct failure *f = container_of(node, struct failure, link);
        struct net_socket *s = f->socket;
        bool dead;

        list_unlink(node);
        net_socket_pin(s);
        net_fail(s, &f->to, f->err, slice_of(f->quoted, f->n));
        dead = n->dead;
        net_socket_unpin(s);
        mem_free(f);
        if (dead)
            return;
    }
}

void net_forget_failures(struct net *n, const struct net_socket *s)
{
    list_each_safe (node, &n->failures) {
        struct failure *f = container_of(node, struct failure, link);

        if (s && f->socket != s)
            continue;
        list_unlink(node);
        mem_free(f);
    }
}
