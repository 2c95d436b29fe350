/* SPDX-License-Identifier: MIT */
/* IncomingRequest: answers, and what is known of it. */
#include <string.h>

#include "agent/auto.h"
#include "base/err.h"
#include "script/args.h"
#include "script/expect.h"
#include "script/lerror.h"
#include "script/lincoming.h"
#include "script/loptions.h"

struct lincoming *check_incoming(lua_State *L)
{
    struct lincoming *p = lclass_check(L, 1, &class_incoming);

    if (!p->in) /* finalized before the __gc that asks */
        luaL_error(L, "this request is gone");
    return p;
}

static struct incoming *check(lua_State *L)
{
    return check_incoming(L)->in;
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

int incoming_answer(lua_State *L, int status, const struct response_options *o,
                    const struct args_store *store)
{
    struct incoming *in = check(L);
    struct slice method;
    int err;

    check_reliable(L, in, status, o);
    host_refresh(host_of(L));
    err = incoming_reply(in, status, o);
    args_raise(L, store);
    if (err == ERR_STATE && incoming_was_cancelled(in))
        return lerror_return(L, "cancelled", "the request was cancelled");
    if (err == ERR_STATE) {
        method = incoming_message(in)->w.method_name;
        return lerror_return(L, "state",
                             "%.*s has had its final answer, or takes none",
                             (int)method.n, method.p);
    }
    if (err)
        return lerror_return_err(L, err, "answer");
    keep_session(L, check_incoming(L));
    lua_settop(L, 1);
    return 1;
}

static int answer(lua_State *L, lua_Integer status, int options_idx)
{
    const struct incoming *in = check(L);
    struct args_store store;
    struct response_options o;

    host_refuse_in_where(L);
    luaL_argcheck(L, status >= 100 && status <= 699, 2,
                  "a status is 100 to 699");
    args_response(L, options_idx, &o, &store);
    args_fit_answer(L, options_idx, incoming_message(in)->w.method_name);
    return incoming_answer(L, (int)status, &o, &store);
}

static int m_trying(lua_State *L)
{
    return answer(L, 100, 2);
}

static int m_progress(lua_State *L)
{
    lua_Integer status = luaL_optinteger(L, 2, 180);

    luaL_argcheck(L, status > 100 && status < 200, 2, "101 to 199");
    return answer(L, status, 3);
}

/* The Session or Subscription is what the script goes on with. */
static int m_accept(lua_State *L)
{
    enum method m = incoming_method(check(L));
    int n = answer(L, m == METHOD_REFER ? 202 : 200, 2);
    struct lincoming *p = lua_touserdata(L, 1);

    if (n != 1)
        return n;
    if (m == METHOD_INVITE && incoming_session(p->in))
        push_session(L, p->host, incoming_session(p->in), p->call);
    else if ((m == METHOD_SUBSCRIBE || m == METHOD_REFER) &&
             incoming_subscription(p->in))
        push_subscription(L, p->host, incoming_subscription(p->in), p->call);
    return n;
}

static int m_reject(lua_State *L)
{
    lua_Integer status = luaL_optinteger(L, 2, 480);

    luaL_argcheck(L, status >= 300 && status <= 699, 2, "300 to 699");
    return answer(L, status, 3);
}

static int m_reply(lua_State *L)
{
    return answer(L, luaL_checkinteger(L, 2), 3);
}

void incoming_add_line(lua_State *L, const char *name,
                       struct response_options *o, struct args_store *store)
{
    if (o->line_count == ARGS_LINES)
        luaL_error(L, "too many lines: one more %s has no room", name);
    lua_pushfstring(L, "%s: %s", name, lua_tostring(L, -1));
    lua_replace(L, -2);
    store->lines[o->line_count++] = args_slice(L, -1);
    o->lines = store->lines;
    luaL_checkstack(L, 4, NULL);
}

static void add_contact(lua_State *L, struct response_options *o,
                        struct args_store *store)
{
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 2,
                  "a URI or a list of them");
    luaL_argcheck(L, o->line_count < ARGS_LINES, 2, "too many contacts");
    if (!strchr(lua_tostring(L, -1), '<')) {
        lua_pushfstring(L, "<%s>", lua_tostring(L, -1));
        lua_replace(L, -2);
    }
    incoming_add_line(L, "Contact", o, store);
}

/* redirect(contacts, options): a URI or a list of them. */
static int m_redirect(lua_State *L)
{
    struct args_store store;
    struct response_options o;

    check(L);
    host_refuse_in_where(L);
    luaL_checkany(L, 2);
    lua_settop(L, 3);
    args_response(L, 3, &o, &store);
    if (lua_istable(L, 2)) {
        for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; i++)
            add_contact(L, &o, &store);
    } else {
        lua_pushvalue(L, 2);
        add_contact(L, &o, &store);
    }
    return incoming_answer(L, 302, &o, &store);
}

static int m_expect(lua_State *L)
{
    return expect_call(L, &check_incoming(L)->box);
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

static int push_session_of(lua_State *L,
                           struct session *(*get)(const struct incoming *in))
{
    struct lincoming *p = check_incoming(L);
    struct session *s = get(p->in);

    if (s)
        push_session(L, p->host, s, p->call);
    else
        lua_pushnil(L);
    return 1;
}

static int p_subscription(lua_State *L)
{
    struct lincoming *p = check_incoming(L);
    struct subscription *s = incoming_subscription(p->in);

    if (s)
        push_subscription(L, p->host, s, p->call);
    else
        lua_pushnil(L);
    return 1;
}

static int p_refer_to(lua_State *L)
{
    push_slice(
        L, message_header(incoming_message(check(L)), SLICE("Refer-To"), 0));
    return 1;
}

static int p_session(lua_State *L)
{
    return push_session_of(L, incoming_session);
}

static int p_replaces(lua_State *L)
{
    return push_session_of(L, incoming_replaces);
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

static int s_delegate(lua_State *L)
{
    static const char *const names[] = { "on_cancel", NULL };

    return delegate_set(L, names, true);
}

static int m_tostring(lua_State *L)
{
    struct incoming *in = check(L);
    const char *name = lclass_of(L, 1)->name;
    char line[128];
    size_t n = message_headline(incoming_message(in), line, sizeof(line));

    lua_pushlstring(L, line, n);
    if (incoming_status(in))
        lua_pushfstring(L, "%s (%s, answered %d)", name, lua_tostring(L, -1),
                        incoming_status(in));
    else
        lua_pushfstring(L, "%s (%s)", name, lua_tostring(L, -1));
    return 1;
}

/* auto: every switch by name; setting it changes those that it names. */
static int p_auto(lua_State *L)
{
    uint32_t automatic = incoming_automatic(check(L));

    lua_createtable(L, 0, AUTO_SWITCHES);
    for (int i = 0; i < AUTO_SWITCHES; i++) {
        lua_pushboolean(L, (automatic & auto_bit((enum auto_switch)i)) != 0);
        lua_setfield(L, -2, auto_names[i]);
    }
    return 1;
}

static int s_auto(lua_State *L)
{
    struct incoming *in = check(L);

    luaL_checktype(L, 3, LUA_TTABLE);
    incoming_set_automatic(in, args_switches(L, 3, incoming_automatic(in)));
    return 0;
}

static const luaL_Reg methods[] = {
    { "challenge", incoming_challenge },
    { "verify", incoming_verify },
    { "trying", m_trying },
    { "progress", m_progress },
    { "accept", m_accept },
    { "redirect", m_redirect },
    { "reject", m_reject },
    { "reply", m_reply },
    { "expect", m_expect },
    { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "message", p_message, NULL },
    { "method", p_method, NULL },
    { "session", p_session, NULL },
    { "subscription", p_subscription, NULL },
    { "refer_to", p_refer_to, NULL },
    { "replaces", p_replaces, NULL },
    { "remote", p_remote, NULL },
    { "status", p_status, NULL },
    { "cancelled", p_cancelled, NULL },
    { "delegate", delegate_get, s_delegate },
    { "auto", p_auto, s_auto },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", lincoming_gc },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_incoming = { "IncomingRequest", NULL, methods,
                                       properties, metamethods };

void bind_incoming(lua_State *L)
{
    lincoming_register(L);
}
