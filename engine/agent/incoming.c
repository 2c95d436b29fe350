/* SPDX-License-Identifier: MIT */
/* One request that came: held, answered, let go. */
#include "agent/incoming.h"

#include <string.h>

#include "agent/reliable_private.h"
#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"

#define TRYING_AFTER (200 * LOOP_MILLISECOND) /* RFC 3261 17.2.1 */

static void on_terminated(void *arg, struct tx *t)
{
    struct incoming *in = arg;

    if (in->tx != t)
        return;
    in->tx = NULL;
    incoming_drop(in);
}

static const struct tx_ops server_ops = { .terminated = on_terminated };

static void on_trying(void *arg)
{
    struct incoming *in = arg;

    if (!in->status)
        incoming_reply(in, 100, &response_plain);
}

static void answer_default(void *arg)
{
    struct incoming *in = arg;
    int status = default_status(in);

    if (incoming_final(in) ||
        (status == 405 && !(in->automatic & auto_bit(AUTO_ALLOW))))
        return;
    incoming_reply(in, status, &response_plain);
}

static bool is_invite(const struct incoming *in)
{
    return in->message->w.method == METHOD_INVITE;
}

static void start_forgetting(struct incoming *in)
{
    timer_start_fixed(in->ua->engine->loop, &in->forget,
                      64 * in->ua->timing.t1);
}

/*
 * What nobody answers must not stay for ever: its client has given up when its
 * timer F fires. A default answer that is due later than that comes first. An
 * INVITE may ring as long as it likes.
 */
static void on_forgotten(void *arg)
{
    struct incoming *in = arg;
    struct session *s;

    if (timer_running(&in->hold)) {
        start_forgetting(in);
        return;
    }
    s = in->in_dialog ? session_of_usage(in->usage) : NULL;
    incoming_ref(in);
    incoming_drop(in);
    if (s && in->message->w.method == METHOD_BYE && s->state == SESSION_ENDING)
        session_left(s);
    incoming_unref(in);
}

/* What is still to come: after an answer nothing is. */
static void start_trying(struct incoming *in)
{
    bool wanted = in->alive && is_invite(in) && !in->status &&
                  (in->automatic & auto_bit(AUTO_TRYING));

    if (!wanted)
        timer_stop(&in->trying);
    else if (!timer_running(&in->trying))
        timer_start_fixed(in->ua->engine->loop, &in->trying, TRYING_AFTER);
}

/* How many of its kind the session has without a final answer; NULL: they are
 * not counted. */
static uint32_t *unanswered(const struct incoming *in)
{
    struct session *s = in->in_dialog ? session_of_usage(in->usage) : NULL;

    if (!s)
        return NULL;
    if (is_invite(in))
        return &s->reinvites;
    return in->message->w.method == METHOD_UPDATE ? &s->updates : NULL;
}

struct incoming *incoming_new(struct ua *ua, struct tx *t, struct message *m,
                              struct usage *u)
{
    struct incoming *in = mem_zalloc(sizeof(*in));

    in->refs = 1;
    in->ua = ua_ref(ua);
    in->tx = t;
    in->message = message_ref(m);
    in->usage = u ? usage_ref(u) : NULL;
    in->in_dialog = u != NULL;
    in->automatic = ua->automatic;
    in->tag_length = engine_token(ua->engine, in->tag, TAG_LENGTH);
    ua->engine->incoming++;
    timer_init(&in->trying, on_trying, in);
    timer_init(&in->hold, answer_default, in);
    timer_init(&in->forget, on_forgotten, in);
    if (!t)
        return in;
    tx_set_timing(t, &ua->timing);
    tx_set_user(t, &server_ops, in);
    in->alive = true;
    list_append(&ua->incoming, &incoming_ref(in)->link);
    if (!is_invite(in))
        start_forgetting(in);
    if (unanswered(in))
        ++*unanswered(in);
    start_trying(in);
    return in;
}

void incoming_set_automatic(struct incoming *in, uint32_t automatic)
{
    in->automatic = automatic;
    start_trying(in);
}

uint32_t incoming_automatic(const struct incoming *in)
{
    return in->automatic;
}

struct incoming *incoming_ref(struct incoming *in)
{
    in->refs++;
    return in;
}

void incoming_unref(struct incoming *in)
{
    if (!in || --in->refs)
        return;
    incoming_forget_tx(in);
    timer_stop(&in->trying);
    timer_stop(&in->hold);
    timer_stop(&in->forget);
    list_unlink(&in->owner_link);
    message_unref(in->message);
    usage_unref(in->usage);
    usage_unref(in->made);
    session_unref(in->replaces);
    in->ua->engine->incoming--;
    ua_unref(in->ua);
    mem_free(in);
}

void incoming_forget_tx(struct incoming *in)
{
    if (in->tx)
        tx_release(in->tx);
    in->tx = NULL;
    if (!in->alive)
        list_unlink(&in->link);
}

/* The engine needs it no longer: it has its final answer, or it is gone. */
void incoming_let_go(struct incoming *in)
{
    timer_stop(&in->trying);
    timer_stop(&in->hold);
    timer_stop(&in->forget);
    if (!in->alive)
        return;
    in->alive = false;
    if (unanswered(in))
        --*unanswered(in);
    session_answered_all(in);
    list_unlink(&in->link);
    if (in->tx)
        list_append(&in->ua->answered, &in->link);
    list_unlink(&in->owner_link);
    in->owner = NULL;
    if (in->ops && in->ops->gone)
        in->ops->gone(in->arg, in);
    reliable_let_go(in);
    incoming_unref(in);
}

void incoming_drop(struct incoming *in)
{
    incoming_ref(in);
    incoming_forget_tx(in);
    incoming_let_go(in);
    incoming_unref(in);
}

/* ---- what happens when nobody answers ---- */

static uint32_t switch_of(const struct incoming *in)
{
    enum method m = in->message->w.method;

    if (m == METHOD_OPTIONS)
        return auto_bit(AUTO_OPTIONS);
    if (!in->in_dialog)
        return 0;
    if (notifier_refreshes(in))
        return auto_bit(AUTO_SUBSCRIBE);
    if (m == METHOD_BYE)
        return auto_bit(AUTO_BYE);
    if (m == METHOD_NOTIFY)
        return auto_bit(AUTO_NOTIFY);
    if (m == METHOD_INFO)
        return auto_bit(AUTO_INFO);
    if (m == METHOD_PRACK)
        return auto_bit(AUTO_PRACK);
    if (m == METHOD_UPDATE && !in->message->w.body.n)
        return auto_bit(AUTO_UPDATE);
    return 0;
}

/* What a switch answers is left alone where that is off. */
void incoming_hold(struct incoming *in)
{
    uint32_t bit = switch_of(in);

    if (!in->tx || incoming_final(in) || (bit && !(bit & in->automatic)) ||
        timer_running(&in->hold))
        return;
    if (in->ua->hold <= 0)
        answer_default(in);
    else
        timer_start_fixed(in->ua->engine->loop, &in->hold, in->ua->hold);
}

void incoming_settle(struct incoming *in)
{
    uint32_t bit = switch_of(in);

    if (in->tx && !incoming_final(in) && (bit & in->automatic))
        answer_default(in);
}

void incoming_take(struct incoming *in)
{
    if (!timer_running(&in->hold) || (switch_of(in) & in->automatic))
        return;
    timer_stop(&in->hold);
    incoming_settle(in);
}

void incoming_share_tag(struct incoming *cancel, struct tx *target)
{
    const struct incoming *in = incoming_of_tx(target);
    const struct session *s = session_of_tx(target);
    struct slice tag = { NULL, 0 };

    if (in)
        tag = incoming_tag(in);
    else if (s)
        tag = dialog_local_tag(s->usage.dialog);
    if (!slice_present(tag) || tag.n > sizeof(cancel->tag))
        return;
    memcpy(cancel->tag, tag.p, tag.n);
    cancel->tag_length = tag.n;
}

/* 9.2: the CANCEL gets 200, its INVITE 487. */
void incoming_cancelled(struct incoming *in, struct incoming *cancel)
{
    incoming_ref(in);
    in->cancelled = true;
    if (in->automatic & auto_bit(AUTO_CANCEL)) {
        incoming_reply(cancel, 200, &response_plain);
        incoming_reply(in, 487, &response_plain);
    }
    if (in->ops && in->ops->cancelled)
        in->ops->cancelled(in->arg, in, cancel);
    incoming_unref(in);
}

struct incoming *incoming_of_tx(struct tx *t)
{
    return tx_user(t, &server_ops);
}

/* ---- fields ---- */

void incoming_set_ops(struct incoming *in, const struct incoming_ops *ops,
                      void *arg)
{
    in->ops = ops;
    in->arg = arg;
}

void *incoming_arg(const struct incoming *in)
{
    return in->arg;
}

struct message *incoming_message(const struct incoming *in)
{
    return in->message;
}

enum method incoming_method(const struct incoming *in)
{
    return in->message->w.method;
}

struct session *incoming_session(const struct incoming *in)
{
    return session_of_usage(in->usage);
}

struct subscription *incoming_subscription(const struct incoming *in)
{
    return subscription_of_usage(in->made ? in->made : in->usage);
}

bool incoming_in_dialog(const struct incoming *in)
{
    return in->in_dialog;
}

struct session *incoming_replaces(const struct incoming *in)
{
    return in->replaces;
}

/* What its provisional answers had, so that the final one belongs to the same
 * dialog (RFC 3261 12.1.1). */
struct slice incoming_tag(const struct incoming *in)
{
    if (in->usage && !in->in_dialog)
        return dialog_local_tag(in->usage->dialog);
    return slice_of(in->tag, in->tag_length);
}

int incoming_status(const struct incoming *in)
{
    return in->status;
}

bool incoming_final(const struct incoming *in)
{
    return in->status >= 200 || in->message->w.method == METHOD_ACK;
}

bool incoming_open(const struct incoming *in)
{
    return in->alive;
}

bool incoming_was_cancelled(const struct incoming *in)
{
    return in->cancelled;
}
