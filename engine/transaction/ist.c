/* SPDX-License-Identifier: MIT */
/*
 * The INVITE server transaction: RFC 3261 17.2.1 with figure 7, as RFC 6026
 * (7.1, and its new figure 7) changes it.
 */
#include "base/err.h"
#include "transaction/tx_private.h"

static void accept_(struct tx *t, const struct tx_input *in)
{
    tx_wait(t, SERVER_TIMER_L, tx_64_t1(t)); /* every transport */
    tx_keep(t, SLICE(""));                   /* the 1xx: never sent again */
    tx_send(t, in->bytes);
}

static void send_2xx(struct tx *t, const struct tx_input *in)
{
    tx_send(t, in->bytes);
}

static void complete(struct tx *t, const struct tx_input *in)
{
    tx_retry_after(t, t->timing.t1);         /* timer G */
    tx_wait(t, SERVER_TIMER_H, tx_64_t1(t)); /* every transport */
    tx_answer(t, in);
}

/* Timer G doubles up to T2. */
static void answer_by_timer(struct tx *t, const struct tx_input *in)
{
    (void)in;
    int64_t twice = 2 * t->live->interval;
    tx_send_kept(t);
    tx_retry_after(t, twice < t->timing.t2 ? twice : t->timing.t2);
}

static void expire(struct tx *t, const struct tx_input *in)
{
    (void)in;
    tx_tell_failed(t, TX_CAUSE_TIMER_H, ERR_TIMEOUT);
}

static void confirm(struct tx *t, const struct tx_input *in)
{
    tx_retry_stop(t);
    tx_linger(t, SERVER_TIMER_I, t->timing.t4);
    tx_keep(t, SLICE(""));
    if (t->ops && t->ops->ack)
        t->ops->ack(t->arg, t, in->message);
}

/* The ACK of a 2xx with the INVITE's branch: wrong, but an ACK. */
static void pass_ack(struct tx *t, const struct tx_input *in)
{
    const struct tx_layer *l = t->layer;
    if (l->ops->ack)
        l->ops->ack(l->arg, t->socket, in->message);
}

static const struct tx_cell table[TX_STATES][SERVER_EVENTS] = {
    [TX_PROCEEDING] = {
        /* 17.2.1: INVITE: the latest 1xx sent again, if any */
        [SERVER_REQUEST] = { TX_PROCEEDING, tx_answer_again },
        /* 17.2.1: 1xx from TU: send */
        [SERVER_1XX] = { TX_PROCEEDING, tx_answer },
        /* RFC 6026 7.1: 2xx from TU: send */
        [SERVER_2XX] = { TX_ACCEPTED, accept_ },
        /* 17.2.1: 300-699 from TU: send */
        [SERVER_FINAL] = { TX_COMPLETED, complete },
        /* none of the drawing's: the TU let go without an answer */
        [SERVER_TIMER_L] = { TX_TERMINATED, tx_nothing },
        /* RFC 6026 7.1: transport error: inform TU */
        [SERVER_ERROR] = { TX_PROCEEDING, tx_tell_transport },
    },
    [TX_ACCEPTED] = {
        /* RFC 6026 7.1: INVITE: absorbed */
        [SERVER_REQUEST] = { TX_ACCEPTED, tx_absorb },
        /* RFC 6026 7.1: ACK to TU */
        [SERVER_ACK] = { TX_ACCEPTED, pass_ack },
        /* RFC 6026 7.1: 2xx from TU: send */
        [SERVER_2XX] = { TX_ACCEPTED, send_2xx },
        /* RFC 6026 7.1: timer L fires */
        [SERVER_TIMER_L] = { TX_TERMINATED, tx_nothing },
        /* RFC 6026 7.1: transport error: inform TU */
        [SERVER_ERROR] = { TX_ACCEPTED, tx_tell_transport },
    },
    [TX_COMPLETED] = {
        /* 17.2.1: INVITE: send response */
        [SERVER_REQUEST] = { TX_COMPLETED, tx_answer_again },
        /* 17.2.1: ACK: no more repeats */
        [SERVER_ACK] = { TX_CONFIRMED, confirm },
        /* 17.2.1: timer G fires: send response */
        [SERVER_TIMER_G] = { TX_COMPLETED, answer_by_timer },
        /* 17.2.1: timer H fires: inform TU */
        [SERVER_TIMER_H] = { TX_TERMINATED, expire },
        /* RFC 6026 7.1: transport error: inform TU */
        [SERVER_ERROR] = { TX_COMPLETED, tx_tell_transport },
    },
    [TX_CONFIRMED] = {
        /* 17.2.1: an INVITE that was overtaken by the ACK: absorbed */
        [SERVER_REQUEST] = { TX_CONFIRMED, tx_absorb },
        /* 17.2.1: repeats of the ACK are absorbed */
        [SERVER_ACK] = { TX_CONFIRMED, tx_absorb },
        /* 17.2.1: timer I fires */
        [SERVER_TIMER_I] = { TX_TERMINATED, tx_nothing },
    },
};

/* Nobody can answer any more; the INVITE's repeats end with timer B. */
static void released(struct tx *t)
{
    if (t->state == TX_PROCEEDING)
        tx_wait(t, SERVER_TIMER_L, tx_64_t1(t));
}

const struct tx_machine tx_ist = {
    .kind = TX_IST,
    .first = TX_PROCEEDING,
    .cells = &table[0][0],
    .events = SERVER_EVENTS,
    .retry_event = SERVER_TIMER_G,
    .error_event = SERVER_ERROR,
    .released = released,
};
