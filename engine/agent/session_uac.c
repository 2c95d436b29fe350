/* SPDX-License-Identifier: MIT */
/* Sessions that come of an INVITE of ours: one for each To tag. */
#include "agent/agent_private.h"
#include "base/mem.h"

static struct session *find_fork(struct request *r, struct slice tag)
{
    list_each (node, &r->sessions) {
        struct session *s = container_of(node, struct session, request_link);

        if (slice_eq(dialog_remote_tag(s->usage.dialog), tag))
            return s;
    }
    return NULL;
}

struct session *session_of_response(struct request *r, struct message *m)
{
    struct session *s;
    struct dialog *d;

    if (r->usage)
        return session_of_usage(r->usage);
    s = find_fork(r, m->w.to_tag);
    if (s)
        return s;
    if (dialog_new_uac(&d, r->ua->engine->dialogs, r->message, m))
        return NULL;
    s = session_new(r->ua, d, true);
    usage_set_credentials(&s->usage, r->username, r->password);
    list_append(&r->sessions, &s->request_link);
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
    if (s->state == SESSION_EARLY)
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

struct session *request_early_session(struct request *r, struct message *m)
{
    if (r->kind->id != METHOD_INVITE || r->had_outcome ||
        r->state == REQUEST_DISPOSED || m->w.status <= 100 ||
        m->w.status >= 200 || !slice_present(m->w.to_tag))
        return NULL;
    return session_of_response(r, m);
}
