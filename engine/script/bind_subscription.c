/* SPDX-License-Identifier: MIT */
/* Subscription: what a SUBSCRIBE or REFER has made, on either side. */
#include "dialog/dialog.h"
#include "loop/loop.h"
#include "script/expect.h"
#include "script/lrequest.h"
#include "script/sending.h"

struct lsubscription *check_subscription(lua_State *L, int idx)
{
    struct lsubscription *p = lclass_check(L, idx, &class_subscription);

    if (!p->s || !p->box->ops) /* finalized before the __gc that asks */
        luaL_error(L, "this subscription is gone");
    return p;
}

static struct lsubscription *check(lua_State *L)
{
    return check_subscription(L, 1);
}

/* ---- methods ---- */

static void want_role(lua_State *L, bool notifier, const char *method)
{
    if (subscription_is_notifier(check(L)->s) != notifier)
        luaL_error(L, "%s is the %s's: this is the %s", method,
                   notifier ? "notifier" : "subscriber",
                   notifier ? "subscriber" : "notifier");
}

static int m_subscribe(lua_State *L)
{
    want_role(L, false, "subscribe");
    return send_subscribe(L);
}

static int m_unsubscribe(lua_State *L)
{
    want_role(L, false, "unsubscribe");
    return send_unsubscribe(L);
}

static int m_notify(lua_State *L)
{
    want_role(L, true, "notify");
    return send_notify(L);
}

static int m_expect(lua_State *L)
{
    struct lsubscription *p = check(L);

    return expect_of(L, p->box, p->s);
}

static int m_dispose(lua_State *L)
{
    host_refuse_in_where(L);
    subscription_dispose(check(L)->s);
    return 0;
}

/* ---- members ---- */

static int p_event(lua_State *L)
{
    push_slice(L, subscription_event(check(L)->s));
    return 1;
}

static int p_id(lua_State *L)
{
    push_slice(L, subscription_id(check(L)->s));
    return 1;
}

static const char *role(const struct lsubscription *p)
{
    return subscription_is_notifier(p->s) ? "notifier" : "subscriber";
}

static int p_role(lua_State *L)
{
    lua_pushstring(L, role(check(L)));
    return 1;
}

static int p_state(lua_State *L)
{
    lua_pushstring(L, subscription_state_name(subscription_state(check(L)->s)));
    return 1;
}

static int p_reason(lua_State *L)
{
    push_slice(L, subscription_reason(check(L)->s));
    return 1;
}

static int p_retry_after(lua_State *L)
{
    int64_t seconds = subscription_retry_after(check(L)->s);

    if (seconds < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, seconds);
    return 1;
}

static int p_expires(lua_State *L)
{
    struct lsubscription *p = check(L);
    int64_t left;

    host_refresh(p->host);
    left = subscription_left(p->s);
    if (left < 0)
        lua_pushnil(L);
    else
        lua_pushnumber(L, (double)left / (double)LOOP_SECOND);
    return 1;
}

static int p_cause(lua_State *L)
{
    push_slice(L, subscription_cause(check(L)->s));
    return 1;
}

static int m_tostring(lua_State *L)
{
    struct lsubscription *p = check(L);

    push_slice(L, subscription_event(p->s));
    push_slice(L, dialog_call_id(subscription_dialog(p->s)));
    lua_pushfstring(L, "Subscription (%s of %s, %s, Call-ID %s)", role(p),
                    lua_tostring(L, -2),
                    subscription_state_name(subscription_state(p->s)),
                    lua_tostring(L, -1));
    return 1;
}

static const luaL_Reg methods[] = {
    { "subscribe", m_subscribe }, { "unsubscribe", m_unsubscribe },
    { "notify", m_notify },       { "refer", send_refer },
    { "request", send_any },      { "expect", m_expect },
    { "dispose", m_dispose },     { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "event", p_event, NULL },     { "id", p_id, NULL },
    { "role", p_role, NULL },       { "state", p_state, NULL },
    { "reason", p_reason, NULL },   { "retry_after", p_retry_after, NULL },
    { "expires", p_expires, NULL }, { "cause", p_cause, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", lsubscription_gc },
    { "__close", m_dispose },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_subscription = { "Subscription", &class_usage,
                                           methods, properties, metamethods };

void bind_subscription(lua_State *L)
{
    lclass_register(L, &class_subscription);
}
