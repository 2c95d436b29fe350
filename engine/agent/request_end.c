/* SPDX-License-Identifier: MIT */
/* The end of an outgoing request before its time: in silence, or politely. */
#include "agent/refresh.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"
#include "base/mem.h"

struct session *request_early(const struct request *r)
{
    list_each (node, &r->sessions) {
        struct session *s = container_of(node, struct session, request_link);

        if (s->state == SESSION_EARLY)
            return s;
    }
    return NULL;
}

/* Each one that ends leaves the list; being told may change the list too. */
void request_end_early(struct request *r, const char *cause)
{
    struct session *s;

    request_ref(r);
    while ((s = request_early(r)))
        session_over(s, cause);
    request_unref(r);
}

/* What hangs on a request that nobody waits for any more. A CANCEL that is on
 * its way goes its own way. */
static void dispose_rest(struct request *r)
{
    struct session *s;

    if (r->cancel && !r->cancel->attempts)
        request_dispose(r->cancel);
    while ((s = request_early(r)))
        session_dispose(s);
}

void request_dispose(struct request *r)
{
    if (r->state == REQUEST_DISPOSED)
        return;
    request_ref(r);
    r->state = REQUEST_DISPOSED;
    timer_stop(&r->guard);
    refresh_end(r);
    list_unlink(&r->usage_link);
    request_later_forget(r);
    session_sent_in_vain(r);
    dispose_rest(r);
    if (r->kind->disposed)
        r->kind->disposed(r);
    request_forget_tx(r);
    if (r->ops && r->ops->disposed)
        r->ops->disposed(r->arg, r);
    request_let_go(r);
    request_unref(r);
}

void request_abandon(struct request *r)
{
    struct request_options plain = request_plain;
    struct request *cancel;

    r->abandoned = true;
    plain.automatic = r->automatic;
    if (request_cancel(r, &cancel, &plain) != ERR_NONE)
        request_dispose(r);
}

/* Those of an INVITE outside of dialogs; each leaves the list, or stays as it
 * was: a second look does no harm. */
static void end_sessions(struct request *r)
{
    list_each_safe (node, &r->sessions) {
        struct usage *u =
            &container_of(node, struct session, request_link)->usage;

        u->type->end(u);
    }
}

void request_leave(struct request *r, bool bye)
{
    const struct request_ops *ops = r->ops;
    void *arg = r->arg;

    if (r->left || r->state == REQUEST_DISPOSED)
        return;
    request_ref(r);
    if (bye)
        end_sessions(r);
    if (r->kind->id != METHOD_INVITE || r->had_outcome) {
        request_dispose(r);
    } else {
        r->left = true;
        list_unlink(&r->owner_link);
        r->owner = NULL;
        request_set_ops(r, NULL, NULL);
        if (ops && ops->disposed)
            ops->disposed(arg, r);
        request_abandon(r);
    }
    request_unref(r);
}
