/* SPDX-License-Identifier: MIT */
/* From the transaction layer to whom it concerns: agent, session, nobody. */
#include "agent/merged.h"
#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

/* The switches of a request that may have its own. */
static bool switched_on(const struct ua *ua, const struct incoming *in,
                        enum auto_switch s)
{
    return (in ? in->automatic : ua->automatic) & auto_bit(s);
}

/* An answer that no script has a part in. */
static void refuse(struct ua *ua, struct tx *t, struct message *m, int status)
{
    struct incoming *in = incoming_new(ua, t, m, NULL);

    incoming_reply(in, status, &response_plain);
    incoming_unref(in);
}

/* Each looks at a request out of dialogs before anybody is told, and may answer
 * it. */
static bool (*const gates[])(struct incoming *in) = {
    replaces_refuses,
    session_timer_refuses,
};

static bool is_refused(struct incoming *in)
{
    for (size_t i = 0; i < array_length(gates); i++) {
        if (gates[i](in))
            return true;
    }
    return false;
}

static void out_of_dialog(struct ua *ua, struct tx *t, struct message *m)
{
    struct incoming *in = incoming_new(ua, t, m, NULL);

    if (is_refused(in)) {
        incoming_unref(in);
        return;
    }
    if (ua->ops && ua->ops->incoming)
        ua->ops->incoming(ua->arg, ua, in);
    else
        incoming_hold(in);
    incoming_unref(in);
}

/* What belongs to nothing that is known here. */
static void stray(struct ua *ua, struct tx *t, struct message *m)
{
    if (ua->automatic & auto_bit(AUTO_STRAY))
        refuse(ua, t, m, 481);
    else
        out_of_dialog(ua, t, m);
}

/* Of what has its final answer, and of all but INVITEs, a CANCEL changes
 * nothing (9.2). */
static bool cancels(const struct incoming *in)
{
    return in && incoming_method(in) == METHOD_INVITE && !incoming_final(in);
}

static void on_cancel(struct ua *ua, struct tx *t, struct message *m,
                      struct tx *target)
{
    struct incoming *pending = target ? incoming_of_tx(target) : NULL;
    struct incoming *in;

    if (!target) {
        stray(ua, t, m);
        return;
    }
    if (!switched_on(ua, pending, AUTO_CANCEL) && !cancels(pending)) {
        out_of_dialog(ua, t, m);
        return;
    }
    in = incoming_new(pending ? pending->ua : ua, t, m, NULL);
    incoming_share_tag(in, target);
    if (cancels(pending))
        incoming_cancelled(pending, in);
    else
        incoming_reply(in, 200, &response_plain);
    incoming_unref(in);
}

static void to_usage(struct usage *u, struct tx *t, struct message *m)
{
    struct incoming *in;

    in = incoming_new(u->ua, t, m, u);
    usage_ref(u);
    u->type->incoming(u, in);
    usage_unref(u);
    incoming_unref(in);
}

static void in_dialog(struct usage *u, struct tx *t, struct message *m)
{
    if (t && dialog_accept_cseq(u->dialog, m->w.cseq))
        refuse(u->ua, t, m, 500);
    else
        to_usage(u, t, m);
}

/* The first of a subscription makes its dialog (RFC 6665 4.4.1). */
static void on_notify(struct ua *ua, struct tx *t, struct message *m)
{
    struct usage *u;
    int refused = subscribe_wait_take(ua->engine, m, &u);

    if (refused)
        refuse(ua, t, m, refused);
    else if (u)
        to_usage(u, t, m);
    else
        stray(ua, t, m);
}

static void on_request(void *arg, struct tx *t, struct message *m,
                       struct tx *target)
{
    struct engine *e = arg;
    struct ua *ua = endpoint_find(tx_socket(t), m->w.uri);
    struct dialog *d;
    struct usage *u;

    if (!ua) {
        engine_drop(e, "no-agent", message_bytes(m), &m->peer);
        tx_terminate(t);
        return;
    }
    if (m->w.method == METHOD_CANCEL) {
        on_cancel(ua, t, m, target);
        return;
    }
    if (!slice_present(m->w.to_tag)) {
        if ((ua->automatic & auto_bit(AUTO_MERGED)) &&
            merged_came_before(ua, t, m))
            refuse(ua, t, m, 482);
        else
            out_of_dialog(ua, t, m);
        return;
    }
    d = dialog_of_request(e->dialogs, m);
    u = d ? usage_of_request(d, m) : NULL;
    if (u)
        in_dialog(u, t, m);
    else if (m->w.method == METHOD_NOTIFY)
        on_notify(ua, t, m);
    else
        stray(ua, t, m);
}

/* Only the ACK of the latest INVITE stops the repeats of its 2xx. */
static void on_ack(void *arg, struct net_socket *socket, struct message *m)
{
    struct engine *e = arg;
    struct session *s = session_of_dialog(dialog_of_request(e->dialogs, m));

    (void)socket;
    if (!s) {
        engine_drop(e, "stray-ack", message_bytes(m), &m->peer);
        return;
    }
    if (!s->invite_cseq || m->w.cseq != s->invite_cseq) {
        engine_drop(e, "ack-cseq", message_bytes(m), &m->peer);
        return;
    }
    if (s->acked)
        return;
    session_ref(s);
    session_ack_came(s);
    in_dialog(&s->usage, NULL, m);
    if (s->bye_wanted)
        session_end(s);
    session_unref(s);
}

static void on_stray(void *arg, struct net_socket *socket, struct message *m)
{
    (void)socket;
    engine_drop(arg, "stray", message_bytes(m), &m->peer);
}

/* The agent whose INVITE it answers, if that is to end such calls. */
static struct ua *ender(struct tx *t, const struct message *m)
{
    struct wire_name_addr from;
    struct ua *ua;

    if (wire_name_addr_split(m->w.from, &from) != ERR_NONE)
        return NULL;
    ua = endpoint_sender(tx_socket(t), from.uri);
    return ua && (ua->automatic & auto_bit(AUTO_FORK_BYE)) ? ua : NULL;
}

/* Its request was disposed of, and the script has or had its session. */
static void repeated(struct session *s, struct tx *t, struct message *m)
{
    if (s->acked && s->ack_cseq == m->w.cseq)
        session_ack_orphan(s, t, m);
    else
        engine_drop(s->usage.ua->engine, "orphan", message_bytes(m), &m->peer);
}

/*
 * A 2xx whose request nobody holds any more: a fork that came late, or an
 * answer to a call that was disposed of. It is acknowledged and ended, as the
 * callee would else repeat it and stay in the call.
 */
static void on_orphan(void *arg, struct tx *t, struct message *m)
{
    struct engine *e = arg;
    struct dialog *d = dialog_of_response(e->dialogs, m);
    struct ua *ua = ender(t, m);
    struct session *s = session_of_dialog(d);

    if (s) {
        repeated(s, t, m);
        return;
    }
    if (!ua || !slice_present(message_header(m, SLICE("Contact"), 0)) ||
        dialog_new_uac(&d, e->dialogs, m, m)) {
        engine_drop(e, "orphan", message_bytes(m), &m->peer);
        return;
    }
    s = session_ref(session_new(ua, d, true));
    s->state = SESSION_ACCEPTED;
    s->ack_cseq = m->w.cseq;
    session_ack_orphan(s, t, m);
    session_end(s);
    session_unref(s);
}

static void on_dropped(void *arg, struct net_socket *s, const char *reason,
                       struct slice bytes, const struct addr *from)
{
    (void)s;
    engine_drop(arg, reason, bytes, from);
}

static void on_gone(void *arg, void *mark)
{
    merged_forget(arg, mark);
}

const struct tx_layer_ops reception_ops = {
    .gone = on_gone,
    .request = on_request,
    .ack = on_ack,
    .stray = on_stray,
    .orphan = on_orphan,
    .dropped = on_dropped,
};
