/* SPDX-License-Identifier: MIT */
/* One outgoing request: sent, answered, told, settled, let go. */
#include "agent/request.h"

#include <stdio.h>

#include "agent/agent_private.h"
#include "base/err.h"
#include "base/mem.h"

struct request *request_alloc(struct ua *ua, const struct request_kind *kind,
                              const struct request_ops *ops, void *arg)
{
    struct request *r = mem_zalloc(sizeof(*r));

    r->refs = 1;
    r->kind = kind;
    r->ua = ua_ref(ua);
    r->timing = ua->timing;
    r->automatic = ua->automatic;
    r->ops = ops;
    r->arg = arg;
    list_init(&r->sessions);
    ua->engine->requests++;
    return r;
}

static void request_free(struct request *r)
{
    struct list *node;

    request_dispose(r);
    while ((node = list_first(&r->sessions)))
        list_unlink(node);
    auth_attempt_fini(&r->attempt);
    message_unref(r->message);
    request_unref(r->cancel);
    session_unref(r->session);
    mem_free(r->username);
    mem_free(r->password);
    r->ua->engine->requests--;
    ua_unref(r->ua);
    mem_free(r);
}

struct request *request_ref(struct request *r)
{
    r->refs++;
    return r;
}

void request_unref(struct request *r)
{
    if (!r)
        return;
    if (r->refs == 1) {
        request_free(r);
        return;
    }
    r->refs--;
}

/* The engine holds on to a request while it may still have an outcome. */
static void hold(struct request *r)
{
    if (r->in_flight)
        return;
    r->in_flight = true;
    list_append(&r->ua->requests, &request_ref(r)->link);
}

static void let_go(struct request *r)
{
    if (!r->in_flight)
        return;
    r->in_flight = false;
    list_unlink(&r->link);
    list_unlink(&r->owner_link);
    r->owner = NULL;
    request_unref(r);
}

int request_send(struct request *r, struct slice text, const char **why)
{
    struct engine *e = r->ua->engine;
    struct tx_client_options options = {
        .socket = ua_socket(r->ua),
        .to = r->to,
        .timing = r->timing,
        .ops = &request_tx_ops,
        .arg = r,
        .no_retransmit = !(r->automatic & auto_bit(AUTO_RETRANSMIT)),
    };
    struct message *m;
    struct tx *t;
    int err = message_new(&m, text.p, text.n, loop_now(e->loop),
                          loop_wall(e->loop));

    if (err) {
        *why = "the bytes are no SIP message";
        return ERR_ARGUMENT;
    }
    m->peer = r->to;
    m->local = *ua_address(r->ua);
    err = tx_request(e->tx, &t, m, &options);
    if (err) {
        *why = err == ERR_ARGUMENT ? "no top Via with a branch, or an ACK"
                                   : err_text(err);
        message_unref(m);
        return err;
    }
    if (r->tx)
        tx_release(r->tx);
    r->tx = t;
    message_unref(r->message);
    r->message = m;
    r->attempts++;
    hold(r);
    return ERR_NONE;
}

static void keep_options(struct request *r, const struct request_options *o)
{
    struct engine *e = r->ua->engine;

    r->automatic = o->automatic;
    if (o->timing.t1)
        r->timing = o->timing;
    if (slice_present(o->username))
        r->username = mem_strndup(o->username.p, o->username.n);
    if (slice_present(o->password))
        r->password = mem_strndup(o->password.p, o->password.n);
    r->started = loop_now(e->loop);
    r->intended = o->intended ? o->intended : r->started;
}

static int send_first(struct request *r, const struct request_options *o,
                      uint32_t cseq, char why[160])
{
    struct compose c = { r->kind, r->ua, r->session, o, cseq };
    const char *reason = NULL;
    int err;

    why[0] = '\0';
    err = compose_request(&c, &r->to, why);
    if (err)
        return err;
    err = request_send(r, buf_view(&r->ua->engine->scratch), &reason);
    if (err)
        snprintf(why, 160, "%s", reason);
    return err;
}

int request_new(struct request **out, struct ua *ua,
                const struct request_kind *kind,
                const struct request_options *o, const struct request_ops *ops,
                void *arg, char why[160])
{
    struct request *r;
    int err;

    if (ua->closed) {
        snprintf(why, 160, "the agent is closed");
        return ERR_STATE;
    }
    r = request_alloc(ua, kind, ops, arg);
    keep_options(r, o);
    err = send_first(r, o, 1, why);
    if (err) {
        request_unref(r);
        return err;
    }
    *out = r;
    return ERR_NONE;
}

int request_new_in_dialog(struct request **out, struct session *s,
                          const struct request_kind *kind,
                          const struct request_options *o,
                          const struct request_ops *ops, void *arg,
                          char why[160])
{
    struct request *r;
    int err;

    if (s->state == SESSION_ENDED || s->ua->closed) {
        snprintf(why, 160, "the session is over");
        return ERR_STATE;
    }
    r = request_alloc(s->ua, kind, ops, arg);
    r->session = session_ref(s);
    keep_options(r, o);
    err = send_first(r, o, dialog_next_cseq(s->dialog), why);
    if (err) {
        request_unref(r);
        return err;
    }
    if (o->cseq)
        dialog_set_local_cseq(s->dialog, o->cseq);
    *out = r;
    return ERR_NONE;
}

/* ---- what comes back ---- */

void request_tell(struct request *r, const struct request_event *e)
{
    if (r->state == REQUEST_DISPOSED)
        return;
    if (r->ops && r->ops->event)
        r->ops->event(r->arg, r, e);
    else
        request_settle(r, e->session);
}

static void end_early_sessions(struct request *r, const char *cause)
{
    list_each_safe (node, &r->sessions) {
        struct session *s = container_of(node, struct session, request_link);

        if (s->state == SESSION_EARLY)
            session_over(s, cause);
    }
}

/* What the outcome does to the dialog that the request was sent in
 * (RFC 3261 12.2.1.2, 15.1.1). */
static void outcome_in_dialog(struct request *r, int status)
{
    struct session *s = r->session;

    if (!s)
        return;
    if (r->kind->id == METHOD_BYE)
        session_over(s, "bye sent");
    else if (status == 481 || status == 408)
        session_over(s, status == 481 ? "481" : "408");
}

static void finish(struct request *r, const struct request_event *e)
{
    r->state = REQUEST_DONE;
    r->had_outcome = true;
    timer_stop(&r->guard);
    if (r->cancel && !r->cancel->tx && r->cancel->state == REQUEST_TRYING)
        request_dispose(r->cancel);
    if (e->status >= 300)
        end_early_sessions(r, "rejected");
    request_tell(r, e);
    outcome_in_dialog(r, e->status);
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
    finish(r, &e);
    request_unref(r);
}

static void provisional(struct request *r, struct message *m,
                        struct request_event *e)
{
    (void)m;
    if (r->had_outcome)
        return;
    r->state = REQUEST_PROCEEDING;
    if (r->cancel_wanted)
        cancel_send(r);
    request_tell(r, e);
}

static void final(struct request *r, struct message *m, struct request_event *e)
{
    bool invite_2xx = m->w.status < 300 && m->w.method == METHOD_INVITE;

    if (!r->had_outcome && request_authenticate(r, m))
        return;
    if (invite_2xx) {
        e->session = session_of_response(r, m, false);
        if (e->session) {
            e->fork = r->had_outcome && !r->session;
            e->session->fork = e->fork;
            session_confirm_uac(e->session, r, m);
        }
    }
    if (r->had_outcome)
        request_tell(r, e);
    else
        finish(r, e);
}

static void on_response(void *arg, struct tx *t, struct message *m)
{
    struct request *r = arg;
    struct request_event e = { .status = m->w.status,
                               .reason = m->w.reason,
                               .message = m,
                               .at = m->at };

    if (t != r->tx || r->state == REQUEST_DISPOSED)
        return;
    request_ref(r);
    if (m->w.status < 200)
        provisional(r, m, &e);
    else
        final(r, m, &e);
    request_unref(r);
}

static void on_failed(void *arg, struct tx *t, enum tx_cause cause, int err)
{
    struct request *r = arg;
    char text[64];

    if (t != r->tx || r->state == REQUEST_DISPOSED)
        return;
    if (r->had_outcome) {
        if (r->ops && r->ops->error)
            r->ops->error(r->arg, r, err, "after the outcome");
        return;
    }
    if (cause == TX_CAUSE_TRANSPORT) {
        snprintf(text, sizeof(text), "transport:%s", err_name(err));
        request_finish_synthetic(r, 503, text);
    } else {
        request_finish_synthetic(
            r, 408, cause == TX_CAUSE_TIMER_B ? "timeout:B" : "timeout:F");
    }
}

/* The early dialogs that never were confirmed end here (13.2.2.4). */
static void on_terminated(void *arg, struct tx *t)
{
    struct request *r = arg;

    if (t != r->tx)
        return;
    r->tx = NULL;
    end_early_sessions(r, "not chosen");
}

const struct tx_ops request_tx_ops = {
    .response = on_response,
    .failed = on_failed,
    .terminated = on_terminated,
};

/* ---- afterwards ---- */

void request_settle(struct request *r, struct session *s)
{
    request_ref(r);
    if (s && !s->acked && s->state == SESSION_ACCEPTED &&
        (r->automatic & auto_bit(AUTO_ACK)))
        session_ack(s, &request_plain);
    if (s && s->fork && (r->automatic & auto_bit(AUTO_FORK_BYE)))
        session_end_fork(s);
    if (r->state == REQUEST_DONE)
        let_go(r);
    request_unref(r);
}

void request_dispose(struct request *r)
{
    if (r->state == REQUEST_DISPOSED)
        return;
    r->refs++; /* let_go() may drop the last but ours */
    r->state = REQUEST_DISPOSED;
    timer_stop(&r->guard);
    if (r->cancel)
        request_dispose(r->cancel);
    list_each_safe (node, &r->sessions) {
        struct session *s = container_of(node, struct session, request_link);

        if (s->state == SESSION_EARLY)
            session_dispose(s);
    }
    if (r->tx)
        tx_release(r->tx);
    r->tx = NULL;
    let_go(r);
    r->refs--;
}

struct session *request_early_session(struct request *r, struct message *m)
{
    if (r->kind->id != METHOD_INVITE || r->had_outcome ||
        r->state == REQUEST_DISPOSED || m->w.status <= 100 ||
        m->w.status >= 200 || !slice_present(m->w.to_tag))
        return NULL;
    return session_of_response(r, m, true);
}
