/* SPDX-License-Identifier: MIT */
/* Nonces given out: made, found, counted, forgotten. */
#include "auth/nonces.h"

#include "base/mem.h"

enum { WINDOW = 64 };

static struct nonce *of_link(struct list *link)
{
    return container_of(link, struct nonce, link);
}

/* The texts are random, and only ours are in the table: no seed is needed. */
static uint64_t hash_of(struct slice text)
{
    return hash_bytes(0, text.p, text.n);
}

static void forget(struct nonces *n, struct nonce *old)
{
    hash_remove(&n->table, &old->node);
    list_unlink(&old->link);
    mem_free(old);
}

void nonces_init(struct nonces *n, struct rng *rng)
{
    n->rng = rng;
    hash_init(&n->table);
    list_init(&n->order);
}

void nonces_fini(struct nonces *n)
{
    while (!list_empty(&n->order))
        forget(n, of_link(list_first(&n->order)));
    hash_fini(&n->table);
}

/* All live equally long, so that the oldest expires first. */
static void make_room(struct nonces *n, int64_t now)
{
    while (!list_empty(&n->order)) {
        struct nonce *oldest = of_link(list_first(&n->order));

        if (oldest->expires > now && n->table.count < NONCES_MAX)
            return;
        forget(n, oldest);
    }
}

struct nonce *nonces_make(struct nonces *n, int64_t now, int64_t lifetime)
{
    struct nonce *made = mem_zalloc(sizeof(*made));

    make_room(n, now);
    made->expires = now > INT64_MAX - lifetime ? INT64_MAX : now + lifetime;
    rng_token(n->rng, made->text, NONCE_LENGTH);
    hash_insert(&n->table, &made->node,
                hash_of(slice_of(made->text, NONCE_LENGTH)));
    list_append(&n->order, &made->link);
    return made;
}

struct nonce *nonces_find(const struct nonces *n, struct slice text,
                          int64_t now)
{
    struct hash_node *node = hash_first(&n->table, hash_of(text));

    for (; node; node = hash_next(node)) {
        struct nonce *known = container_of(node, struct nonce, node);

        if (slice_eq(slice_of(known->text, NONCE_LENGTH), text))
            return known->expires > now ? known : NULL;
    }
    return NULL;
}

bool nonce_count(struct nonce *n, uint32_t nc)
{
    uint32_t behind = n->nc - nc;

    if (nc > n->nc) {
        uint32_t ahead = nc - n->nc;

        n->seen = ahead < WINDOW ? n->seen << ahead : 0;
        n->seen |= 1;
        n->nc = nc;
        return true;
    }
    if (behind >= WINDOW || n->seen >> behind & 1)
        return false;
    n->seen |= UINT64_C(1) << behind;
    return true;
}
