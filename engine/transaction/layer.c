/* SPDX-License-Identifier: MIT */
/* The transaction layer as a whole: its net, its table, its counters. */
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "transaction/tx_private.h"

static const struct net_ops net_ops = {
    .received = tx_received,
    .failed = tx_net_failed,
};

int tx_layer_new(struct tx_layer **out, struct loop *loop,
                 const struct tx_layer_ops *ops, void *arg)
{
    struct tx_layer *l = mem_zalloc(sizeof(*l));
    *out = NULL;
    l->loop = loop;
    l->ops = ops;
    l->arg = arg;
    l->seed = rng_entropy();
    hash_init(&l->table);
    hash_init(&l->acks);
    int err = net_new(&l->net, loop, &net_ops, l);
    if (err) {
        hash_fini(&l->table);
        hash_fini(&l->acks);
        mem_free(l);
        return err;
    }
    *out = l;
    return ERR_NONE;
}

static void discard(void *arg, struct hash_node *node)
{
    (void)arg;
    tx_discard(container_of(node, struct tx, node));
}

static void terminate_if_on(void *socket, struct hash_node *node)
{
    struct tx *t = container_of(node, struct tx, node);
    if (t->socket == socket)
        tx_end(t);
}

void tx_drop_socket(struct tx_layer *l, const struct net_socket *s)
{
    hash_walk(&l->table, terminate_if_on, (void *)(uintptr_t)s);
}

void tx_layer_free(struct tx_layer *l)
{
    if (!l)
        return;
    hash_walk(&l->table, discard, NULL);
    net_free(l->net);
    hash_fini(&l->table);
    hash_fini(&l->acks);
    buf_fini(&l->key);
    buf_fini(&l->text);
    blocks_fini(&l->blocks);
    mem_free(l);
}

struct net *tx_layer_net(struct tx_layer *l)
{
    return l->net;
}

const struct tx_counters *tx_counters(const struct tx_layer *l)
{
    return &l->counters;
}

void tx_layer_watch(struct tx_layer *l, tx_watch_fn *fn, void *arg)
{
    l->watch = fn;
    l->watch_arg = arg;
}

int tx_send_raw(struct tx_layer *l, struct net_socket *s, const struct addr *to,
                struct slice bytes)
{
    (void)l;
    return net_send(s, to, bytes);
}
