/* SPDX-License-Identifier: MIT */
/*
 * The 2xx responses of one INVITE by their To tags, each with its ACK
 * (RFC 3261 13.2.2.4): a short list, since forks are few. The ACKs of a layer
 * are in one hash besides, by their branch, for an ICMP error that quotes one.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "transaction/tx_private.h"

/* A peer that invents tags must not grow us without bound. */
#define FORKS_MAX 64

struct tx_fork {
    struct tx_fork *next;
    struct hash_node node; /* in layer->acks, while there is an ACK */
    struct tx *t;
    char *ack; /* NULL: the TU has not made it yet */
    size_t ack_n;
    struct addr to;
    size_t tag_n;
    char tag[];
};

static struct tx_fork *find(const struct tx *t, struct slice tag)
{
    struct tx_fork *f = t->forks;
    while (f && !slice_eq(slice_of(f->tag, f->tag_n), tag))
        f = f->next;
    return f;
}

static struct tx_fork *add(struct tx *t, struct slice tag)
{
    if (t->fork_count == FORKS_MAX)
        return NULL;
    struct tx_fork *f =
        blocks_take_zeroed(&t->layer->blocks, sizeof(*f) + tag.n);
    f->t = t;
    f->tag_n = tag.n;
    if (tag.n)
        memcpy(f->tag, tag.p, tag.n);
    f->next = t->forks;
    t->forks = f;
    t->fork_count++;
    return f;
}

/* A response without a To tag counts as one with an empty tag. */
static struct slice tag_of(struct slice tag)
{
    return slice_present(tag) ? tag : SLICE("");
}

enum tx_fork_news tx_fork_note(struct tx *t, struct slice tag)
{
    const struct tx_fork *f = find(t, tag_of(tag));
    if (!f)
        return add(t, tag_of(tag)) ? TX_FORK_NEW : TX_FORK_TOO_MANY;
    if (f->ack) {
        t->layer->counters.retransmitted++;
        net_send(t->socket, &f->to, slice_of(f->ack, f->ack_n));
    }
    return TX_FORK_REPEAT;
}

static bool ends_branch(char c)
{
    return c == ';' || c == ',' || c == ' ' || c == '\t' || c == '\r' ||
           c == '\n' || c == '\0';
}

/* By the text behind "branch=": an ACK is what its dialog made of it, and is
 * not scanned for this. Without one all share a hash. */
static uint64_t ack_hash(const struct tx_layer *l, struct slice ack)
{
    static const char name[] = "branch=";
    const char *end = ack.p + ack.n;
    const char *p = memmem(ack.p, ack.n, name, sizeof(name) - 1);
    p = p ? p + sizeof(name) - 1 : end;
    const char *q = p;
    while (q < end && !ends_branch(*q))
        q++;
    return hash_bytes(l->seed, p, (size_t)(q - p));
}

struct tx *tx_fork_find(const struct tx_layer *l, struct slice quoted)
{
    struct hash_node *node = hash_first(&l->acks, ack_hash(l, quoted));
    for (; node; node = hash_next(node)) {
        struct tx_fork *f = container_of(node, struct tx_fork, node);
        if (slice_starts(slice_of(f->ack, f->ack_n), quoted))
            return f->t;
    }
    return NULL;
}

int tx_fork_ack(struct tx *t, struct slice tag, struct slice ack,
                const struct addr *to)
{
    struct tx_fork *f = find(t, tag_of(tag));
    if (!f)
        f = add(t, tag_of(tag));
    if (!f)
        return ERR_TOO_BIG;
    char *copy = blocks_take(&t->layer->blocks, ack.n);
    memcpy(copy, ack.p, ack.n);
    blocks_give(&t->layer->blocks, f->ack, f->ack_n);
    f->ack = copy;
    f->ack_n = ack.n;
    f->to = *to;
    hash_remove(&t->layer->acks, &f->node);
    hash_insert(&t->layer->acks, &f->node, ack_hash(t->layer, ack));
    return ERR_NONE;
}

static void free_fork(struct tx *t, struct tx_fork **at)
{
    struct tx_fork *f = *at;
    *at = f->next;
    t->fork_count--;
    hash_remove(&t->layer->acks, &f->node);
    blocks_give(&t->layer->blocks, f->ack, f->ack_n);
    blocks_give(&t->layer->blocks, f, sizeof(*f) + f->tag_n);
}

void tx_forks_forget(struct tx *t)
{
    struct tx_fork **at = &t->forks;
    while (*at) {
        if ((*at)->ack)
            at = &(*at)->next;
        else
            free_fork(t, at);
    }
}

void tx_forks_free(struct tx *t)
{
    while (t->forks)
        free_fork(t, &t->forks);
}
