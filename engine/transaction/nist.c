/* SPDX-License-Identifier: MIT */
/* The non-INVITE server transaction: RFC 3261 17.2.2 with figure 8. */
#include "transaction/tx_private.h"

static void complete(struct tx *t, const struct tx_input *in)
{
    tx_linger(t, SERVER_TIMER_J, tx_64_t1(t));
    tx_answer(t, in);
}

static const struct tx_cell table[TX_STATES][SERVER_EVENTS] = {
    [TX_TRYING] = {
        /* 17.2.2: repeats of the request are discarded */
        [SERVER_REQUEST] = { TX_TRYING, tx_absorb },
        /* 17.2.2: 1xx from TU: send response */
        [SERVER_1XX] = { TX_PROCEEDING, tx_answer },
        /* 17.2.2: 200-699 from TU: send response */
        [SERVER_2XX] = { TX_COMPLETED, complete },
        [SERVER_FINAL] = { TX_COMPLETED, complete },
        /* none of the drawing's: the TU let go without an answer */
        [SERVER_TIMER_J] = { TX_TERMINATED, tx_nothing },
    },
    [TX_PROCEEDING] = {
        /* 17.2.2: request: send response */
        [SERVER_REQUEST] = { TX_PROCEEDING, tx_answer_again },
        /* 17.2.2: 1xx from TU: send response */
        [SERVER_1XX] = { TX_PROCEEDING, tx_answer },
        /* 17.2.2: 200-699 from TU: send response */
        [SERVER_2XX] = { TX_COMPLETED, complete },
        [SERVER_FINAL] = { TX_COMPLETED, complete },
        /* none of the drawing's: the TU let go without an answer */
        [SERVER_TIMER_J] = { TX_TERMINATED, tx_nothing },
        /* 17.2.4: transport error: inform TU */
        [SERVER_ERROR] = { TX_TERMINATED, tx_tell_transport },
    },
    [TX_COMPLETED] = {
        /* 17.2.2: request: send response */
        [SERVER_REQUEST] = { TX_COMPLETED, tx_answer_again },
        /* 17.2.2: timer J fires */
        [SERVER_TIMER_J] = { TX_TERMINATED, tx_nothing },
        /* 17.2.4: transport error: inform TU */
        [SERVER_ERROR] = { TX_TERMINATED, tx_tell_transport },
    },
};

/* Nobody can answer any more; the request's repeats end with timer F. */
static void released(struct tx *t)
{
    if (t->state == TX_TRYING || t->state == TX_PROCEEDING)
        tx_wait(t, SERVER_TIMER_J, tx_64_t1(t));
}

const struct tx_machine tx_nist = {
    .kind = TX_NIST,
    .first = TX_TRYING,
    .cells = &table[0][0],
    .events = SERVER_EVENTS,
    .retry_event = SERVER_TIMER_G, /* never runs */
    .error_event = SERVER_ERROR,
    .released = released,
};
