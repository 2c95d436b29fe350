/* SPDX-License-Identifier: MIT */
/* The means by which a machine's actions reach the world, and the actions
 * that several machines share. Callbacks come last in each of them. */
#include "base/err.h"
#include "base/mem.h"
#include "transaction/tx_private.h"

/* ---- bytes ---- */

/* What the net refuses here and now, the TU is told from the loop. */
void tx_send(struct tx *t, struct slice bytes)
{
    int err = net_send(t->socket, &t->peer, bytes);
    if (!err || !t->live)
        return;
    t->live->send_error = err;
    loop_defer(t->layer->loop, &t->live->job);
}

void tx_keep(struct tx *t, struct slice bytes)
{
    char *copy = bytes.n ? mem_dup(bytes.p, bytes.n) : NULL;
    mem_free(t->kept);
    t->kept = copy;
    t->kept_n = (uint32_t)bytes.n;
}

void tx_send_kept(struct tx *t)
{
    if (!t->kept)
        return;
    t->layer->counters.retransmitted++;
    tx_send(t, slice_of(t->kept, t->kept_n));
}

/* ---- timers ---- */

void tx_wait(struct tx *t, int event, int64_t delay)
{
    t->timer_event = (uint8_t)event;
    timer_start_fixed(t->layer->loop, &t->timer, delay);
}

void tx_linger(struct tx *t, int event, int64_t delay)
{
    tx_wait(t, event, t->reliable ? 0 : delay);
}

void tx_retry_after(struct tx *t, int64_t interval)
{
    if (t->reliable || t->live->no_retransmit)
        return;
    t->live->interval = interval;
    timer_start(t->layer->loop, &t->live->retry, interval);
}

void tx_retry_stop(struct tx *t)
{
    timer_stop(&t->live->retry);
}

/* ---- shared actions ---- */

void tx_absorb(struct tx *t, const struct tx_input *in)
{
    (void)in;
    t->layer->counters.absorbed++;
}

void tx_nothing(struct tx *t, const struct tx_input *in)
{
    (void)t;
    (void)in;
}

void tx_answer(struct tx *t, const struct tx_input *in)
{
    tx_keep(t, in->bytes);
    tx_send(t, in->bytes);
}

void tx_answer_again(struct tx *t, const struct tx_input *in)
{
    tx_absorb(t, in);
    tx_send_kept(t);
}

void tx_tell_response(struct tx *t, const struct tx_input *in)
{
    if (t->ops && t->ops->response)
        t->ops->response(t->arg, t, in->message);
}

void tx_tell_failed(struct tx *t, enum tx_cause cause, int err)
{
    if (t->ops && t->ops->failed)
        t->ops->failed(t->arg, t, cause, err);
}

void tx_tell_transport(struct tx *t, const struct tx_input *in)
{
    tx_tell_failed(t, TX_CAUSE_TRANSPORT, in->err);
}
