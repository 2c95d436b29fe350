/* SPDX-License-Identifier: MIT */
/* A session from its dialog to its end: what both sides share. */
#include "agent/session.h"

#include <stdio.h>

#include "agent/reliable_private.h"
#include "agent/request_private.h"
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
    struct session *s = usage_new(&session_type, ua, d);

    s->uac = uac;
    ua->engine->sessions++;
    return s;
}

struct session *session_ref(struct session *s)
{
    usage_ref(&s->usage);
    return s;
}

void session_unref(struct session *s)
{
    if (s)
        usage_unref(&s->usage);
}

struct usage *session_usage(struct session *s)
{
    return &s->usage;
}

struct session *session_of_usage(struct usage *u)
{
    return u && u->type == &session_type ? (struct session *)(void *)u : NULL;
}

struct session *session_of_dialog(struct dialog *d)
{
    return d ? session_of_usage(usage_find(d, &session_type)) : NULL;
}

/* Nothing of it goes on: timers, transactions, the place in the tables. */
static void stop(struct session *s, const char *cause)
{
    slice_copy(slice_str(cause), s->cause, sizeof(s->cause));
    s->state = SESSION_ENDED;
    repeat_stop(&s->repeat);
    session_timer_stop(&s->timer);
    replaces_remember(s);
    if (s->ist)
        tx_release(s->ist);
    s->ist = NULL;
    reliable_free(s);
    list_unlink(&s->request_link);
    usage_stop(&s->usage);
}

static void let_go(struct session *s)
{
    session_forget_invite(s);
    usage_let_go(&s->usage);
}

void session_over(struct session *s, const char *cause)
{
    if (s->state == SESSION_ENDED)
        return;
    stop(s, cause);
    if (s->ops && s->ops->ended)
        s->ops->ended(s->arg, s, cause);
    let_go(s);
}

void session_dispose(struct session *s)
{
    if (s->state == SESSION_ENDED)
        return;
    stop(s, "disposed");
    if (s->ops && s->ops->disposed)
        s->ops->disposed(s->arg, s);
    let_go(s);
}

void session_end(struct session *s)
{
    struct request_options o = request_plain;
    struct request *bye;
    char why[160];

    if (s->state == SESSION_ENDED || s->state == SESSION_ENDING)
        return;
    o.automatic = s->usage.ua->automatic;
    if (request_new_in_dialog(&bye, &s->usage, &kind_bye, &o, NULL, NULL,
                              why) == ERR_NONE)
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

struct slice session_cause(const struct session *s)
{
    return slice_str(s->cause[0] ? s->cause : NULL);
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
    return s->usage.dialog;
}

bool session_is_uac(const struct session *s)
{
    return s->uac;
}

enum signaling session_signaling(const struct session *s)
{
    return s->offer.state;
}

struct slice session_sdp(const struct session *s, enum offer_side side)
{
    return offer_sdp(&s->offer, side);
}
