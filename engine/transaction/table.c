/* SPDX-License-Identifier: MIT */
/*
 * Matching (RFC 3261 17.1.3, 17.2.3). A key is a byte string of the parts
 * that must be equal, each behind its length, so that no choice of parts can
 * look like another; one hash of all keys finds a transaction in O(1).
 */
#include <string.h>

#include "base/mem.h"
#include "transaction/tx_private.h"

#define COOKIE SLICE("z9hG4bK")
#define PORT_DEFAULT 5060

/* What stands at the beginning of a key. */
enum side { SIDE_CLIENT = 'c', SIDE_SERVER = 's', SIDE_SERVER_2543 = 'o' };

static void key_end(struct tx_layer *l)
{
    l->key_hash = hash_bytes(l->seed, l->key.p, l->key.n);
}

static void key_start(struct buf *key, enum side side)
{
    buf_clear(key);
    buf_char(key, (char)side);
}

static void key_part(struct buf *key, struct slice part)
{
    uint32_t n = (uint32_t)part.n;
    buf_add(key, &n, sizeof(n));
    if (n)
        buf_add(key, part.p, n);
}

/* Hosts are compared without case; no port is port 5060 (18.2.2). */
static void key_sent_by(struct buf *key, const struct wire_via *via)
{
    uint16_t port = via->port ? via->port : PORT_DEFAULT;
    buf_add(key, &port, sizeof(port));
    key_part(key, via->host);
    for (size_t i = key->n - via->host.n; i < key->n; i++)
        if (key->p[i] >= 'A' && key->p[i] <= 'Z')
            key->p[i] = (char)(key->p[i] | 0x20);
}

/* A branch that is nothing but the cookie identifies nothing. */
static bool branch_is_unique(struct slice branch)
{
    return branch.n > COOKIE.n && slice_istarts(branch, COOKIE);
}

void tx_key_client(struct tx_layer *l, const struct wire_via *via,
                   struct slice method)
{
    key_start(&l->key, SIDE_CLIENT);
    key_part(&l->key, via->branch);
    key_sent_by(&l->key, via);
    key_part(&l->key, method);
    key_end(l);
}

/* 17.2.3 for peers that follow RFC 2543. */
static void key_2543(struct tx_layer *l, const struct wire_message *w,
                     struct slice method)
{
    key_start(&l->key, SIDE_SERVER_2543);
    key_part(&l->key, w->uri);
    key_part(&l->key, w->to_tag);
    key_part(&l->key, w->from_tag);
    key_part(&l->key, w->call_id);
    buf_add(&l->key, &w->cseq, sizeof(w->cseq));
    key_part(&l->key, w->via.value);
    key_part(&l->key, method);
    key_end(l);
}

void tx_key_server(struct tx_layer *l, const struct wire_message *w,
                   struct slice method)
{
    if (!branch_is_unique(w->via.branch)) {
        key_2543(l, w, method);
        return;
    }
    key_start(&l->key, SIDE_SERVER);
    key_part(&l->key, w->via.branch);
    key_sent_by(&l->key, &w->via);
    key_part(&l->key, method);
    key_end(l);
}

struct tx *tx_find(const struct tx_layer *l)
{
    struct hash_node *node = hash_first(&l->table, l->key_hash);
    for (; node; node = hash_next(node)) {
        struct tx *t = container_of(node, struct tx, node);
        if (t->key_n == l->key.n && !memcmp(t->key, l->key.p, l->key.n))
            return t;
    }
    return NULL;
}

/* Is this the To tag of the response that we repeat? */
static bool tag_is_ours(const struct tx *t, struct slice tag)
{
    struct wire_message w;
    if (!t->kept || wire_scan(t->kept, t->kept_n, &w))
        return true;
    return slice_eq(w.to_tag, tag);
}

/*
 * By the rules of RFC 2543 the To tag of an ACK is that of the response: the
 * request's own, or, where that had none, the one that we added.
 */
struct tx *tx_find_invite(struct tx_layer *l, const struct wire_message *w)
{
    struct wire_message first = *w;
    tx_key_server(l, w, SLICE("INVITE"));
    struct tx *t = tx_find(l);
    if (t || w->method != METHOD_ACK || branch_is_unique(w->via.branch))
        return t;
    first.to_tag = slice_of(NULL, 0);
    tx_key_server(l, &first, SLICE("INVITE"));
    t = tx_find(l);
    return t && tag_is_ours(t, w->to_tag) ? t : NULL;
}

/* 9.2: mostly an INVITE, but any other is matched as well; one whose method has
 * no name here is not found. */
struct tx *tx_find_cancelled(struct tx_layer *l, const struct wire_message *w)
{
    struct tx *t = tx_find_invite(l, w);
    for (int m = METHOD_OTHER + 1; !t && m < METHOD_COUNT; m++) {
        if (m == METHOD_CANCEL)
            continue;
        tx_key_server(l, w, slice_str(method_name((enum method)m)));
        t = tx_find(l);
    }
    return t;
}
