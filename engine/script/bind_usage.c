/* SPDX-License-Identifier: MIT */
/* What Session and Subscription have in common: they stand on a dialog. */
#include "agent/subscription.h"
#include "agent/usage.h"
#include "dialog/dialog.h"
#include "script/bind.h"

const char *const usage_delegate_names[] = {
    "on_invite",  "on_ack",      "on_bye",       "on_cancel", "on_info",
    "on_message", "on_notify",   "on_options",   "on_prack",  "on_publish",
    "on_refer",   "on_register", "on_subscribe", "on_update", "on_request",
    "on_end",     NULL,
};

struct usage *check_usage(lua_State *L, int idx, struct host **h,
                          struct lcall **call)
{
    struct lsubscription *sub;
    struct lsession *p;

    if (lclass_test(L, idx, &class_subscription)) {
        sub = check_subscription(L, idx);
        *h = sub->host;
        *call = sub->call;
        return subscription_usage(sub->s);
    }
    p = check_session(L, idx);
    *h = p->host;
    *call = p->call;
    return session_usage(p->s);
}

void settle_incoming(struct entry *e, bool seen)
{
    enum method m = incoming_method(e->in);

    answer_failed(e);
    incoming_settle(e->in);
    if (!seen && m != METHOD_ACK && m != METHOD_BYE)
        incoming_hold(e->in);
}

static struct dialog *dialog(lua_State *L)
{
    struct lcall *call;
    struct host *h;

    return usage_dialog(check_usage(L, 1, &h, &call));
}

static int p_call_id(lua_State *L)
{
    push_slice(L, dialog_call_id(dialog(L)));
    return 1;
}

static int p_local_tag(lua_State *L)
{
    push_slice(L, dialog_local_tag(dialog(L)));
    return 1;
}

static int p_remote_tag(lua_State *L)
{
    push_slice(L, dialog_remote_tag(dialog(L)));
    return 1;
}

static int p_remote_target(lua_State *L)
{
    push_slice(L, dialog_remote_target(dialog(L)));
    return 1;
}

static int s_delegate(lua_State *L)
{
    return delegate_set(L, usage_delegate_names, false);
}

static const struct lproperty properties[] = {
    { "call_id", p_call_id, NULL },
    { "local_tag", p_local_tag, NULL },
    { "remote_tag", p_remote_tag, NULL },
    { "remote_target", p_remote_target, NULL },
    { "delegate", delegate_get, s_delegate },
    { NULL, NULL, NULL },
};

const struct lclass class_usage = { "Usage", NULL, NULL, properties, NULL };
