/* SPDX-License-Identifier: MIT */
/* Session: a call's dialog as the script holds it. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "dialog/dialog.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/expect.h"
#include "script/lerror.h"
#include "script/sending.h"

struct lsession *check_session(lua_State *L, int idx)
{
    struct lsession *p = lclass_check(L, idx, &class_session);

    if (!p->s) /* finalized before the __gc that asks */
        luaL_error(L, "this session is gone");
    return p;
}

static struct lsession *check(lua_State *L)
{
    return check_session(L, 1);
}

static bool push_delegate(lua_State *L, void *owner, struct entry *e)
{
    struct lsession *p = owner;
    char name[DELEGATE_NAME];

    if (p->anchor == LUA_NOREF || p->silent)
        return false;
    if (e->note)
        snprintf(name, sizeof(name), "%s", e->note);
    else
        delegate_of_method(incoming_message(e->in)->w.method_name, name);
    anchor_push(L, p->anchor);
    if (!delegate_push(
            L, name, e->note || !strcmp(name, "on_ack") ? NULL : "on_request"))
        return false;
    if (e->note)
        lua_pushstring(L, e->cause);
    else
        push_incoming(L, p->host, e->in);
    return true;
}

static void push_entry(lua_State *L, void *owner, struct entry *e, int self)
{
    struct lsession *p = owner;

    (void)self;
    push_incoming(L, p->host, e->in);
}

static void drop_if_over(struct lsession *p)
{
    if (!p->box.pending && p->ended)
        anchor_drop(p->host, &p->anchor);
}

static void settle(void *owner, struct entry *e, bool seen)
{
    struct lsession *p = owner;

    if (!e->note)
        settle_incoming(e, seen);
    drop_if_over(p);
}

static void delegate_failed(void *owner, const char *text)
{
    struct lsession *p = owner;

    report_failure(p->host, p->call, text);
}

static struct slice call_id(void *owner)
{
    struct lsession *p = owner;

    return dialog_call_id(session_dialog(p->s));
}

static const struct inbox_ops inbox_ops = {
    .delegate = push_delegate,
    .push = push_entry,
    .settle = settle,
    .failed = delegate_failed,
    .noted = expect_noted,
    .call_id = call_id,
};

static void on_incoming(void *arg, struct session *s, struct incoming *in)
{
    struct lsession *p = arg;

    (void)s;
    inbox_put(&p->box, entry_request(in));
}

static void over(struct lsession *p)
{
    p->ended = true;
    drop_if_over(p);
}

static void on_ended(void *arg, struct session *s, const char *cause)
{
    struct lsession *p = arg;

    (void)s;
    p->box.ended = true;
    if (p->anchor != LUA_NOREF)
        inbox_put(&p->box, entry_note("on_end", 0, cause));
    over(p);
}

static void on_disposed(void *arg, struct session *s)
{
    struct lsession *p = arg;

    (void)s;
    p->silent = p->box.disposed = true;
    inbox_wake_all(&p->box, WAIT_CANCELLED);
    over(p);
}

static const struct session_ops ops = {
    .incoming = on_incoming,
    .ended = on_ended,
    .disposed = on_disposed,
};

void push_session(lua_State *L, struct host *h, struct session *s,
                  struct lcall *call)
{
    struct lsession *p = session_arg(s);

    if (p && p->anchor != LUA_NOREF) {
        anchor_push(L, p->anchor);
        return;
    }
    if (view_push(L, s))
        return;
    p = lclass_new(L, &class_session, sizeof(*p), 1);
    view_add(L, s);
    p->host = h;
    p->anchor = LUA_NOREF;
    p->call = call_ref(call);
    inbox_init(&p->box, h, &inbox_ops, p);
    p->s = session_ref(s);
    p->ended = p->box.ended = session_state(s) == SESSION_ENDED;
    if (p->ended)
        return;
    session_set_ops(s, &ops, p);
    p->anchor = anchor_add(L, -1);
}

static int m_gc(lua_State *L)
{
    struct lsession *p = lua_touserdata(L, 1);

    if (!p->s)
        return 0;
    if (session_arg(p->s) == p)
        session_set_ops(p->s, NULL, NULL);
    inbox_fini(&p->box);
    session_unref(p->s);
    p->s = NULL;
    call_unref(p->call);
    p->call = NULL;
    return 0;
}

static int m_ack(lua_State *L)
{
    struct lsession *p = check(L);
    struct args_store store;
    struct request_options o;
    int err;

    host_refuse_in_where(L);
    host_refresh(host_of(L));
    args_ack(L, 2, &o, &store);
    err = session_ack(p->s, &o);
    args_raise(L, &store);
    if (err)
        return lerror_return_err(L, err, "ack");
    lua_pushboolean(L, true);
    return 1;
}

static int m_expect(lua_State *L)
{
    return expect_call(L, &check(L)->box);
}

static int m_dispose(lua_State *L)
{
    struct lsession *p = check(L);

    host_refuse_in_where(L);
    p->silent = true;
    session_dispose(p->s);
    return 0;
}

static int m_tostring(lua_State *L)
{
    struct lsession *p = check(L);

    push_slice(L, dialog_call_id(session_dialog(p->s)));
    lua_pushfstring(L, "Session (%s, %s, Call-ID %s)",
                    session_is_uac(p->s) ? "caller" : "callee",
                    session_state_name(session_state(p->s)),
                    lua_tostring(L, -1));
    return 1;
}

static const luaL_Reg methods[] = {
    { "bye", send_bye },       { "info", send_info },
    { "invite", send_invite }, { "message", send_message },
    { "notify", send_notify }, { "options", send_options },
    { "prack", send_prack },   { "refer", send_refer },
    { "request", send_any },   { "update", send_update },
    { "ack", m_ack },          { "expect", m_expect },
    { "dispose", m_dispose },  { NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", m_gc },
    { "__close", m_dispose },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_session = { "Session", &class_usage, methods,
                                      session_properties, metamethods };

void bind_session(lua_State *L)
{
    lclass_register(L, &class_session);
}
