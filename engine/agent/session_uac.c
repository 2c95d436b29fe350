/* SPDX-License-Identifier: MIT */
/* Sessions that come of an INVITE of ours: one for each To tag. */
#include "agent/agent_private.h"
#include "base/mem.h"

static struct session *find_fork(struct request *r, struct slice tag)
{
    list_each (node, &r->sessions) {
        struct session *s = container_of(node, struct session, request_link);

        if (slice_eq(dialog_remote_tag(s->dialog), tag))
            return s;
    }
    return NULL;
}

static char *copy(const char *text)
{
    struct slice s = slice_str(text);

    return text ? mem_strndup(s.p, s.n) : NULL;
}

struct session *session_of_response(struct request *r, struct message *m)
{
    struct session *s;
    struct dialog *d;

    if (r->session)
        return r->session;
    s = find_fork(r, m->w.to_tag);
    if (s)
        return s;
    if (dialog_new_uac(&d, r->ua->engine->dialogs, r->message, m))
        return NULL;
    s = session_new(r->ua, d, true);
    s->username = copy(r->username);
    s->password = copy(r->password);
    list_append(&r->sessions, &s->request_link);
    if (r->owner)
        owner_take_session(r->owner, s);
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
        dialog_confirm(s->dialog, m);
    else
        dialog_refresh_target(s->dialog, m);
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
