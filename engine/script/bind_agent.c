/* SPDX-License-Identifier: MIT */
/* UserAgent: requests outside of dialogs, and what comes for it. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "loop/loop.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/expect.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/sending.h"

static const char *const delegate_names[] = {
    "on_invite",    "on_ack",     "on_bye",     "on_cancel",
    "on_info",      "on_message", "on_notify",  "on_options",
    "on_prack",     "on_publish", "on_refer",   "on_register",
    "on_subscribe", "on_update",  "on_request", NULL,
};

struct lagent *check_agent(lua_State *L, int idx)
{
    struct lagent *a = lclass_check(L, idx, &class_agent);

    if (!a->ua)
        luaL_error(L, "this agent is closed");
    return a;
}

/* ---- what comes ---- */

static bool find_delegate(lua_State *L, struct slice method)
{
    char name[DELEGATE_NAME];

    delegate_of_method(method, name);
    if (lua_getfield(L, -1, name) == LUA_TFUNCTION)
        return true;
    lua_pop(L, 1);
    return lua_getfield(L, -1, "on_request") == LUA_TFUNCTION;
}

static bool push_delegate(lua_State *L, void *owner, struct entry *e)
{
    struct lagent *a = owner;
    int top = lua_gettop(L);

    if (a->anchor == LUA_NOREF)
        return false;
    anchor_push(L, a->anchor);
    if (lua_getiuservalue(L, -1, DELEGATE_VALUE) == LUA_TTABLE &&
        find_delegate(L, incoming_message(e->in)->w.method_name)) {
        lua_replace(L, top + 1);
        lua_settop(L, top + 1);
        push_incoming(L, a->host, e->in);
        return true;
    }
    lua_settop(L, top);
    return false;
}

static void push_entry(lua_State *L, void *owner, struct entry *e, int self)
{
    struct lagent *a = owner;

    (void)self;
    push_incoming(L, a->host, e->in);
}

static void settle(void *owner, struct entry *e, bool seen)
{
    (void)owner;
    answer_failed(e);
    if (seen)
        incoming_settle(e->in);
    else
        incoming_hold(e->in);
}

static const struct inbox_ops inbox_ops = {
    .delegate = push_delegate,
    .push = push_entry,
    .settle = settle,
};

static void on_incoming(void *arg, struct ua *ua, struct incoming *in)
{
    struct lagent *a = arg;

    (void)ua;
    if (a->serve)
        a->serve(a->serve_arg, a, in);
    else
        inbox_put(&a->box, entry_request(in));
}

static const struct ua_ops ops = { .incoming = on_incoming,
                                   .edit = agent_run_edit,
                                   .challenged = auth_hook_of_agent };

/* ---- making and closing ---- */

static const char *const agent_known[] = {
    "uri",      "display_name", "username", "password", "proxy", "listen",
    "contact",  "user_agent",   "timers",   "auto",     "hold",  "shared",
    "delegate", "peer",         "auth",     "min_se",   NULL,
};

static void read_options(lua_State *L, struct ua_options *o)
{
    *o = (struct ua_options){
        .uri = loptions_string(L, 1, "uri"),
        .display_name = loptions_string(L, 1, "display_name"),
        .username = loptions_string(L, 1, "username"),
        .password = loptions_string(L, 1, "password"),
        .proxy = loptions_string(L, 1, "proxy"),
        .listen = loptions_string(L, 1, "listen"),
        .contact = loptions_string(L, 1, "contact"),
        .user_agent = loptions_string(L, 1, "user_agent"),
        .timing = args_timing(L, 1),
        .automatic = args_automatic(L, 1, AUTO_USUAL),
        .min_se = (uint32_t)loptions_int(L, 1, "min_se", 1, UINT32_MAX, 0),
        .hold = loptions_seconds(L, 1, "hold", 2 * LOOP_SECOND),
        .private_socket = !loptions_bool(L, 1, "shared", false),
    };
}

/* auth = { hook =, retries = }; pushes the hook, or nil. */
static unsigned read_auth(lua_State *L)
{
    static const char *const known[] = { "hook", "retries", NULL };
    struct request_options o = { 0 };
    struct args_store store = { .hook = 0 };

    loptions_table(L, 1, "auth", known, false);
    args_auth(L, 1, &o, &store);
    if (store.hook)
        lua_pushvalue(L, store.hook);
    else
        lua_pushnil(L);
    lua_replace(L, 2);
    lua_settop(L, 2);
    return o.auth_retries;
}

static int new_agent(lua_State *L)
{
    struct ua_options o;
    struct lagent *a;
    char why[160];
    bool peer;
    int err;

    lua_settop(L, 1);
    if (lua_isnil(L, 1)) {
        lua_newtable(L);
        lua_replace(L, 1);
    }
    loptions_check(L, 1, agent_known, false);
    read_options(L, &o);
    peer = loptions_bool(L, 1, "peer", false);
    lua_settop(L, 2);
    o.auth_retries = read_auth(L);
    a = lclass_new(L, &class_agent, sizeof(*a), AGENT_VALUES);
    lua_insert(L, 2); /* options, agent, hook */
    lua_setiuservalue(L, 2, AGENT_AUTH_HOOK);
    a->host = host_of(L);
    a->anchor = LUA_NOREF;
    inbox_init(&a->box, a->host, &inbox_ops, a);
    if (lua_getfield(L, 1, "delegate") != LUA_TNIL) {
        if (!lua_istable(L, -1))
            loptions_raise(L, "option \"delegate\" must be a table, got %s",
                           luaL_typename(L, -1));
        check_delegate(L, -1, delegate_names, false);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, 2, DELEGATE_VALUE);
    }
    lua_settop(L, 2);
    err = ua_new(&a->ua, host_engine(L, peer), &o, &ops, a, why);
    if (err)
        return lerror_return(L, err_name(err), "%s", why);
    a->anchor = anchor_add(L, 2);
    return 1;
}

static void close_agent(struct lagent *a)
{
    struct ua *ua = a->ua;

    if (!ua)
        return;
    agent_drop_faults(a);
    a->ua = NULL;
    ua_close(ua);
    inbox_fini(&a->box);
    anchor_drop(a->host, &a->anchor);
}

static int m_close(lua_State *L)
{
    host_refuse_in_where(L);
    close_agent(lclass_check(L, 1, &class_agent));
    for (int i = 1; i <= AGENT_VALUES; i++) {
        lua_pushnil(L); /* what its functions hold may be collected */
        lua_setiuservalue(L, 1, i);
    }
    return 0;
}

static int m_gc(lua_State *L)
{
    close_agent(lua_touserdata(L, 1));
    return 0;
}

static int m_expect(lua_State *L)
{
    return expect_call(L, &check_agent(L, 1)->box);
}

/* ---- members ---- */

static int p_address(lua_State *L)
{
    char text[ADDR_TEXT];

    lua_pushlstring(L, text,
                    addr_text(ua_address(check_agent(L, 1)->ua), text));
    return 1;
}

static int p_contact(lua_State *L)
{
    push_slice(L, ua_contact(check_agent(L, 1)->ua));
    return 1;
}

static int p_uri(lua_State *L)
{
    push_slice(L, ua_uri(check_agent(L, 1)->ua));
    return 1;
}

/* A list of Route values, or nil. */
static int p_service_route(lua_State *L)
{
    struct slice lines = ua_service_route(check_agent(L, 1)->ua);

    if (lines.n)
        push_header_values(L, lines, SLICE("Route"));
    else
        lua_pushnil(L);
    return 1;
}

static int s_service_route(lua_State *L)
{
    struct lagent *a = check_agent(L, 1);
    struct slice routes[ARGS_LINES];
    size_t n = 0;

    if (!lua_isnil(L, 3)) {
        lua_newtable(L);
        lua_pushvalue(L, 3);
        lua_setfield(L, -2, "service_route");
        n = args_lines(L, lua_gettop(L), "service_route", routes, ARGS_LINES);
    }
    ua_set_service_route(a->ua, routes, n);
    return 0;
}

static int p_closed(lua_State *L)
{
    struct lagent *a = lclass_check(L, 1, &class_agent);

    lua_pushboolean(L, a->ua == NULL);
    return 1;
}

/* How many requests the mailbox has dropped because it was full. */
static int p_lost(lua_State *L)
{
    struct lagent *a = lclass_check(L, 1, &class_agent);

    lua_pushinteger(L, (lua_Integer)a->box.lost);
    return 1;
}

static int s_delegate(lua_State *L)
{
    check_agent(L, 1);
    return delegate_set(L, delegate_names, false);
}

static int m_tostring(lua_State *L)
{
    struct lagent *a = lclass_check(L, 1, &class_agent);
    char text[ADDR_TEXT];

    if (!a->ua) {
        lua_pushliteral(L, "UserAgent (closed)");
        return 1;
    }
    addr_text(ua_address(a->ua), text);
    push_slice(L, ua_uri(a->ua));
    lua_pushfstring(L, "UserAgent (%s on %s)", lua_tostring(L, -1), text);
    return 1;
}

static const luaL_Reg methods[] = {
    { "invite", send_invite },
    { "info", send_info },
    { "message", send_message },
    { "notify", send_notify },
    { "options", send_options },
    { "publish", send_publish },
    { "refer", send_refer },
    { "register", send_register },
    { "request", send_any },
    { "subscribe", send_subscribe },
    { "expect", m_expect },
    { "send", agent_send },
    { "faults", agent_faults },
    { "close", m_close },
    { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "address", p_address, NULL },
    { "contact", p_contact, NULL },
    { "uri", p_uri, NULL },
    { "closed", p_closed, NULL },
    { "lost", p_lost, NULL },
    { "service_route", p_service_route, s_service_route },
    { "delegate", delegate_get, s_delegate },
    { "edit", agent_get_edit, agent_set_edit },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", m_gc },
    { "__close", m_close },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_agent = { "UserAgent", NULL, methods, properties,
                                    metamethods };

void bind_agent(lua_State *L)
{
    lclass_register(L, &class_agent);
    lua_pushcfunction(L, new_agent);
    lua_setfield(L, -2, "agent");
}
