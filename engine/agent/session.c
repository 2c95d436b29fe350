/* SPDX-License-Identifier: MIT */
/* A session from its dialog to its end, on either side. */
#include "agent/session.h"

#include "agent/agent_private.h"
#include "base/err.h"
#include "base/mem.h"

const char *session_state_name(enum session_state s)
{
    static const char *const names[] = { "early", "accepted", "confirmed",
                                         "ending", "ended" };

    return names[s];
}

struct session *session_new(struct ua *ua, struct dialog *d, bool uac)
{
    struct session *s = mem_zalloc(sizeof(*s));

    s->refs = 1; /* the engine's, until it is over */
    s->alive = true;
    s->uac = uac;
    s->ua = ua_ref(ua);
    s->dialog = d;
    s->remote_tag = dialog_remote_tag(d);
    dialog_set_user(d, s);
    list_append(&ua->sessions, &s->link);
    ua->engine->sessions++;
    return s;
}

struct session *session_ref(struct session *s)
{
    s->refs++;
    return s;
}

void session_unref(struct session *s)
{
    if (!s || --s->refs)
        return;
    s->ua->engine->sessions--;
    list_unlink(&s->request_link);
    dialog_free(s->dialog);
    buf_fini(&s->answer);
    ua_unref(s->ua);
    mem_free(s);
}

/* Nothing of it goes on: timers, transactions, the place in the tables. */
static void stop(struct session *s)
{
    s->state = SESSION_ENDED;
    repeat_stop(&s->repeat);
    if (s->ist)
        tx_release(s->ist);
    s->ist = NULL;
    dialog_end(s->dialog);
    list_unlink(&s->link);
    list_unlink(&s->owner_link);
    s->owner = NULL;
}

static void let_go(struct session *s)
{
    struct request *invite = s->invite;

    s->invite = NULL;
    if (s->alive) {
        s->alive = false;
        session_unref(s);
    }
    request_unref(invite);
}

void session_over(struct session *s, const char *cause)
{
    if (s->state == SESSION_ENDED)
        return;
    stop(s);
    if (s->ops && s->ops->ended)
        s->ops->ended(s->arg, s, cause);
    let_go(s);
}

void session_dispose(struct session *s)
{
    if (s->state == SESSION_ENDED)
        return;
    stop(s);
    let_go(s);
}

/* ---- the caller's side ---- */

static struct session *find_fork(struct request *r, struct slice tag)
{
    list_each (node, &r->sessions) {
        struct session *s = container_of(node, struct session, request_link);

        if (slice_eq(s->remote_tag, tag))
            return s;
    }
    return NULL;
}

struct session *session_of_response(struct request *r, struct message *m,
                                    bool early)
{
    struct slice tag = slice_present(m->w.to_tag) ? m->w.to_tag : SLICE("");
    struct session *s;
    struct dialog *d;

    (void)early;
    if (r->session)
        return r->session;
    s = find_fork(r, tag);
    if (s)
        return s;
    if (dialog_new_uac(&d, r->ua->engine->dialogs, r->message, m))
        return NULL;
    s = session_new(r->ua, d, true);
    list_append(&r->sessions, &s->request_link);
    if (r->owner)
        owner_take_session(r->owner, s);
    return s;
}

void session_confirm_uac(struct session *s, struct request *r,
                         struct message *m)
{
    if (s->state == SESSION_ENDED)
        return;
    if (s->state == SESSION_EARLY)
        dialog_confirm(s->dialog, m);
    else
        dialog_refresh_target(s->dialog, m);
    if (s->state != SESSION_ENDING)
        s->state = SESSION_ACCEPTED;
    s->acked = false;
    s->invite_cseq = m->w.cseq;
    if (s->invite != r) {
        request_unref(s->invite);
        s->invite = request_ref(r);
    }
}

/* ---- the callee's side ---- */

struct session *session_of_incoming(struct incoming *in)
{
    struct dialog *d;

    if (in->session)
        return in->session;
    if (dialog_new_uas(&d, in->ua->engine->dialogs, in->message,
                       slice_of(in->tag, in->tag_length)))
        return NULL;
    in->session = session_ref(session_new(in->ua, d, false));
    if (in->owner)
        owner_take_session(in->owner, in->session);
    return in->session;
}

static void send_again(void *arg)
{
    struct session *s = arg;

    if (s->ist)
        tx_send_again(s->ist, buf_view(&s->answer));
}

/* No ACK within 64*T1 (13.3.1.4): the session should be ended. */
static void give_up(void *arg)
{
    struct session *s = session_ref(arg);
    struct request *bye;
    char why[160];

    if ((s->ua->automatic & auto_bit(AUTO_ACK_TIMEOUT_BYE)) &&
        session_bye(s, &bye, &request_plain, NULL, NULL, why) == ERR_NONE)
        request_unref(bye);
    session_over(s, "ack timeout");
    session_unref(s);
}

static const struct repeat_ops repeat_ops = { send_again, give_up };

static void ist_terminated(void *arg, struct tx *t)
{
    struct session *s = arg;

    if (s->ist == t)
        s->ist = NULL;
}

static const struct tx_ops ist_ops = { .terminated = ist_terminated };

void session_accepted(struct session *s, struct incoming *in,
                      struct slice bytes)
{
    const struct tx_timing *timing = &s->ua->timing;

    if (s->state == SESSION_EARLY)
        dialog_confirm(s->dialog, NULL);
    else
        dialog_refresh_target(s->dialog, in->message);
    s->state = SESSION_ACCEPTED;
    s->acked = false;
    s->invite_cseq = in->message->w.cseq;
    if (s->ist)
        tx_release(s->ist);
    s->ist = in->tx;
    in->tx = NULL;
    tx_set_user(s->ist, &ist_ops, s);
    buf_clear(&s->answer);
    buf_slice(&s->answer, bytes);
    if (s->ua->automatic & auto_bit(AUTO_RETRANSMIT))
        repeat_start(&s->repeat, s->ua->engine->loop, timing->t1, timing->t2,
                     &repeat_ops, s);
}

void session_ack_came(struct session *s)
{
    repeat_stop(&s->repeat);
    buf_fini(&s->answer);
    s->acked = true;
    if (s->state == SESSION_ACCEPTED)
        s->state = SESSION_CONFIRMED;
    if (s->ist)
        tx_release(s->ist);
    s->ist = NULL;
}

/* ---- both ---- */

int session_bye(struct session *s, struct request **out,
                const struct request_options *options,
                const struct request_ops *ops, void *arg, char why[160])
{
    int err = request_new_in_dialog(out, s, &kind_bye, options, ops, arg, why);

    if (!err && s->state != SESSION_ENDED)
        s->state = SESSION_ENDING;
    return err;
}

void session_end_fork(struct session *s)
{
    struct request *bye;
    char why[160];

    if (s->state != SESSION_CONFIRMED && s->state != SESSION_ACCEPTED)
        return;
    if (session_bye(s, &bye, &request_plain, NULL, NULL, why) == ERR_NONE)
        request_unref(bye);
}

void session_set_ops(struct session *s, const struct session_ops *ops,
                     void *arg)
{
    s->ops = ops;
    s->arg = arg;
}

void *session_arg(const struct session *s)
{
    return s->arg;
}

bool session_acked(const struct session *s)
{
    return s->acked;
}

enum session_state session_state(const struct session *s)
{
    return s->state;
}

struct dialog *session_dialog(const struct session *s)
{
    return s->dialog;
}

struct ua *session_ua(const struct session *s)
{
    return s->ua;
}

bool session_is_uac(const struct session *s)
{
    return s->uac;
}
