/* SPDX-License-Identifier: MIT */
/* What a transaction's user may ask of it. */
#include "transaction/tx.h"

#include "base/err.h"
#include "transaction/tx_private.h"

const char *tx_kind_name(enum tx_kind k)
{
    static const char *const names[] = { "ICT", "NICT", "IST", "NIST" };
    return names[k];
}

const char *tx_state_name(enum tx_state s)
{
    static const char *const names[] = {
        [TX_CALLING] = "calling",       [TX_TRYING] = "trying",
        [TX_PROCEEDING] = "proceeding", [TX_ACCEPTED] = "accepted",
        [TX_COMPLETED] = "completed",   [TX_CONFIRMED] = "confirmed",
        [TX_TERMINATED] = "terminated", [TX_STATES] = "?",
    };
    return names[s];
}

/* ---- client ---- */

/* Timer A or E, and B or F (RFC 3261 17.1.1.2, 17.1.2.2). */
static void start_client(struct tx *t)
{
    tx_retry_after(t, t->timing.t1);
    tx_wait(t, CLIENT_TIMEOUT, tx_64_t1(t));
    tx_send(t, message_bytes(t->live->request));
}

int tx_request(struct tx_layer *l, struct tx **out, struct message *m,
               const struct tx_client_options *options)
{
    const struct wire_message *w = &m->w;
    *out = NULL;
    if (!w->request || w->method == METHOD_ACK || !w->via.branch.n)
        return ERR_ARGUMENT;
    tx_key_client(l, &w->via, w->cseq_method);
    if (tx_find(l))
        return ERR_STATE;
    struct tx *t = tx_new(l, w->method == METHOD_INVITE ? &tx_ict : &tx_nict,
                          options->socket, m);
    t->peer = options->to;
    t->timing = options->timing;
    t->live->no_retransmit = options->no_retransmit;
    t->no_ack = options->no_ack;
    tx_set_user(t, options->ops, options->arg);
    start_client(t);
    *out = t;
    return ERR_NONE;
}

int tx_ack(struct tx *t, struct slice to_tag, struct slice bytes,
           const struct addr *to)
{
    if (t->machine != &tx_ict || t->state != TX_ACCEPTED)
        return ERR_STATE;
    if (!bytes.n)
        return ERR_ARGUMENT;
    int err = tx_fork_ack(t, to_tag, bytes, to);
    return err ? err : net_send(t->socket, to, bytes);
}

int tx_ack_failure(struct tx *t, struct slice bytes)
{
    if (t->machine != &tx_ict || t->state != TX_COMPLETED)
        return ERR_STATE;
    if (!bytes.n)
        return ERR_ARGUMENT;
    tx_keep(t, bytes);
    return net_send(t->socket, &t->peer, bytes);
}

/* ---- server ---- */

static int server_event(int status)
{
    if (status < 200)
        return SERVER_1XX;
    return status < 300 ? SERVER_2XX : SERVER_FINAL;
}

int tx_respond(struct tx *t, int status, struct slice bytes, bool force)
{
    struct tx_input in = { .bytes = bytes };
    if (tx_is_client(t) || t->state == TX_TERMINATED)
        return ERR_STATE;
    if (status >= 100 && tx_step(t, server_event(status), &in))
        return ERR_NONE;
    if (!force)
        return status >= 100 ? ERR_STATE : ERR_ARGUMENT;
    tx_send(t, bytes);
    return ERR_NONE;
}

void tx_send_again(struct tx *t, struct slice bytes)
{
    t->layer->counters.retransmitted++;
    tx_send(t, bytes);
}

/* ---- both ---- */

void tx_count_absorbed(struct tx *t)
{
    t->layer->counters.absorbed++;
}

void tx_set_user(struct tx *t, const struct tx_ops *ops, void *arg)
{
    t->ops = ops;
    t->arg = arg;
    t->released = false;
}

void *tx_user(const struct tx *t, const struct tx_ops *ops)
{
    return t->ops == ops ? t->arg : NULL;
}

void tx_set_mark(struct tx *t, void *mark)
{
    t->mark = mark;
}

/* Nobody waits for an answer any more: no repeats, but what comes is still
 * absorbed. */
void tx_release(struct tx *t)
{
    t->ops = NULL;
    t->arg = NULL;
    t->released = true;
    if (t->live && tx_is_client(t))
        tx_retry_stop(t);
    t->machine->released(t);
}

void tx_terminate(struct tx *t)
{
    if (t->over)
        return;
    tx_hold(t);
    tx_enter(t, TX_TERMINATED);
    t->over = true;
    tx_drop(t);
}

enum tx_kind tx_kind(const struct tx *t)
{
    return t->machine->kind;
}

enum tx_state tx_state(const struct tx *t)
{
    return t->state;
}

struct message *tx_message(const struct tx *t)
{
    return t->live ? t->live->request : NULL;
}

struct net_socket *tx_socket(const struct tx *t)
{
    return t->socket;
}

const struct addr *tx_peer(const struct tx *t)
{
    return &t->peer;
}

const struct tx_timing *tx_timing(const struct tx *t)
{
    return &t->timing;
}

void tx_set_timing(struct tx *t, const struct tx_timing *timing)
{
    t->timing = *timing;
}
