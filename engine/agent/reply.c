/* SPDX-License-Identifier: MIT */
/* Answering a request that came, and what the answer does to its session. */
#include "agent/reply.h"
#include "agent/reliable_private.h"
#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/scan.h"

/* Forced answers find a way while there is a socket: past its transaction, to
 * an ACK. */
static bool may_answer(const struct incoming *in, bool force)
{
    if (force)
        return !in->ua->closed;
    return in->tx && in->status < 200;
}

static struct tx *transaction_of(const struct incoming *in)
{
    const struct session *s = session_of_usage(in->usage);

    if (in->tx || !s || in->message->w.method != METHOD_INVITE ||
        in->message->w.cseq != s->invite_cseq)
        return in->tx;
    return s->ist;
}

static int send_bytes(struct incoming *in, const struct answer *a)
{
    struct tx *t = transaction_of(in);

    if (t)
        return tx_respond(t, a->status, a->bytes, a->force);
    return tx_send_raw(in->ua->engine->tx, ua_socket(in->ua),
                       &in->message->peer, a->bytes);
}

const struct wire_message *answer_scan(struct answer *a)
{
    if (!a->scanned)
        (void)wire_scan(a->bytes.p, a->bytes.n, &a->w);
    a->scanned = true;
    return &a->w;
}

/* The To tag that the peer sees: dialogs go by that, whatever the script did
 * to the answer. */
static struct slice tag_sent(const struct incoming *in, struct answer *a)
{
    struct slice tag;

    if (!a->options) {
        tag = answer_scan(a)->to_tag;
        return slice_present(tag) ? tag : SLICE("");
    }
    if (slice_present(in->message->w.to_tag))
        return in->message->w.to_tag;
    return slice_present(a->options->to_tag) ? a->options->to_tag
                                             : incoming_tag(in);
}

/* The scan is long where many calls ring: only where there is one to find. */
static struct incoming *find_pending(const struct session *s)
{
    if (!s->reinvites && (s->uac || s->invite_cseq))
        return NULL;
    list_each (node, &s->usage.ua->incoming) {
        struct incoming *in = container_of(node, struct incoming, link);

        if (in->usage == &s->usage && in->message->w.method == METHOD_INVITE)
            return in;
    }
    return NULL;
}

/* 15.1.2: each INVITE that is still pending gets 487. */
void session_left(struct session *s)
{
    struct incoming *pending;

    while ((pending = find_pending(s))) {
        if (incoming_reply(pending, 487, &response_plain) != ERR_NONE)
            incoming_drop(pending);
    }
    session_over(s, "bye received");
}

/* Its repeats were stopped by that BYE, and a BYE of ours waited for its ACK.
 */
static void stay(struct session *s)
{
    if (s->acked)
        s->state = SESSION_CONFIRMED;
    else
        s->state =
            s->invite_cseq || s->ack_cseq ? SESSION_ACCEPTED : SESSION_EARLY;
    session_repeat_answer(s);
    if (s->acked && s->bye_wanted)
        session_end(s);
}

static void after_bye(struct incoming *in, int status)
{
    struct session *s = session_of_usage(in->usage);

    if (!s)
        return;
    if (status >= 300) { /* challenged, say: the session goes on */
        if (s->state == SESSION_ENDING)
            stay(s);
        return;
    }
    session_left(s);
}

static void after_invite(struct incoming *in, int status, struct slice bytes)
{
    struct session *s = session_of_usage(in->usage);

    if (!s || s->state == SESSION_ENDED)
        return;
    if (status < 300) {
        session_accepted(s, in, bytes);
        replaces_accepted(in);
    } else if (s->state == SESSION_EARLY && !in->in_dialog) {
        session_over(s, in->cancelled ? "cancelled" : "rejected");
    }
}

static void after_final(struct incoming *in, int status, struct slice bytes)
{
    enum method m = in->message->w.method;

    timer_stop(&in->hold);
    if (m == METHOD_INVITE)
        after_invite(in, status, bytes);
    else if (m == METHOD_BYE && in->in_dialog)
        after_bye(in, status);
    else if (m == METHOD_UPDATE && in->in_dialog && status < 300)
        dialog_refresh_target(in->usage->dialog, in->message);
    else if (m == METHOD_SUBSCRIBE && in->in_dialog && status >= 300)
        notifier_refused(in);
    incoming_let_go(in);
}

static void make_usage(struct incoming *in, struct answer *a)
{
    if (in->message->w.method == METHOD_INVITE)
        session_of_incoming(in, tag_sent(in, a));
    else
        notifier_accepted(in, tag_sent(in, a), a->bytes);
}

static void after_answer(struct incoming *in, struct answer *a)
{
    in->status = a->status;
    timer_stop(&in->trying);
    if (respond_makes_dialog(in, a->status))
        make_usage(in, a);
    if (session_of_usage(in->usage))
        session_answered(session_of_usage(in->usage), in, a);
    if (a->reliable)
        reliable_sent(in, a);
    if (a->status >= 200)
        after_final(in, a->status, a->bytes);
}

int answer_send(struct incoming *in, struct answer *a)
{
    bool late = incoming_final(in);
    int err = send_bytes(in, a);

    if (!err && !late && in->tx)
        after_answer(in, a);
    return err;
}

/* Do they say all about the text? */
static bool is_plain(const struct response_options *o)
{
    return !slice_present(o->raw) && !o->edit && !header_edits_any(&o->edits);
}

static int hand_over(struct incoming *in, int status,
                     const struct response_options *o, struct slice bytes)
{
    struct answer a = {
        .status = status,
        .bytes = bytes,
        .options = is_plain(o) ? o : NULL,
        .reliable = reliable_wanted(in, status, o->reliable),
        .force = o->force,
    };

    if (!may_answer(in, o->force)) /* `edit` may have answered */
        return ERR_STATE;
    if (a.reliable)
        reliable_number(in, &a);
    if (reliable_holds(in, &a))
        return reliable_hold(in, &a);
    return answer_send(in, &a);
}

int incoming_reply(struct incoming *in, int status,
                   const struct response_options *o)
{
    struct engine *e = in->ua->engine;
    struct buf text = e->scratch; /* others may need one meanwhile */
    int err;

    if (status < 100 || status > 699)
        return ERR_ARGUMENT;
    if (!may_answer(in, o->force))
        return ERR_STATE;
    incoming_ref(in);
    e->scratch = (struct buf){ 0 };
    respond_render(in, status, o, &text);
    err = hand_over(in, status, o, buf_view(&text));
    buf_fini(&e->scratch);
    e->scratch = text;
    incoming_unref(in);
    return err;
}
