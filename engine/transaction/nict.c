/* SPDX-License-Identifier: MIT */
/* The non-INVITE client transaction: RFC 3261 17.1.2 with figure 6. */
#include "base/err.h"
#include "transaction/tx_private.h"

/* Timer E in Trying: T1, doubling up to T2 (17.1.2.2). */
static void repeat_sooner(struct tx *t, const struct tx_input *in)
{
    (void)in;
    int64_t twice = 2 * t->live->interval;
    t->layer->counters.retransmitted++;
    tx_send(t, message_bytes(t->live->request));
    tx_retry_after(t, twice < t->timing.t2 ? twice : t->timing.t2);
}

/* Timer E in Proceeding: every T2. */
static void repeat_later(struct tx *t, const struct tx_input *in)
{
    (void)in;
    t->layer->counters.retransmitted++;
    tx_send(t, message_bytes(t->live->request));
    tx_retry_after(t, t->timing.t2);
}

static void expire(struct tx *t, const struct tx_input *in)
{
    (void)in;
    t->layer->counters.timeouts++;
    tx_tell_failed(t, TX_CAUSE_TIMER_F, ERR_TIMEOUT);
}

static void complete(struct tx *t, const struct tx_input *in)
{
    tx_retry_stop(t);
    tx_linger(t, CLIENT_LINGER, t->timing.t4); /* timer K */
    tx_tell_response(t, in);
}

static const struct tx_cell table[TX_STATES][CLIENT_EVENTS] = {
    [TX_TRYING] = {
        /* 17.1.2.2: 1xx to TU; E and F go on */
        [CLIENT_1XX] = { TX_PROCEEDING, tx_tell_response },
        /* 17.1.2.2: 200-699: response to TU */
        [CLIENT_2XX] = { TX_COMPLETED, complete },
        [CLIENT_FINAL] = { TX_COMPLETED, complete },
        /* 17.1.2.2: timer E fires: send request */
        [CLIENT_REPEAT] = { TX_TRYING, repeat_sooner },
        /* 17.1.2.2: timer F fires: inform TU */
        [CLIENT_TIMEOUT] = { TX_TERMINATED, expire },
        /* 17.1.4: transport error: inform TU */
        [CLIENT_ERROR] = { TX_TERMINATED, tx_tell_transport },
    },
    [TX_PROCEEDING] = {
        /* 17.1.2.2: 1xx to TU */
        [CLIENT_1XX] = { TX_PROCEEDING, tx_tell_response },
        /* 17.1.2.2: 200-699: response to TU */
        [CLIENT_2XX] = { TX_COMPLETED, complete },
        [CLIENT_FINAL] = { TX_COMPLETED, complete },
        /* 17.1.2.2: timer E fires: send request */
        [CLIENT_REPEAT] = { TX_PROCEEDING, repeat_later },
        /* 17.1.2.2: timer F fires: inform TU */
        [CLIENT_TIMEOUT] = { TX_TERMINATED, expire },
        /* 17.1.4: transport error: inform TU */
        [CLIENT_ERROR] = { TX_TERMINATED, tx_tell_transport },
    },
    [TX_COMPLETED] = {
        /* 17.1.2.2: repeats of the final response are absorbed */
        [CLIENT_2XX] = { TX_COMPLETED, tx_absorb },
        [CLIENT_FINAL] = { TX_COMPLETED, tx_absorb },
        /* 17.1.2.2: timer K fires */
        [CLIENT_LINGER] = { TX_TERMINATED, tx_nothing },
    },
};

/* Timer F ends it in any case. */
static void released(struct tx *t)
{
    (void)t;
}

const struct tx_machine tx_nict = {
    .kind = TX_NICT,
    .first = TX_TRYING,
    .cells = &table[0][0],
    .events = CLIENT_EVENTS,
    .retry_event = CLIENT_REPEAT,
    .error_event = CLIENT_ERROR,
    .released = released,
};
