/* SPDX-License-Identifier: MIT */
/*
 * What the transport could not deliver, matched to the transaction that sent
 * it (RFC 3261 18.4): by the branch in the bytes that the kernel quotes, which
 * may be cut anywhere, else by the peer.
 */
#include "base/mem.h"
#include "transaction/tx_private.h"

/* ---- with a quote ---- */

/* A whole quote has the method of our key; an ACK is that of an INVITE. */
static struct tx *find_client(struct tx_layer *l, const struct wire_message *w)
{
    struct slice method = w->method_name;
    if (!(w->flaws & FLAW_UNTERMINATED))
        method = w->cseq_method;
    if (slice_eq(method, SLICE("ACK")))
        method = SLICE("INVITE");
    tx_key_client(l, &w->via, method);
    return tx_find(l);
}

/* The top Via of a response is its request's; where the CSeq is cut off, one
 * of the methods that we know will do. */
static struct tx *find_server(struct tx_layer *l, const struct wire_message *w)
{
    tx_key_server(l, w, w->cseq_method);
    struct tx *t = tx_find(l);
    for (int m = METHOD_OTHER + 1; !t && m < METHOD_COUNT; m++) {
        tx_key_server(l, w, slice_str(method_name((enum method)m)));
        t = tx_find(l);
    }
    return t;
}

/* A branch that ends where the quote ends may have been longer. */
static bool branch_is_whole(const struct wire_message *w, struct slice quoted)
{
    return slice_present(w->via.branch) &&
           w->via.branch.p + w->via.branch.n < quoted.p + quoted.n;
}

/* ---- without one ---- */

struct victims {
    const struct net_socket *socket;
    const struct addr *to;
    struct tx **list;
    size_t n, cap;
};

static void collect(void *arg, struct hash_node *node)
{
    struct victims *v = arg;
    struct tx *t = container_of(node, struct tx, node);
    if (!t->live || !tx_is_client(t) || t->socket != v->socket ||
        !addr_eq(&t->peer, v->to))
        return;
    if (v->n == v->cap) {
        v->cap = v->cap ? 2 * v->cap : 16;
        v->list = mem_realloc(v->list, v->cap * sizeof(struct tx *));
    }
    tx_hold(t);
    v->list[v->n++] = t;
}

/* Every client transaction to that peer; a callback may end any of them. */
static void fail_all(struct tx_layer *l, struct net_socket *s,
                     const struct addr *to, int err)
{
    struct victims v = { .socket = s, .to = to };
    struct tx_input in = { .err = err };
    hash_walk(&l->table, collect, &v);
    for (size_t i = 0; i < v.n; i++) {
        tx_step(v.list[i], CLIENT_ERROR, &in);
        tx_drop(v.list[i]);
    }
    mem_free(v.list);
}

/* An ACK is that of a refusal, with its INVITE's branch, or that of a 2xx. */
static struct tx *find_quoted(struct tx_layer *l, const struct wire_message *w,
                              struct slice quoted)
{
    if (!w->request)
        return find_server(l, w);
    struct tx *t = find_client(l, w);
    if (w->method == METHOD_ACK)
        return t ? t : tx_fork_find(l, quoted);
    /* That a request went astray is no news once another got an answer. */
    return t && t->live ? t : NULL;
}

void tx_net_failed(void *arg, struct net_socket *s, const struct addr *to,
                   int err, struct slice quoted)
{
    struct tx_layer *l = arg;
    struct wire_message w;
    struct tx_input in = { .err = err };
    bool scanned = quoted.n && !wire_scan(quoted.p, quoted.n, &w);
    if (scanned && branch_is_whole(&w, quoted)) {
        struct tx *t = find_quoted(l, &w, quoted);
        if (t)
            tx_step(t, t->machine->error_event, &in);
        return;
    }
    /* A cut response, or an ACK that could be that of a 2xx, says nothing
     * about the requests under way. */
    if (!scanned || (w.request && w.method != METHOD_ACK))
        fail_all(l, s, to, err);
}
