/* SPDX-License-Identifier: MIT */
/* What comes back to an outgoing request, and what it means for it. */
#include <stdio.h>

#include "agent/refresh.h"
#include "agent/reliable_private.h"
#include "agent/request_private.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

static void tell(struct request *r, struct request_event *e)
{
    struct session *s = e->session;

    if (r->state == REQUEST_DISPOSED)
        return;
    e->cancelled = r->cancel_wanted;
    if (s)
        session_ref(s); /* the receiver may dispose of it, then settle */
    if (r->ops && r->ops->event)
        r->ops->event(r->arg, r, e);
    else
        request_settle(r, e);
    session_unref(s);
}

static void finish(struct request *r, struct request_event *e)
{
    r->state = REQUEST_DONE;
    r->had_outcome = true;
    timer_stop(&r->guard);
    request_later_forget(r);
    list_unlink(&r->usage_link);
    if (r->cancel && !r->cancel->attempts)
        request_dispose(r->cancel); /* there is nothing left to cancel */
    if (e->status >= 300)
        request_end_early(r, "rejected");
    tell(r, e);
    if (r->usage)
        r->usage->type->outcome(r->usage, r, e);
}

/* What it means for its kind and its session, before anybody is told. */
static void respond(struct request *r, struct request_event *e)
{
    if (r->kind->responded)
        r->kind->responded(r, e);
    session_heard(r, e);
}

/* A REGISTER that was sent again by itself has had its outcome long ago. */
static void refreshed(struct request *r, struct request_event *e)
{
    e->refresh = true;
    refresh_outcome(r, e);
    tell(r, e);
}

static void conclude(struct request *r, struct request_event *e)
{
    bool refresh = refresh_under_way(r);

    respond(r, e);
    if (refresh)
        refreshed(r, e);
    else if (r->had_outcome)
        tell(r, e);
    else
        finish(r, e);
}

void request_finish_synthetic(struct request *r, int status, const char *cause)
{
    struct request_event e = {
        .status = status,
        .reason = slice_str(reason_phrase(status)),
        .synthetic = true,
        .cause = cause,
        .at = loop_now(r->ua->engine->loop),
    };

    request_ref(r);
    conclude(r, &e);
    request_unref(r);
}

static bool has_rung(const struct request *r, uint64_t hash, int64_t at)
{
    for (unsigned i = 0; i < array_length(r->rung) && i < r->rings; i++) {
        if (r->rung[i] == hash && at - r->rung_at[i] < 64 * r->timing.t1)
            return true;
    }
    return false;
}

static void note_ring(struct request *r, uint64_t hash, int64_t at)
{
    unsigned i = r->rings++ % array_length(r->rung);

    r->rung[i] = hash;
    r->rung_at[i] = at;
}

/* What comes of its transaction is still to be told as an outcome. */
static bool is_awaited(const struct request *r)
{
    return !r->had_outcome || refresh_under_way(r);
}

/*
 * The same bytes again are no new response: the net has doubled them, or they
 * answer a repeat of ours (17.2.1), or repeat a reliable one. What a callee
 * sends anew each minute (13.3.1.1) is one, alike or not; so is a reliable one
 * that came too early before and now is in order.
 */
static bool is_repeat(struct request *r, struct request_event *e)
{
    struct slice bytes = message_bytes(e->message);
    uint64_t hash = hash_bytes(0, bytes.p, bytes.n);
    bool again = has_rung(r, hash, e->at);
    enum reliable_news news;

    if (again && !reliable_is(e->message))
        return true;
    e->session = session_of_provisional(r, e->message);
    news = reliable_judge(e, hash);
    if (news == RELIABLE_AGAIN || (news == RELIABLE_ODD && again))
        return true;
    note_ring(r, hash, e->at);
    return false;
}

static void provisional(struct request *r, struct request_event *e)
{
    if (r->had_outcome)
        return;
    if (is_repeat(r, e)) {
        tx_count_absorbed(r->tx);
        return;
    }
    r->state = REQUEST_PROCEEDING;
    if (r->cancel_wanted)
        cancel_send(r);
    respond(r, e);
    tell(r, e);
}

static void final(struct request *r, struct message *m, struct request_event *e)
{
    if (is_awaited(r) && request_retry(r, m))
        return;
    conclude(r, e);
}

static struct request_event event_of(struct message *m)
{
    return (struct request_event){
        .status = m->w.status,
        .reason = m->w.reason,
        .message = m,
        .problems = problems_of(m),
        .at = m->at,
    };
}

void request_finish_kept(struct request *r, struct message *response)
{
    struct request_event e = event_of(response);

    request_ref(r);
    conclude(r, &e);
    request_unref(r);
}

static void on_response(void *arg, struct tx *t, struct message *m)
{
    struct request *r = arg;
    struct request_event e = event_of(m);

    if (t != r->tx || r->state == REQUEST_DISPOSED)
        return;
    request_ref(r);
    if (m->w.status < 200)
        provisional(r, &e);
    else
        final(r, m, &e);
    request_unref(r);
}

void request_finish_unsent(struct request *r, int err)
{
    char cause[64];

    snprintf(cause, sizeof(cause), "transport:%s", err_name(err));
    request_finish_synthetic(r, 503, cause);
}

static void on_failed(void *arg, struct tx *t, enum tx_cause cause, int err)
{
    struct request *r = arg;

    if (t != r->tx || r->state == REQUEST_DISPOSED)
        return;
    if (!is_awaited(r)) {
        if (r->ops && r->ops->error)
            r->ops->error(r->arg, r, err, "after the outcome");
        return;
    }
    if (request_go_elsewhere(r))
        return;
    if (cause == TX_CAUSE_TRANSPORT)
        request_finish_unsent(r, err);
    else
        request_finish_synthetic(
            r, 408, cause == TX_CAUSE_TIMER_B ? "timeout:B" : "timeout:F");
}

/* The early dialogs that never were confirmed end here (13.2.2.4). */
static void on_terminated(void *arg, struct tx *t)
{
    struct request *r = arg;

    if (t != r->tx)
        return;
    request_ref(r);
    r->tx = NULL;
    request_end_early(r, "not chosen");
    if (r->lingers)
        request_let_go(r);
    request_lapse(r);
    request_unref(r);
}

const struct tx_ops request_tx_ops = {
    .response = on_response,
    .failed = on_failed,
    .terminated = on_terminated,
};
