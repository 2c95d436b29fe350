/* SPDX-License-Identifier: MIT */
/* CANCEL (RFC 3261 9.1): a state of its INVITE, and a request of its own. */
#include "agent/request_private.h"
#include "base/err.h"
#include "message/render.h"

/* No 487 came within 64*T1 of the CANCEL: the INVITE is over all the same. */
static void on_guard(void *arg)
{
    struct request *r = arg;
    struct tx *t = r->tx;

    if (r->had_outcome)
        return;
    r->tx = NULL;
    if (t)
        tx_terminate(t);
    request_finish_synthetic(r, 408, "cancel-guard");
}

/* Timer F ends whatever is no INVITE. */
static void start_guard(struct request *r)
{
    if (r->had_outcome || r->state == REQUEST_DISPOSED ||
        r->kind->id != METHOD_INVITE || timer_running(&r->guard))
        return;
    timer_init(&r->guard, on_guard, r);
    timer_start(r->ua->engine->loop, &r->guard, 64 * r->timing.t1);
}

static int make_text(struct request *r, const struct request_options *o,
                     struct message **out)
{
    struct engine *e = r->ua->engine;
    struct buf *text = &e->scratch;
    int err;

    buf_clear(text);
    if (slice_present(o->raw)) {
        buf_slice(text, o->raw);
    } else {
        render_cancel(text, r->message, o->lines, o->line_count);
        compose_edit(text, &o->edits, o->edit, o->edit_arg);
    }
    err = message_new(out, text->p, text->n, loop_now(e->loop),
                      loop_wall(e->loop));
    if (!err) {
        (*out)->peer = r->to;
        (*out)->local = r->ua->local;
    }
    return err;
}

/* What it holds, by a transaction; past that one, a copy just so. */
static int transmit(struct request *r, struct message *m)
{
    struct request *c = r->cancel;
    const char *why;
    int err;

    if (c->attempts || c->state == REQUEST_DISPOSED)
        return ua_send(r->ua, &c->to, message_bytes(m));
    message_ref(m); /* request_send() puts a copy into its place */
    err = request_send(c, message_bytes(m), &why);
    message_unref(m);
    return err;
}

void cancel_send(struct request *r)
{
    struct request *c = r->cancel;
    int err;

    if (!c || c->attempts || c->state == REQUEST_DISPOSED)
        return;
    err = transmit(r, c->message);
    if (err)
        request_finish_unsent(c, err);
    start_guard(r);
}

/* Once it has its outcome there is nothing to cancel; and what is no INVITE is
 * only cancelled on purpose (9.1). */
static int check(const struct request *r, const struct request_options *o)
{
    if (r->state == REQUEST_DISPOSED)
        return ERR_DISPOSED;
    if (r->had_outcome)
        return ERR_STATE;
    return r->kind->id == METHOD_INVITE || o->force ? ERR_NONE
                                                    : ERR_UNSUPPORTED;
}

/* Disposed of while it waited for a 1xx: as if nobody had cancelled. */
static void withdrawn(struct request *c)
{
    struct request *r = c->extra;

    c->extra = NULL;
    if (!r || c->attempts || r->cancel != c || r->had_outcome ||
        r->state == REQUEST_DISPOSED)
        return;
    r->cancel = NULL;
    r->cancel_wanted = false;
    request_unref(c);
}

const struct request_kind kind_cancel = {
    .type = "OutgoingCancelRequest",
    .method = "CANCEL",
    .id = METHOD_CANCEL,
    .disposed = withdrawn,
};

static struct request *handle_new(struct request *r)
{
    struct request *c = request_alloc(r->ua, &kind_cancel, NULL, NULL);

    c->extra = r; /* not looked at once it is sent, and `r` may be gone */
    c->to = r->to;
    c->timing = r->timing;
    c->automatic = r->automatic;
    c->started = c->intended = loop_now(r->ua->engine->loop);
    return c;
}

/* One that waits for a 1xx takes over the text that has been asked for last. */
static int begin(struct request *r, const struct request_options *o,
                 struct message *m)
{
    bool fresh = !r->cancel;
    int err = ERR_NONE;

    if (fresh)
        r->cancel = handle_new(r);
    if (!r->cancel->attempts) {
        message_unref(r->cancel->message);
        r->cancel->message = message_ref(m);
    }
    if (o->force || r->state == REQUEST_PROCEEDING)
        err = transmit(r, m);
    if (err && fresh) {
        struct request *c = r->cancel;

        r->cancel = NULL;
        request_unref(c);
    }
    return err;
}

int request_cancel(struct request *r, struct request **out,
                   const struct request_options *o)
{
    struct message *m;
    int err;

    *out = r->cancel;
    r->bye_crossed = r->bye_crossed || o->bye_crossed;
    if (r->cancel && !o->force)
        return ERR_NONE;
    err = check(r, o);
    if (!err)
        err = make_text(r, o, &m);
    if (err)
        return err;
    if (r->cancel && !o->force) { /* `edit` has cancelled */
        err = ERR_NONE;
    } else {
        err = check(r, o); /* or disposed of it */
        if (!err)
            err = begin(r, o, m);
    }
    message_unref(m);
    *out = r->cancel;
    if (err)
        return err;
    r->cancel_wanted = true;
    if (r->later)
        request_later_give_up(r);
    else if (r->cancel->attempts)
        start_guard(r);
    return ERR_NONE;
}
