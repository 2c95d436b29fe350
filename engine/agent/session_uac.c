/* SPDX-License-Identifier: MIT */
/* Sessions that come of an INVITE of ours: one for each To tag. */
#include "agent/owner.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/mem.h"

/* A peer that invents tags must not grow us without bound. */
enum { FORKS_MAX = 64 };

/* *count: of all that there are, where it is not among them. */
static struct session *find_fork(const struct request *r, struct slice tag,
                                 unsigned *count)
{
    *count = 0;
    list_each (node, &r->sessions) {
        struct session *s = container_of(node, struct session, request_link);

        if (slice_eq(dialog_remote_tag(s->usage.dialog), tag))
            return s;
        ++*count;
    }
    return NULL;
}

struct session *session_of_response(struct request *r, struct message *m)
{
    struct session *s;
    struct dialog *d;
    unsigned count;

    if (r->usage)
        return session_of_usage(r->usage);
    s = find_fork(r, m->w.to_tag, &count);
    if (s)
        return s;
    if (count == FORKS_MAX ||
        dialog_new_uac(&d, r->ua->engine->dialogs, r->message, m))
        return NULL;
    s = session_new(r->ua, d, true);
    usage_set_credentials(&s->usage, r->username, r->password);
    s->invite = r;
    list_append(&r->sessions, &s->request_link);
    session_sent(s, r);
    if (r->owner)
        owner_take_usage(r->owner, &s->usage);
    return s;
}

void session_forget_invite(struct session *s)
{
    struct request *invite = s->invite;
    bool held = s->invite_held;

    s->invite = NULL;
    s->invite_held = false;
    if (held)
        request_unref(invite);
}

void session_confirm_uac(struct session *s, struct request *r,
                         struct message *m)
{
    if (s->state == SESSION_ENDED)
        return;
    if (dialog_state(s->usage.dialog) == DIALOG_EARLY) /* a BYE may be out */
        dialog_confirm(s->usage.dialog, m);
    else
        dialog_refresh_target(s->usage.dialog, m);
    if (s->state != SESSION_ENDING)
        s->state = SESSION_ACCEPTED;
    s->acked = false;
    s->ack_cseq = m->w.cseq;
    session_forget_invite(s);
    s->invite = request_ref(r);
    s->invite_held = true;
}

struct session *session_of_provisional(struct request *r, struct message *m)
{
    if (r->kind->id != METHOD_INVITE || m->w.status <= 100 || !m->w.to_tag.n)
        return NULL;
    return session_of_response(r, m);
}

struct session *request_session(const struct request *r, size_t index)
{
    if (r->usage)
        return index ? NULL : session_of_usage(r->usage);
    list_each (node, &r->sessions) {
        if (!index--)
            return container_of(node, struct session, request_link);
    }
    return NULL;
}
