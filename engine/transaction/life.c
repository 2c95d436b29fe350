/* SPDX-License-Identifier: MIT */
/* How a transaction is born, takes an arrow, is reduced, and ends. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "transaction/tx_private.h"

static void on_timer(void *arg)
{
    struct tx *t = arg;
    tx_step(t, t->timer_event, &(struct tx_input){ 0 });
}

static void on_retry(void *arg)
{
    struct tx *t = arg;
    tx_step(t, t->machine->retry_event, &(struct tx_input){ 0 });
}

/* A send that failed inside a call of the TU, told from the loop. Held, for a
 * transaction that waited with its reduction until this was told. */
static void on_send_error(void *arg)
{
    struct tx *t = arg;
    struct tx_input in = { .err = t->live->send_error };
    tx_hold(t);
    tx_step(t, t->machine->error_event, &in);
    tx_drop(t);
}

struct tx *tx_new(struct tx_layer *l, const struct tx_machine *machine,
                  struct net_socket *s, struct message *request)
{
    struct tx *t = blocks_take_zeroed(&l->blocks, sizeof(*t) + l->key.n);
    t->layer = l;
    t->machine = machine;
    t->state = (uint8_t)machine->first;
    t->socket = net_socket_ref(s);
    t->timing = (struct tx_timing)TX_TIMING_DEFAULT;
    t->reliable =
        l->assume_reliable || net_protocol_reliable(net_socket_protocol(s));
    t->key_n = (uint32_t)l->key.n;
    memcpy(t->key, l->key.p, l->key.n);
    timer_init(&t->timer, on_timer, t);

    t->live = blocks_take_zeroed(&l->blocks, sizeof(*t->live));
    t->live->request = message_ref(request);
    timer_init(&t->live->retry, on_retry, t);
    loop_job_init(&t->live->job, on_send_error, t);

    hash_insert(&l->table, &t->node, l->key_hash);
    l->counters.created[machine->kind]++;
    l->counters.live++;
    return t;
}

static void free_live(struct tx *t)
{
    timer_stop(&t->live->retry);
    loop_job_cancel(&t->live->job);
    message_unref(t->live->request);
    blocks_give(&t->layer->blocks, t->live, sizeof(*t->live));
    t->live = NULL;
}

/* States that only absorb repeats. */
static bool lingers(const struct tx *t)
{
    switch ((enum tx_state)t->state) {
    case TX_ACCEPTED:
    case TX_CONFIRMED:
        return true;
    case TX_COMPLETED:
        return t->machine->kind != TX_IST;
    case TX_CALLING:
    case TX_TRYING:
    case TX_PROCEEDING:
    case TX_TERMINATED:
    case TX_STATES:
        break;
    }
    return false;
}

/* What lingers is small: key, timer, and the bytes to repeat. */
static void reduce(struct tx *t)
{
    if (!t->live || list_linked(&t->live->job.link) || !lingers(t))
        return;
    free_live(t);
    t->layer->counters.live--;
    t->layer->counters.lingering++;
}

/* Out of the table: nothing finds it any more, no timer fires. */
static void retire(struct tx *t)
{
    timer_stop(&t->timer);
    if (t->live) {
        timer_stop(&t->live->retry);
        loop_job_cancel(&t->live->job);
        t->layer->counters.live--;
    } else {
        t->layer->counters.lingering--;
    }
    hash_remove(&t->layer->table, &t->node);
    if (t->mark && t->layer->ops->gone)
        t->layer->ops->gone(t->layer->arg, t->mark);
}

static void destroy(struct tx *t)
{
    if (t->live)
        free_live(t);
    tx_forks_free(t);
    net_socket_unref(t->socket);
    mem_free(t->kept);
    blocks_give(&t->layer->blocks, t, sizeof(*t) + t->key_n);
}

void tx_discard(struct tx *t)
{
    assert(!t->holds);
    retire(t);
    destroy(t);
}

void tx_hold(struct tx *t)
{
    t->holds++;
}

void tx_drop(struct tx *t)
{
    assert(t->holds);
    if (--t->holds)
        return;
    if (t->over)
        destroy(t);
    else
        reduce(t);
}

void tx_enter(struct tx *t, enum tx_state next)
{
    enum tx_state from = t->state;
    if (next == from)
        return;
    t->state = (uint8_t)next;
    if (next == TX_TERMINATED)
        retire(t);
    if (t->layer->watch)
        t->layer->watch(t->layer->watch_arg, t, from, next);
}

static void finish(struct tx *t)
{
    t->over = true;
    if (t->ops && t->ops->terminated)
        t->ops->terminated(t->arg, t);
}

void tx_end(struct tx *t)
{
    if (t->over)
        return;
    tx_hold(t);
    tx_enter(t, TX_TERMINATED);
    finish(t);
    tx_drop(t);
}

bool tx_step(struct tx *t, int event, const struct tx_input *in)
{
    const struct tx_machine *m = t->machine;
    assert(event >= 0 && event < m->events);
    const struct tx_cell *cell = &m->cells[t->state * m->events + event];
    if (!cell->action)
        return false;
    tx_hold(t);
    tx_enter(t, cell->next);
    cell->action(t, in);
    if (t->state == TX_TERMINATED && !t->over)
        finish(t);
    tx_drop(t);
    return true;
}
