/* SPDX-License-Identifier: MIT */
/* IncomingRequest: one userdata for each request that a script has seen. */
#include <string.h>

#include "base/err.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/expect.h"
#include "script/lerror.h"
#include "script/loptions.h"

enum { DELEGATE = 1 };

static struct lincoming *check_self(lua_State *L)
{
    struct lincoming *p = lclass_check(L, 1, &class_incoming);

    if (!p->in) /* finalized before the __gc that asks */
        luaL_error(L, "this request is gone");
    return p;
}

static struct incoming *check(lua_State *L)
{
    return check_self(L)->in;
}

/* ---- its CANCEL ---- */

static bool push_delegate(lua_State *L, void *owner, struct entry *e)
{
    struct lincoming *p = owner;
    int top = lua_gettop(L);

    if (p->anchor == LUA_NOREF)
        return false;
    anchor_push(L, p->anchor);
    if (lua_getiuservalue(L, -1, DELEGATE) == LUA_TTABLE &&
        lua_getfield(L, -1, "on_cancel") == LUA_TFUNCTION) {
        lua_replace(L, top + 1);
        lua_settop(L, top + 1);
        push_incoming(L, p->host, e->in);
        return true;
    }
    lua_settop(L, top);
    return false;
}

static void push_entry(lua_State *L, void *owner, struct entry *e, int self)
{
    struct lincoming *p = owner;

    (void)self;
    push_incoming(L, p->host, e->in);
}

static void drop_if_over(struct lincoming *p)
{
    if (!p->box.pending && (!p->in || !incoming_open(p->in)))
        anchor_drop(p->host, &p->anchor);
}

static void settle(void *owner, struct entry *e, bool seen)
{
    struct lincoming *p = owner;

    (void)seen;
    incoming_settle(e->in);
    drop_if_over(p);
}

static void delegate_failed(void *owner, const char *text)
{
    struct lincoming *p = owner;

    host_report(p->host, text);
}

static struct slice call_id(void *owner)
{
    struct lincoming *p = owner;

    return incoming_message(p->in)->w.call_id;
}

static const struct inbox_ops inbox_ops = {
    .delegate = push_delegate,
    .push = push_entry,
    .settle = settle,
    .failed = delegate_failed,
    .call_id = call_id,
};

static void on_cancelled(void *arg, struct incoming *in,
                         struct incoming *cancel)
{
    struct lincoming *p = arg;

    (void)in;
    p->told = true;
    inbox_put(&p->box, entry_request(cancel));
}

static void on_gone(void *arg, struct incoming *in)
{
    struct lincoming *p = arg;

    /* The 487 of a CANCEL goes out before the CANCEL is told. */
    if (incoming_was_cancelled(in) && !p->told)
        return;
    if (!p->box.pending)
        anchor_drop(p->host, &p->anchor);
}

static const struct incoming_ops ops = { .cancelled = on_cancelled,
                                         .gone = on_gone };

void push_incoming(lua_State *L, struct host *h, struct incoming *in)
{
    struct lincoming *p = incoming_arg(in);

    if (p && p->anchor != LUA_NOREF) {
        anchor_push(L, p->anchor);
        return;
    }
    p = lclass_new(L, &class_incoming, sizeof(*p), 1);
    p->host = h;
    p->anchor = LUA_NOREF;
    inbox_init(&p->box, h, &inbox_ops, p);
    p->in = incoming_ref(in);
    if (!incoming_open(in))
        return; /* nothing more can come: any number of views will do */
    incoming_set_ops(in, &ops, p);
    p->anchor = anchor_add(L, -1);
}

static int m_gc(lua_State *L)
{
    struct lincoming *p = lua_touserdata(L, 1);

    if (!p->in)
        return 0;
    if (incoming_arg(p->in) == p)
        incoming_set_ops(p->in, NULL, NULL);
    inbox_fini(&p->box);
    call_unref(p->call);
    p->call = NULL;
    incoming_unref(p->in);
    p->in = NULL;
    return 0;
}

/* ---- answering ---- */

void answer_failed(struct entry *e)
{
    static const struct response_options plain = { .force = false };

    if (e->failed && !incoming_final(e->in))
        incoming_reply(e->in, 500, &plain);
}

static void check_reliable(lua_State *L, const struct incoming *in, int status,
                           const struct response_options *o)
{
    if (o->reliable == RELIABLE_REQUIRED)
        loptions_raise(L, "option \"reliable\" of an answer is true or false");
    if (o->reliable == RELIABLE_YES && (status <= 100 || status >= 200 ||
                                        incoming_method(in) != METHOD_INVITE))
        loptions_raise(L, "option \"reliable\" is for a 101 to 199 to INVITE");
}

/* A PRACK may come while the script does not look: its session keeps it. */
static void keep_session(lua_State *L, struct lincoming *p)
{
    struct session *s = incoming_session(p->in);

    if (!s || !session_awaits_prack(s))
        return;
    push_session(L, p->host, s, p->call);
    lua_pop(L, 1);
}

static int answer(lua_State *L, int status, int options_idx)
{
    struct incoming *in = check(L);
    struct args_store store;
    struct response_options o;
    int err;

    host_refuse_in_where(L);
    luaL_argcheck(L, status >= 100 && status <= 699, 2,
                  "a status is 100 to 699");
    args_response(L, options_idx, &o, &store);
    check_reliable(L, in, status, &o);
    host_refresh(host_of(L));
    err = incoming_reply(in, status, &o);
    args_raise(L, &store);
    if (err == ERR_STATE && incoming_was_cancelled(in))
        return lerror_return(L, "cancelled", "the request was cancelled");
    if (err == ERR_STATE) {
        struct slice method = incoming_message(in)->w.method_name;

        return lerror_return(L, "state",
                             "%.*s has had its final answer, or takes none",
                             (int)method.n, method.p);
    }
    if (err)
        return lerror_return_err(L, err, "answer");
    keep_session(L, check_self(L));
    lua_settop(L, 1);
    return 1;
}

static int m_trying(lua_State *L)
{
    return answer(L, 100, 2);
}

static int m_progress(lua_State *L)
{
    lua_Integer status = luaL_optinteger(L, 2, 180);

    luaL_argcheck(L, status > 100 && status < 200, 2, "101 to 199");
    return answer(L, (int)status, 3);
}

/* For an INVITE the Session is what the script goes on with. */
static int m_accept(lua_State *L)
{
    int n = answer(L, 200, 2);
    struct lincoming *p = lua_touserdata(L, 1);

    if (n == 1 && incoming_method(p->in) == METHOD_INVITE &&
        incoming_session(p->in))
        push_session(L, p->host, incoming_session(p->in), p->call);
    return n;
}

static int m_reject(lua_State *L)
{
    lua_Integer status = luaL_optinteger(L, 2, 480);

    luaL_argcheck(L, status >= 300 && status <= 699, 2, "300 to 699");
    return answer(L, (int)status, 3);
}

static int m_reply(lua_State *L)
{
    return answer(L, (int)luaL_checkinteger(L, 2), 3);
}

/* redirect(contacts, options): a URI or a list of them. */
static int m_redirect(lua_State *L)
{
    struct incoming *in = check(L);
    struct args_store store;
    struct response_options o;
    int err;

    host_refuse_in_where(L);
    luaL_checkany(L, 2);
    host_refresh(host_of(L));
    args_response(L, 3, &o, &store);
    lua_settop(L, 3);
    lua_newtable(L);
    if (lua_istable(L, 2)) {
        for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; i++)
            lua_seti(L, 4, i);
        lua_settop(L, 4);
    } else {
        lua_pushvalue(L, 2);
        lua_seti(L, 4, 1);
    }
    for (lua_Integer i = 1; lua_geti(L, 4, i) != LUA_TNIL; i++) {
        luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2,
                      "a URI or a list of them");
        luaL_argcheck(L, o.line_count < ARGS_LINES, 2, "too many contacts");
        lua_pushfstring(L,
                        strchr(lua_tostring(L, -1), '<') ? "Contact: %s"
                                                         : "Contact: <%s>",
                        lua_tostring(L, -1));
        store.lines[o.line_count++] = args_slice(L, -1);
        luaL_checkstack(L, 4, NULL);
    }
    o.lines = store.lines;
    err = incoming_reply(in, 302, &o);
    args_raise(L, &store);
    if (err)
        return lerror_return_err(L, err, "redirect");
    lua_settop(L, 1);
    return 1;
}

static int m_expect(lua_State *L)
{
    return expect_call(L, &check_self(L)->box);
}

/* ---- members ---- */

static int p_message(lua_State *L)
{
    push_message(L, incoming_message(check(L)));
    return 1;
}

static int p_method(lua_State *L)
{
    push_slice(L, incoming_message(check(L))->w.method_name);
    return 1;
}

static int p_session(lua_State *L)
{
    struct lincoming *p = check_self(L);
    struct session *s = incoming_session(p->in);

    if (s)
        push_session(L, p->host, s, p->call);
    else
        lua_pushnil(L);
    return 1;
}

static int p_remote(lua_State *L)
{
    char text[ADDR_TEXT];

    lua_pushlstring(L, text,
                    addr_text(&incoming_message(check(L))->peer, text));
    return 1;
}

static int p_status(lua_State *L)
{
    int status = incoming_status(check(L));

    if (status)
        lua_pushinteger(L, status);
    else
        lua_pushnil(L);
    return 1;
}

static int p_cancelled(lua_State *L)
{
    lua_pushboolean(L, incoming_was_cancelled(check(L)));
    return 1;
}

static int p_delegate(lua_State *L)
{
    check(L);
    lua_getiuservalue(L, 1, DELEGATE);
    return 1;
}

static int s_delegate(lua_State *L)
{
    static const char *const names[] = { "on_cancel", NULL };

    check(L);
    if (!lua_isnil(L, 3))
        check_delegate(L, 3, names, true);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 1, DELEGATE);
    return 0;
}

static int m_tostring(lua_State *L)
{
    struct incoming *in = check(L);
    char line[128];
    size_t n = message_headline(incoming_message(in), line, sizeof(line));

    lua_pushlstring(L, line, n);
    if (incoming_status(in))
        lua_pushfstring(L, "IncomingRequest (%s, answered %d)",
                        lua_tostring(L, -1), incoming_status(in));
    else
        lua_pushfstring(L, "IncomingRequest (%s)", lua_tostring(L, -1));
    return 1;
}

static const luaL_Reg methods[] = {
    { "trying", m_trying }, { "progress", m_progress },
    { "accept", m_accept }, { "redirect", m_redirect },
    { "reject", m_reject }, { "reply", m_reply },
    { "expect", m_expect }, { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "message", p_message, NULL },         { "method", p_method, NULL },
    { "session", p_session, NULL },         { "remote", p_remote, NULL },
    { "status", p_status, NULL },           { "cancelled", p_cancelled, NULL },
    { "delegate", p_delegate, s_delegate }, { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", m_gc },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_incoming = { "IncomingRequest", NULL, methods,
                                       properties, metamethods };

void bind_incoming(lua_State *L)
{
    lclass_register(L, &class_incoming);
}
