/* SPDX-License-Identifier: MIT */
/* One outgoing request: made, sent, settled, let go. */
#include "agent/request.h"

#include <stdio.h>

#include "agent/subscription_private.h"
#include "agent/supported.h"
#include "base/err.h"
#include "base/mem.h"

struct request *request_alloc(struct ua *ua, const struct request_kind *kind,
                              const struct request_ops *ops, void *arg)
{
    struct request *r = blocks_take_zeroed(&ua->engine->blocks, sizeof(*r));

    r->refs = 1;
    r->kind = kind;
    r->ua = ua_ref(ua);
    r->timing = ua->timing;
    r->automatic = ua->automatic;
    r->ops = ops;
    r->arg = arg;
    list_init(&r->sessions);
    list_init(&r->subscriptions);
    list_init(&r->usage_link);
    ua->engine->requests++;
    return r;
}

static void forget_sessions(struct request *r)
{
    struct list *node;
    struct session *s;

    while ((node = list_first(&r->sessions))) {
        s = container_of(node, struct session, request_link);
        list_unlink(node);
        if (s->invite == r)
            session_forget_invite(s);
    }
    s = session_of_usage(r->usage);
    if (s && s->invite == r)
        session_forget_invite(s);
}

static void request_free(struct request *r)
{
    struct ua *ua = r->ua;

    request_dispose(r);
    forget_sessions(r);
    subscriber_forget(r);
    auth_attempt_fini(&r->attempt);
    redirect_free(r->redirect);
    softstate_unref(r->softstate);
    message_unref(r->accepted);
    message_unref(r->message);
    request_unref(r->cancel);
    usage_unref(r->usage);
    mem_free(r->username);
    mem_free(r->password);
    ua->engine->requests--;
    blocks_give(&ua->engine->blocks, r, sizeof(*r));
    ua_unref(ua);
}

struct request *request_ref(struct request *r)
{
    r->refs++;
    return r;
}

/* The last reference is still there while it is disposed of, so that this may
 * take and give back others. */
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

void request_let_go(struct request *r)
{
    if (!r->in_flight)
        return;
    r->in_flight = false;
    list_unlink(&r->link);
    if (r->tx)
        list_append(&r->ua->settled, &r->link);
    list_unlink(&r->owner_link);
    r->owner = NULL;
    if (r->ops && r->ops->gone)
        r->ops->gone(r->arg, r);
    request_unref(r);
}

void request_forget_tx(struct request *r)
{
    if (r->tx)
        tx_release(r->tx);
    r->tx = NULL;
    if (!r->in_flight)
        list_unlink(&r->link);
}

void request_lapse(struct request *r)
{
    request_ref(r);
    request_forget_tx(r);
    if (r->ops && r->ops->gone)
        r->ops->gone(r->arg, r);
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
        .no_ack = !(r->automatic & auto_bit(AUTO_ACK_FAILURE)),
    };
    struct message *m;
    struct tx *t;
    int err;

    *why = "the agent is closed";
    if (r->ua->closed)
        return ERR_STATE;
    *why = "the bytes are no SIP message";
    if (message_new(&m, text.p, text.n, loop_now(e->loop), loop_wall(e->loop)))
        return ERR_ARGUMENT;
    m->peer = r->to;
    m->local = r->ua->local;
    err = tx_request(e->tx, &t, m, &options);
    if (err) {
        *why = err == ERR_ARGUMENT
                   ? "the bytes are no request, an ACK, or have no "
                     "branch in Via"
                   : "its transaction is under way already";
        message_unref(m);
        return err;
    }
    request_forget_tx(r);
    r->tx = t;
    message_unref(r->message);
    r->message = m;
    r->attempts++;
    hold(r);
    if (session_of_usage(r->usage))
        session_sent(session_of_usage(r->usage), r);
    return ERR_NONE;
}

/* ---- making one ---- */

static char *keep(struct slice given, const char *usual)
{
    if (!slice_present(given))
        given = slice_str(usual);
    return slice_present(given) ? mem_strndup(given.p, given.n) : NULL;
}

static int64_t either(int64_t given, int64_t usual)
{
    return given > 0 ? given : usual;
}

static void keep_options(struct request *r, const struct request_options *o)
{
    const struct usage *u = r->usage;

    r->automatic = o->automatic;
    r->timing.t1 = either(o->timing.t1, r->timing.t1);
    r->timing.t2 = either(o->timing.t2, r->timing.t2);
    r->timing.t4 = either(o->timing.t4, r->timing.t4);
    r->username = keep(o->username, u ? u->username : NULL);
    r->password = keep(o->password, u ? u->password : NULL);
    r->auth_retries = o->auth_retries ? o->auth_retries : r->ua->auth_retries;
    r->started = loop_now(r->ua->engine->loop);
    r->intended = o->intended ? o->intended : r->started;
}

/* Ahead of a challenge only where one was met before in the same relation: in
 * a dialog, with the registrar. */
static bool answers_ahead(const struct request *r)
{
    return (r->usage || r->kind->id == METHOD_REGISTER) &&
           (r->automatic & auto_bit(AUTO_AUTH));
}

/* Options that are a header line of any request that wants one. */
static void add_common(struct buf *own, const struct request *r,
                       const struct request_options *o)
{
    compose_own(own, o, "Event", o->event);
    compose_own(own, o, "Refer-To", o->refer_to);
    if (r->kind->id != METHOD_NOTIFY)
        compose_own(own, o, "Expires", o->expires);
    compose_own(own, o, "Replaces", o->replaces);
    supported_own(own, r->kind, o);
    session_timer_ask(own, r, o);
}

/* A number that was not used is given back; one that the script chose counts
 * from now on if it is higher: a lower one is a trick that must not spoil the
 * rest of the dialog, or the registration. */
static uint32_t settled_cseq(uint32_t now, uint32_t offered, uint32_t used)
{
    if (used == offered || now != offered)
        return now;
    return used > offered ? used : offered - 1;
}

static void settle_in_dialog(struct dialog *d, uint32_t offered, uint32_t used)
{
    uint32_t now = dialog_local_cseq(d);

    dialog_set_local_cseq(d, settled_cseq(now, offered, used));
}

/* Of another Call-ID a number means nothing here. */
static void settle_softstate(struct request *r, uint32_t offered, int err)
{
    struct softstate *s = r->softstate;
    bool ours = !err && slice_eq(r->message->w.call_id, s->call_id);

    s->cseq = settled_cseq(s->cseq, offered, ours ? r->message->w.cseq : 0);
}

/* Asked again once it is composed: `edit` may have ended it. */
static int check_usage(const struct usage *u, char why[160])
{
    if (!u || !(u->over || u->ua->closed))
        return ERR_NONE;
    snprintf(why, 160, "the %s is over", u->type->name);
    return ERR_STATE;
}

static int send_first(struct request *r, const struct request_options *o,
                      uint32_t cseq, char why[160])
{
    struct request_options options = *o;
    struct compose c = { .kind = r->kind,
                         .ua = r->ua,
                         .usage = r->usage,
                         .options = &options,
                         .cseq = cseq };
    struct buf own = { 0 };
    const char *reason = NULL;
    int err = ERR_NONE;

    if (answers_ahead(r)) {
        c.username = request_username(r);
        c.password = request_password(r);
    }
    why[0] = '\0';
    add_common(&own, r, o);
    if (!r->usage)
        compose_uri_headers(&own, o, &options.uri);
    if (r->kind->prepare)
        err = r->kind->prepare(r, o, &own, why);
    c.own = buf_view(&own);
    if (!err && r->softstate && slice_present(r->softstate->call_id)) {
        c.call_id = r->softstate->call_id;
        c.cseq = ++r->softstate->cseq;
    }
    if (!err)
        err = compose_request(&c, &r->to, why);
    if (!err)
        err = check_usage(r->usage, why);
    buf_fini(&own);
    if (!err) {
        err = request_send(r, buf_view(&r->ua->engine->scratch), &reason);
        if (err)
            snprintf(why, 160, "%s", reason);
    }
    if (slice_present(c.call_id))
        settle_softstate(r, c.cseq, err);
    if (!err && r->kind->sent)
        r->kind->sent(r);
    return err;
}

int request_new(struct request **out, struct ua *ua,
                const struct request_kind *kind,
                const struct request_options *o, const struct request_ops *ops,
                void *arg, char why[160])
{
    struct request *r;
    int err;

    *out = NULL;
    if (ua->closed) {
        snprintf(why, 160, "the agent is closed");
        return ERR_STATE;
    }
    r = request_alloc(ua, kind, ops, arg);
    keep_options(r, o);
    err = send_first(r, o, 1, why);
    if (err)
        request_unref(r);
    else
        *out = r;
    return err;
}

/* To the remote target, which may move before another attempt. */
static bool goes_along(const struct request *r, const struct request_options *o)
{
    struct render_request usual = { 0 };

    dialog_fill(r->usage->dialog, &usual);
    return !slice_present(o->route) && slice_eq(r->message->w.uri, usual.uri);
}

int request_new_in_dialog(struct request **out, struct usage *u,
                          const struct request_kind *kind,
                          const struct request_options *o,
                          const struct request_ops *ops, void *arg,
                          char why[160])
{
    struct request *r;
    uint32_t cseq;
    int err;

    *out = NULL;
    err = check_usage(u, why);
    if (err)
        return err;
    if (session_of_usage(u))
        session_acknowledge_first(session_of_usage(u));
    r = request_alloc(u->ua, kind, ops, arg);
    r->usage = usage_ref(u);
    keep_options(r, o);
    cseq = dialog_next_cseq(u->dialog);
    err = send_first(r, o, cseq, why);
    settle_in_dialog(u->dialog, cseq, err ? 0 : r->message->w.cseq);
    if (err) {
        request_unref(r);
        return err;
    }
    r->follows = goes_along(r, o);
    list_append(&u->requests, &r->usage_link);
    *out = r;
    return ERR_NONE;
}

/* ---- afterwards ---- */

bool request_accept(struct request *r, const struct request_event *e)
{
    if (!r->softstate || !e->message || e->status < 200 || e->status >= 300)
        return false;
    message_unref(r->accepted);
    r->accepted = message_ref(e->message);
    return true;
}
