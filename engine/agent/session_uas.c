/* SPDX-License-Identifier: MIT */
/* The callee's side of a session: its 2xx, repeated until the ACK comes. */
#include "agent/incoming_private.h"
#include "agent/owner.h"
#include "agent/reliable_private.h"

static bool is_current(const struct session *s, struct slice tag)
{
    return s->state != SESSION_ENDED &&
           slice_eq(dialog_local_tag(s->usage.dialog), tag);
}

static void make_session(struct incoming *in, struct slice tag)
{
    struct session *s;
    struct dialog *d;

    if (in->ua->closed ||
        dialog_new_uas(&d, in->ua->engine->dialogs, in->message, tag))
        return;
    s = session_ref(session_new(in->ua, d, false));
    in->usage = &s->usage;
    session_came(s, in);
    if (in->owner)
        owner_take_usage(in->owner, in->usage);
}

/* A callee that answers with another To tag plays a fork: what was told to the
 * caller before belongs to one that was not chosen. The tag may be the old
 * one's. */
struct session *session_of_incoming(struct incoming *in, struct slice tag)
{
    struct session *old = session_of_usage(in->usage);

    if (in->in_dialog || (old && is_current(old, tag)))
        return old;
    reliable_let_go(in); /* the old one outlives it where a BYE is open */
    in->usage = NULL;
    if (old && old->state == SESSION_EARLY)
        session_over(old, "not chosen");
    make_session(in, tag);
    session_unref(old);
    return session_of_usage(in->usage);
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

    if (s->automatic & auto_bit(AUTO_ACK_TIMEOUT_BYE))
        session_end(s);
    session_over(s, "ack timeout");
    session_unref(s);
}

static const struct repeat_ops repeat_ops = { send_again, give_up };
static const struct repeat_ops limit_ops = { NULL, give_up };

static void ist_terminated(void *arg, struct tx *t)
{
    struct session *s = arg;

    if (s->ist == t)
        s->ist = NULL;
}

static const struct tx_ops ist_ops = { .terminated = ist_terminated };

struct session *session_of_tx(struct tx *t)
{
    return tx_user(t, &ist_ops);
}

void session_repeat_answer(struct session *s)
{
    const struct tx_timing *timing = &s->usage.ua->timing;
    bool repeats = s->automatic & auto_bit(AUTO_RETRANSMIT);

    if (!s->acked && s->answer.n)
        repeat_start(&s->repeat, s->usage.ua->engine->loop, timing->t1,
                     timing->t2, repeats ? &repeat_ops : &limit_ops, s);
}

void session_accepted(struct session *s, struct incoming *in,
                      struct slice bytes)
{
    s->automatic = in->automatic;
    if (dialog_state(s->usage.dialog) == DIALOG_EARLY) /* a BYE may be in */
        dialog_confirm(s->usage.dialog, NULL);
    else
        dialog_refresh_target(s->usage.dialog, in->message);
    if (s->state != SESSION_ENDING)
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
    session_repeat_answer(s);
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
