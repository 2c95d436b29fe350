/* SPDX-License-Identifier: MIT */
/* CANCEL (RFC 3261 9.1): a state of its INVITE, and a request of its own. */
#include "agent/agent_private.h"
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

static int make_text(struct request *r, const struct request_options *o,
                     struct message **out)
{
    struct engine *e = r->ua->engine;
    struct buf *text = &e->scratch;
    int err;

    buf_clear(text);
    render_cancel(text, r->message, o->lines, o->line_count);
    compose_edit(text, &o->edits, o->edit, o->edit_arg);
    err = message_new(out, text->p, text->n, loop_now(e->loop),
                      loop_wall(e->loop));
    if (!err) {
        (*out)->peer = r->to;
        (*out)->local = r->ua->local;
    }
    return err;
}

void cancel_send(struct request *r)
{
    struct request *c = r->cancel;
    struct message *m = c ? c->message : NULL;
    const char *why;

    if (!m || c->attempts || c->state == REQUEST_DISPOSED)
        return;
    message_ref(m); /* request_send() replaces it by a copy */
    if (request_send(c, message_bytes(m), &why) != ERR_NONE) {
        request_dispose(c);
        if (r->ops && r->ops->error)
            r->ops->error(r->arg, r, ERR_STATE, why);
    }
    message_unref(m);
    if (r->had_outcome || r->state == REQUEST_DISPOSED)
        return;
    if (timer_running(&r->guard))
        return;
    timer_init(&r->guard, on_guard, r);
    timer_start(r->ua->engine->loop, &r->guard, 64 * r->timing.t1);
}

static int check(const struct request *r)
{
    if (r->kind->id != METHOD_INVITE || r->had_outcome ||
        r->state == REQUEST_DISPOSED)
        return ERR_STATE;
    return ERR_NONE;
}

int request_cancel(struct request *r, struct request **out,
                   const struct request_options *o)
{
    struct request *c;
    int err;

    *out = r->cancel;
    if (r->cancel)
        return ERR_NONE;
    if (check(r))
        return ERR_STATE;
    c = request_alloc(r->ua, &kind_cancel, NULL, NULL);
    c->to = r->to;
    c->timing = r->timing;
    c->automatic = r->automatic;
    c->started = c->intended = loop_now(r->ua->engine->loop);
    err = make_text(r, o, &c->message);
    if (!err && !r->cancel)
        err = check(r);
    if (err || r->cancel) { /* `edit` may have cancelled, or disposed of it */
        request_unref(c);
        *out = r->cancel;
        return r->cancel ? ERR_NONE : err;
    }
    r->cancel = *out = c;
    r->cancel_wanted = true;
    if (r->state == REQUEST_PROCEEDING)
        cancel_send(r);
    return ERR_NONE;
}
