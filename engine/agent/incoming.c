/* SPDX-License-Identifier: MIT */
/* One request that came: held, answered, let go. */
#include "agent/incoming.h"

#include <string.h>

#include "agent/agent_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "message/render.h"

enum { LINES_MAX = 64 };
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
        (status == 405 && !(in->ua->automatic & auto_bit(AUTO_ALLOW))))
        return;
    incoming_ref(in);
    incoming_reply(in, status, &response_plain);
    incoming_unref(in);
}

struct incoming *incoming_new(struct ua *ua, struct tx *t, struct message *m,
                              struct session *s)
{
    struct incoming *in = mem_zalloc(sizeof(*in));

    in->refs = 1;
    in->ua = ua_ref(ua);
    in->tx = t;
    in->message = message_ref(m);
    in->session = s ? session_ref(s) : NULL;
    in->in_dialog = s != NULL;
    in->tag_length = engine_token(ua->engine, in->tag, TAG_LENGTH);
    ua->engine->incoming++;
    timer_init(&in->trying, on_trying, in);
    timer_init(&in->hold, answer_default, in);
    if (!t)
        return in;
    tx_set_timing(t, &ua->timing);
    tx_set_user(t, &server_ops, in);
    in->alive = true;
    list_append(&ua->incoming, &incoming_ref(in)->link);
    if (m->w.method == METHOD_INVITE &&
        (ua->automatic & auto_bit(AUTO_TRYING)))
        timer_start_fixed(ua->engine->loop, &in->trying, TRYING_AFTER);
    return in;
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
    if (in->tx)
        tx_release(in->tx);
    timer_stop(&in->trying);
    timer_stop(&in->hold);
    message_unref(in->message);
    session_unref(in->session);
    in->ua->engine->incoming--;
    ua_unref(in->ua);
    mem_free(in);
}

/* The engine needs it no longer: it has its final answer, or it is gone. */
static void let_go(struct incoming *in)
{
    timer_stop(&in->trying);
    timer_stop(&in->hold);
    if (!in->alive)
        return;
    in->alive = false;
    list_unlink(&in->link);
    incoming_unref(in);
}

void incoming_drop(struct incoming *in)
{
    struct tx *t = in->tx;

    incoming_ref(in);
    in->tx = NULL;
    if (t)
        tx_release(t);
    let_go(in);
    incoming_unref(in);
}

/* ---- answering ---- */

static bool makes_dialog(const struct incoming *in, int status)
{
    return in->message->w.method == METHOD_INVITE && status > 100 &&
           status < 300;
}

static bool wants_allow(const struct incoming *in, int status)
{
    enum method m = in->message->w.method;

    return status == 405 || (status / 100 == 2 && (m == METHOD_INVITE ||
                                                   m == METHOD_OPTIONS));
}

/* Where the answer goes is said on the top Via (RFC 3261 18.2.1, RFC 3581). */
static void set_received(const struct incoming *in, struct render_response *r,
                         char host[ADDR_TEXT])
{
    const struct wire_via *via = &in->message->w.via;
    size_t n = addr_host_text(&in->message->peer, host, false);

    if (!via->rport && slice_ieq(via->host, slice_of(host, n)))
        return;
    r->received_host = slice_of(host, n);
    r->received_port = addr_port(&in->message->peer);
}

static void render(struct incoming *in, int status,
                   const struct response_options *o, struct buf *out)
{
    struct slice lines[LINES_MAX];
    char host[ADDR_TEXT];
    struct render_response r = { .request = in->message,
                                 .status = status,
                                 .reason = o->reason,
                                 .contact = o->contact,
                                 .record_route = makes_dialog(in, status),
                                 .content_type = o->content_type,
                                 .content_disposition = o->content_disposition,
                                 .body = o->body,
                                 .lines = lines };

    if (status > 100)
        r.to_tag = slice_present(o->to_tag)
                       ? o->to_tag
                       : slice_of(in->tag, in->tag_length);
    if (!slice_present(o->contact) && makes_dialog(in, status))
        r.contact = in->ua->contact;
    if (slice_present(o->body) && !slice_present(o->content_type) &&
        in->message->w.method == METHOD_INVITE)
        r.content_type = SLICE("application/sdp");
    if (wants_allow(in, status))
        lines[r.line_count++] = slice_str(default_allow);
    for (size_t i = 0; i < o->line_count && r.line_count < LINES_MAX; i++)
        lines[r.line_count++] = o->lines[i];
    set_received(in, &r, host);
    render_response(out, &r);
    if (header_edits_any(&o->edits))
        header_edits_apply(&o->edits, out);
    if (o->edit)
        o->edit(o->edit_arg, out);
}

static void after_answer(struct incoming *in, int status, struct slice bytes)
{
    struct session *s = in->session;
    bool invite = in->message->w.method == METHOD_INVITE;

    in->status = status;
    timer_stop(&in->trying);
    if (status < 200)
        return;
    timer_stop(&in->hold);
    if (invite && status < 300 && s && s->state != SESSION_ENDED)
        session_accepted(s, in, bytes);
    else if (invite && status >= 300 && s && s->state == SESSION_EARLY)
        session_over(s, in->cancelled ? "cancelled" : "rejected");
    else if (in->message->w.method == METHOD_BYE && s && in->in_dialog)
        session_over(s, "bye received");
    let_go(in);
}

int incoming_reply(struct incoming *in, int status,
                   const struct response_options *o)
{
    struct buf *out = &in->ua->engine->scratch;
    struct tx *t = in->tx;
    int err;

    if (status < 100 || status > 699)
        return ERR_ARGUMENT;
    if (!t && o->force && in->session)
        t = in->session->ist;
    if (!t || (in->status >= 200 && !o->force))
        return ERR_STATE;
    if (makes_dialog(in, status))
        session_of_incoming(in);
    buf_clear(out);
    if (slice_present(o->raw))
        buf_slice(out, o->raw);
    else
        render(in, status, o, out);
    err = tx_respond(t, status, buf_view(out), o->force);
    if (err || in->status >= 200)
        return err;
    incoming_ref(in);
    after_answer(in, status, buf_view(out));
    incoming_unref(in);
    return ERR_NONE;
}

/* ---- what happens when nobody answers ---- */

void incoming_hold(struct incoming *in)
{
    if (!in->tx || incoming_final(in) || timer_running(&in->hold))
        return;
    if (in->ua->hold <= 0)
        answer_default(in);
    else
        timer_start_fixed(in->ua->engine->loop, &in->hold, in->ua->hold);
}

static uint32_t switch_of(const struct incoming *in)
{
    enum method m = in->message->w.method;

    if (m == METHOD_OPTIONS)
        return auto_bit(AUTO_OPTIONS);
    if (!in->in_dialog)
        return 0;
    if (m == METHOD_BYE)
        return auto_bit(AUTO_BYE);
    if (m == METHOD_NOTIFY)
        return auto_bit(AUTO_NOTIFY);
    if (m == METHOD_INFO)
        return auto_bit(AUTO_INFO);
    if (m == METHOD_UPDATE)
        return auto_bit(AUTO_UPDATE);
    return 0;
}

void incoming_settle(struct incoming *in)
{
    uint32_t bit = switch_of(in);

    if (!in->tx || incoming_final(in))
        return;
    if (bit & in->ua->automatic)
        answer_default(in);
    else if (!bit && in->message->w.method != METHOD_INVITE)
        incoming_hold(in);
}

/* 9.2: the CANCEL gets 200, its INVITE 487, both with one To tag. */
void incoming_cancelled(struct incoming *in, struct incoming *cancel)
{
    incoming_ref(in);
    in->cancelled = true;
    memcpy(cancel->tag, in->tag, sizeof(in->tag));
    cancel->tag_length = in->tag_length;
    if (in->ua->automatic & auto_bit(AUTO_CANCEL)) {
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
    return in->session;
}

bool incoming_in_dialog(const struct incoming *in)
{
    return in->in_dialog;
}

struct ua *incoming_ua(const struct incoming *in)
{
    return in->ua;
}

int incoming_status(const struct incoming *in)
{
    return in->status;
}

bool incoming_final(const struct incoming *in)
{
    return in->status >= 200 || in->message->w.method == METHOD_ACK;
}

bool incoming_was_cancelled(const struct incoming *in)
{
    return in->cancelled;
}
