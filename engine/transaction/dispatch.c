/* SPDX-License-Identifier: MIT */
/* A datagram's way in: scan, match, event, or up to whoever takes strays. */
#include "base/err.h"
#include "transaction/tx_private.h"

#define PORT_DEFAULT 5060

void tx_drop_bytes(struct tx_layer *l, struct net_socket *s, const char *reason,
                   struct slice bytes, const struct addr *from)
{
    l->counters.dropped++;
    if (l->ops->dropped)
        l->ops->dropped(l->arg, s, reason, bytes, from);
}

static void drop_message(struct tx_layer *l, struct net_socket *s,
                         const char *reason, const struct message *m)
{
    tx_drop_bytes(l, s, reason, message_bytes(m), &m->peer);
}

/* ---- responses ---- */

static int client_event(int status)
{
    if (status < 200)
        return CLIENT_1XX;
    return status < 300 ? CLIENT_2XX : CLIENT_FINAL;
}

static void on_response(struct tx_layer *l, struct net_socket *s,
                        struct message *m)
{
    if (!m->w.via.branch.n) {
        drop_message(l, s, "no-via", m);
        return;
    }
    tx_key_client(l, &m->w.via, m->w.cseq_method);
    struct tx *t = tx_find(l);
    struct tx_input in = { .message = m };
    if (t && t->released && t->live)
        l->counters.late++;
    if (!t) {
        if (l->ops->stray)
            l->ops->stray(l->arg, s, m);
    } else if (!tx_step(t, client_event(m->w.status), &in)) {
        drop_message(l, s, "state", m);
    }
}

/* ---- requests ---- */

static void on_ack(struct tx_layer *l, struct net_socket *s, struct message *m)
{
    struct tx *t = tx_find_invite(l, &m->w);
    struct tx_input in = { .message = m };
    if (t && tx_step(t, SERVER_ACK, &in))
        return;
    if (l->ops->ack)
        l->ops->ack(l->arg, s, m);
}

/* The address that maddr names, if it is one of the socket's family: nobody is
 * asked for names here. */
static bool take_maddr(struct tx *t, const struct message *m, uint16_t port)
{
    struct slice host = m->w.via.maddr;
    struct addr a;

    if (host.n > 2 && host.p[0] == '[')
        host = slice_of(host.p + 1, host.n - 2);
    if (!host.n || addr_from(&a, host, port) ||
        addr_is_v6(&a) != addr_is_v6(&m->peer))
        return false;
    t->peer = a;
    return true;
}

/*
 * Where responses go (RFC 3261 18.2.2, RFC 3581 4): to maddr, at the port of
 * the sent-by. Without it to the host that the request came from, which is what
 * `received` says, and to the port that it came from if rport asks for that,
 * else that of the sent-by.
 */
static void set_server_peer(struct tx *t, const struct message *m)
{
    uint16_t port = m->w.via.port ? m->w.via.port : PORT_DEFAULT;

    t->peer = m->peer;
    if (t->reliable || take_maddr(t, m, port) || m->w.via.rport)
        return;
    addr_set_port(&t->peer, port);
}

static void on_request(struct tx_layer *l, struct net_socket *s,
                       struct message *m)
{
    struct tx *target = NULL;
    if (!m->w.via.host.n) {
        drop_message(l, s, "no-via", m);
        return;
    }
    if (m->w.method == METHOD_CANCEL)
        target = tx_find_cancelled(l, &m->w);
    tx_key_server(l, &m->w, m->w.method_name);
    struct tx *t = tx_find(l);
    if (t) {
        struct tx_input in = { .message = m };
        if (!tx_step(t, SERVER_REQUEST, &in))
            drop_message(l, s, "state", m);
        return;
    }
    t = tx_new(l, m->w.method == METHOD_INVITE ? &tx_ist : &tx_nist, s, m);
    set_server_peer(t, m);
    if (l->ops->request)
        l->ops->request(l->arg, t, m, target);
}

/* ---- datagrams ---- */

/* A double CRLF, or a single one (RFC 5626 3.5.1), or nothing at all. */
static const char *why_no_message(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != '\r' && bytes[i] != '\n')
            return "garbage";
    return "keep-alive";
}

void tx_received(void *arg, struct net_socket *s, const char *bytes, size_t n,
                 const struct addr *from, int64_t at)
{
    struct tx_layer *l = arg;
    struct message *m = NULL;
    if (message_new(&m, bytes, n, at, loop_wall(l->loop))) {
        tx_drop_bytes(l, s, why_no_message(bytes, n), slice_of(bytes, n), from);
        return;
    }
    m->peer = *from;
    m->local = *net_socket_local(s);
    if (!m->w.request)
        on_response(l, s, m);
    else if (m->w.method == METHOD_ACK)
        on_ack(l, s, m);
    else
        on_request(l, s, m);
    message_unref(m);
}
