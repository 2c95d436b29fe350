/* SPDX-License-Identifier: MIT */
/*
 * The way of a datagram between ops and transport, through edits, faults and
 * taps, and the way of a failure upward.
 */
#include "net/net.h"

#include <string.h>

#include "base/buf.h"
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

static int send_as_it_is(struct net_socket *s, const struct addr *to,
                         struct slice bytes)
{
    int err = ERR_NONE;

    if (s->transport->check)
        err = s->transport->check(s, to, bytes.n);
    if (err) {
        s->net->counters.send_errors++;
        return err;
    }
    if (list_empty(&s->faults))
        pass(s, true, to, bytes, NET_MARK_NONE);
    else
        faults_pass(&s->faults, true, to, bytes);
    return ERR_NONE;
}

static bool edited(struct net_socket *s, const struct addr *to,
                   struct buf *text)
{
    list_each_safe (node, &s->edits) {
        struct net_edit *e = container_of(node, struct net_edit, link);

        if (!e->fn(e->arg, to, text))
            return false;
    }
    return true;
}

int net_send(struct net_socket *s, const struct addr *to, struct slice bytes)
{
    struct buf text = { 0 };
    int err = ERR_NONE;

    if (list_empty(&s->edits))
        return send_as_it_is(s, to, bytes);
    buf_slice(&text, bytes);
    if (edited(s, to, &text))
        err = send_as_it_is(s, to, buf_view(&text));
    else
        pass(s, true, to, buf_view(&text), NET_MARK_DROPPED);
    buf_fini(&text);
    return err;
}

void net_arrived(struct net_socket *s, const struct addr *from,
                 struct slice bytes)
{
    if (list_empty(&s->faults))
        pass(s, false, from, bytes, NET_MARK_NONE);
    else
        faults_pass(&s->faults, false, from, bytes);
}

void net_faults_add(struct net_socket *s, struct faults *f)
{
    faults_port_open(f, &s->faults, pass, s);
}

void net_faults_remove(struct net_socket *s, const struct faults *f)
{
    faults_port_close(faults_port_of(&s->faults, f));
}

void net_edit_add(struct net_socket *s, struct net_edit *e)
{
    list_append(&s->edits, &e->link);
}

void net_edit_remove(struct net_edit *e)
{
    list_unlink(&e->link);
}

void net_forget_shaping(struct net_socket *s)
{
    list_each_safe (node, &s->edits)
        list_unlink(node);
    faults_chain_close(&s->faults);
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
