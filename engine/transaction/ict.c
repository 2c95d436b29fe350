/* SPDX-License-Identifier: MIT */
/*
 * The INVITE client transaction: RFC 3261 17.1.1 with figure 5, as RFC 6026
 * (7.2, and its new figure 5) changes it.
 */
#include "base/err.h"
#include "message/render.h"
#include "transaction/tx_private.h"

/* Nobody cancels what its user has released: as long as a proxy's timer C. */
#define TIMER_C (180 * LOOP_SECOND)

/* Timer D is at least 32 seconds (17.1.1.2). */
#define TIMER_D (32 * LOOP_SECOND)

/* Timer A doubles without a cap (17.1.1.2). */
static void repeat(struct tx *t, const struct tx_input *in)
{
    (void)in;
    t->layer->counters.retransmitted++;
    tx_send(t, message_bytes(t->live->request));
    tx_retry_after(t, 2 * t->live->interval);
}

static void expire(struct tx *t, const struct tx_input *in)
{
    (void)in;
    t->layer->counters.timeouts++;
    tx_tell_failed(t, TX_CAUSE_TIMER_B, ERR_TIMEOUT);
}

/* A peer that has answered may take as long as it likes. */
static void proceed(struct tx *t, const struct tx_input *in)
{
    tx_retry_stop(t);
    timer_stop(&t->timer);
    if (t->released)
        tx_wait(t, CLIENT_TIMEOUT, TIMER_C);
    tx_tell_response(t, in);
}

/* The first 2xx of each To tag goes up, to whoever is left to end it. */
static void deliver(struct tx *t, const struct tx_input *in)
{
    const struct tx_layer *l = t->layer;
    switch (tx_fork_note(t, in->message->w.to_tag)) {
    case TX_FORK_NEW:
        if (!t->released)
            tx_tell_response(t, in);
        else if (l->ops->orphan)
            l->ops->orphan(l->arg, t, in->message);
        break;
    case TX_FORK_REPEAT:
        tx_absorb(t, in);
        break;
    case TX_FORK_TOO_MANY:
        tx_drop_bytes(t->layer, t->socket, "forks", message_bytes(in->message),
                      &in->message->peer);
        break;
    }
}

static void accept_(struct tx *t, const struct tx_input *in)
{
    tx_retry_stop(t);
    tx_wait(t, CLIENT_LINGER, tx_64_t1(t)); /* timer M, every transport */
    deliver(t, in);
}

static void acknowledge(struct tx *t, const struct message *response)
{
    struct buf *text = &t->layer->text;
    buf_clear(text);
    render_ack(text, t->live->request, response, NULL, 0);
    tx_keep(t, buf_view(text));
    tx_send(t, buf_view(text));
}

static void complete(struct tx *t, const struct tx_input *in)
{
    int64_t d = tx_64_t1(t) > TIMER_D ? tx_64_t1(t) : TIMER_D;
    tx_retry_stop(t);
    tx_linger(t, CLIENT_LINGER, d);
    if (!t->no_ack)
        acknowledge(t, in->message);
    tx_tell_response(t, in);
}

static void acknowledge_again(struct tx *t, const struct tx_input *in)
{
    tx_send_kept(t);
    tx_absorb(t, in);
}

/*
 * Where the drawing leaves Completed on a transport error we stay: the TU is
 * told all the same, and the peer's repeats do not become strays.
 */
static const struct tx_cell table[TX_STATES][CLIENT_EVENTS] = {
    [TX_CALLING] = {
        /* 17.1.1.2: 1xx to TU; no more repeats */
        [CLIENT_1XX] = { TX_PROCEEDING, proceed },
        /* RFC 6026 7.2: 2xx to TU */
        [CLIENT_2XX] = { TX_ACCEPTED, accept_ },
        /* 17.1.1.2: ACK sent unless it is withheld, response to TU */
        [CLIENT_FINAL] = { TX_COMPLETED, complete },
        /* 17.1.1.2: timer A fires: reset A, INVITE sent */
        [CLIENT_REPEAT] = { TX_CALLING, repeat },
        /* 17.1.1.2: timer B fires: inform TU */
        [CLIENT_TIMEOUT] = { TX_TERMINATED, expire },
        /* 17.1.4: transport error: inform TU */
        [CLIENT_ERROR] = { TX_TERMINATED, tx_tell_transport },
    },
    [TX_PROCEEDING] = {
        /* 17.1.1.2: 1xx to TU */
        [CLIENT_1XX] = { TX_PROCEEDING, tx_tell_response },
        /* RFC 6026 7.2: 2xx to TU */
        [CLIENT_2XX] = { TX_ACCEPTED, accept_ },
        /* 17.1.1.2: ACK sent unless it is withheld, response to TU */
        [CLIENT_FINAL] = { TX_COMPLETED, complete },
        /* 16.6, 11: timer C, only once the TU is gone */
        [CLIENT_TIMEOUT] = { TX_TERMINATED, tx_nothing },
        /* 17.1.4: transport error: inform TU */
        [CLIENT_ERROR] = { TX_TERMINATED, tx_tell_transport },
    },
    [TX_ACCEPTED] = {
        /* RFC 6026 7.2: 2xx to TU; 13.2.2.4: a repeat gets its ACK again */
        [CLIENT_2XX] = { TX_ACCEPTED, deliver },
        /* RFC 6026 7.2: timer M fires */
        [CLIENT_LINGER] = { TX_TERMINATED, tx_nothing },
        /* 13.2.2.4: the ACK of a 2xx could not be sent: inform TU */
        [CLIENT_ERROR] = { TX_ACCEPTED, tx_tell_transport },
    },
    [TX_COMPLETED] = {
        /* 17.1.1.2: ACK sent, if there is one */
        [CLIENT_FINAL] = { TX_COMPLETED, acknowledge_again },
        /* 17.1.1.2: timer D fires */
        [CLIENT_LINGER] = { TX_TERMINATED, tx_nothing },
        /* 17.1.4: the ACK could not be sent: inform TU */
        [CLIENT_ERROR] = { TX_COMPLETED, tx_tell_transport },
    },
};

/* It still has to ACK a final response, and to find a home for a 2xx. */
static void released(struct tx *t)
{
    tx_forks_forget(t);
    if (t->state == TX_PROCEEDING)
        tx_wait(t, CLIENT_TIMEOUT, TIMER_C);
}

const struct tx_machine tx_ict = {
    .kind = TX_ICT,
    .first = TX_CALLING,
    .cells = &table[0][0],
    .events = CLIENT_EVENTS,
    .retry_event = CLIENT_REPEAT,
    .error_event = CLIENT_ERROR,
    .released = released,
};
