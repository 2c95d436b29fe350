/* SPDX-License-Identifier: MIT */
/* A session from its dialog to its end: what both sides share. */
#include "agent/session.h"

#include <stdio.h>

#include "agent/agent_private.h"
#include "base/err.h"
#include "base/mem.h"

const char *session_state_name(enum session_state s)
{
    static const char *const names[] = { "early", "accepted", "confirmed",
                                         "ending", "ended" };

    return names[s];
}

struct session *session_new(struct ua *ua, struct dialog *d, bool uac)
{
    struct session *s = blocks_take_zeroed(&ua->engine->blocks, sizeof(*s));

    s->refs = 1; /* the engine's, until it is over */
    s->alive = true;
    s->uac = uac;
    s->ua = ua_ref(ua);
    s->dialog = d;
    dialog_set_user(d, s);
    list_append(&ua->sessions, &s->link);
    ua->engine->sessions++;
    return s;
}

struct session *session_ref(struct session *s)
{
    s->refs++;
    return s;
}

void session_unref(struct session *s)
{
    struct ua *ua;

    if (!s || --s->refs)
        return;
    ua = s->ua;
    ua->engine->sessions--;
    dialog_free(s->dialog);
    buf_fini(&s->answer);
    mem_free(s->username);
    mem_free(s->password);
    blocks_give(&ua->engine->blocks, s, sizeof(*s));
    ua_unref(ua);
}

/* Nothing of it goes on: timers, transactions, the place in the tables. */
static void stop(struct session *s)
{
    s->state = SESSION_ENDED;
    repeat_stop(&s->repeat);
    if (s->ist)
        tx_release(s->ist);
    s->ist = NULL;
    dialog_end(s->dialog);
    list_unlink(&s->link);
    list_unlink(&s->request_link);
    list_unlink(&s->owner_link);
    s->owner = NULL;
}

static void let_go(struct session *s)
{
    session_forget_invite(s);
    if (s->alive) {
        s->alive = false;
        session_unref(s);
    }
}

void session_over(struct session *s, const char *cause)
{
    if (s->state == SESSION_ENDED)
        return;
    stop(s);
    if (s->ops && s->ops->ended)
        s->ops->ended(s->arg, s, cause);
    let_go(s);
}

void session_dispose(struct session *s)
{
    if (s->state == SESSION_ENDED)
        return;
    stop(s);
    if (s->ops && s->ops->disposed)
        s->ops->disposed(s->arg, s);
    let_go(s);
}

/* RFC 3261 15: a caller may end an early dialog, a callee has to reject. */
int session_bye(struct session *s, struct request **out,
                const struct request_options *options,
                const struct request_ops *ops, void *arg, char why[160])
{
    int err;

    *out = NULL;
    if (s->state == SESSION_EARLY && !s->uac) {
        snprintf(why, 160, "not accepted yet: reject it instead");
        return ERR_STATE;
    }
    err = request_new_in_dialog(out, s, &kind_bye, options, ops, arg, why);
    if (!err && s->state != SESSION_ENDED) {
        s->state = SESSION_ENDING;
        s->bye_wanted = false;
    }
    return err;
}

void session_end(struct session *s)
{
    struct request_options o = request_plain;
    struct request *bye;
    char why[160];

    if (s->state == SESSION_ENDED || s->state == SESSION_ENDING)
        return;
    o.automatic = s->ua->automatic;
    if (session_bye(s, &bye, &o, NULL, NULL, why) == ERR_NONE)
        request_unref(bye);
    else
        session_dispose(s);
}

void session_set_ops(struct session *s, const struct session_ops *ops,
                     void *arg)
{
    s->ops = ops;
    s->arg = arg;
}

void *session_arg(const struct session *s)
{
    return s->arg;
}

bool session_acked(const struct session *s)
{
    return s->acked;
}

enum session_state session_state(const struct session *s)
{
    return s->state;
}

struct dialog *session_dialog(const struct session *s)
{
    return s->dialog;
}

struct ua *session_ua(const struct session *s)
{
    return s->ua;
}

bool session_is_uac(const struct session *s)
{
    return s->uac;
}
