/* SPDX-License-Identifier: MIT */
/*
 * The methods that send requests. One function serves all who can send: with an
 * agent, or a load call's agent, the target comes first; on a dialog there is
 * none.
 */
#include "script/sending.h"

#include <string.h>

#include "base/err.h"
#include "dialog/dialog.h"
#include "script/args.h"
#include "script/lcall.h"
#include "script/loptions.h"
#include "wire/addr_spec.h"

static void of_agent(lua_State *L, struct send_args *a)
{
    a->agent = check_agent(L, 1);
    a->host = a->agent->host;
}

static void of_call(lua_State *L, struct send_args *a)
{
    a->call = check_call(L, 1);
    a->agent = a->call->load->agent;
    if (!a->agent->ua)
        luaL_error(L, "the run's agent is closed");
    a->host = a->agent->host;
    a->intended = call_intended(a->call);
}

/* What is sent in the session of a call belongs to that call. */
static void of_usage(lua_State *L, struct send_args *a)
{
    struct lcall *call;

    a->usage = check_usage(L, 1, &a->host, &call);
    a->call = call && !call_over(call) ? call : NULL;
}

/* The sender at 1; the target at *next, if there is one. */
static void read_sender(lua_State *L, struct send_args *a, int *next)
{
    if (lclass_test(L, 1, &class_usage))
        of_usage(L, a);
    else if (lclass_test(L, 1, &class_call))
        of_call(L, a);
    else
        of_agent(L, a);
    if (a->agent)
        a->target = args_uri(L, (*next)++);
}

static int send_kind(lua_State *L, const struct request_kind *kind)
{
    struct send_args a = { .kind = kind };
    int next = 2;

    read_sender(L, &a, &next);
    a.options_idx = next;
    return send_request(L, &a);
}

int send_bye(lua_State *L)
{
    return send_kind(L, &kind_bye);
}

int send_info(lua_State *L)
{
    return send_kind(L, &kind_info);
}

int send_invite(lua_State *L)
{
    return send_kind(L, &kind_invite);
}

int send_message(lua_State *L)
{
    return send_kind(L, &kind_message);
}

int send_notify(lua_State *L)
{
    return send_kind(L, &kind_notify);
}

int send_prack(lua_State *L)
{
    return send_kind(L, &kind_prack);
}

int send_publish(lua_State *L)
{
    return send_kind(L, &kind_publish);
}

int send_subscribe(lua_State *L)
{
    return send_kind(L, &kind_subscribe);
}

int send_unsubscribe(lua_State *L)
{
    struct send_args a = { .kind = &kind_subscribe,
                           .expires = SLICE("0"),
                           .options_idx = 2 };

    of_usage(L, &a);
    return send_request(L, &a);
}

int send_update(lua_State *L)
{
    return send_kind(L, &kind_update);
}

int send_options(lua_State *L)
{
    struct send_args a = { .kind = &kind_request, .method = SLICE("OPTIONS") };
    int next = 2;

    read_sender(L, &a, &next);
    a.options_idx = next;
    return send_request(L, &a);
}

int send_any(lua_State *L)
{
    struct slice method = args_slice(L, 2);
    struct send_args a = { .kind = request_kind_of(method), .method = method };
    int next = 3;

    read_sender(L, &a, &next);
    a.options_idx = next;
    return send_request(L, &a);
}

/* The registrar is the domain of whose address is registered (10.2), with its
 * scheme: of `to` or `from` where the options give one. Pushes the URI. */
static void push_registrar(lua_State *L, struct lagent *a, int options_idx)
{
    static const char *const from_where[] = { "registrar", "to", "from" };
    struct slice text = ua_uri(a->ua);
    struct wire_name_addr na;
    struct wire_uri u;
    bool own = false;

    for (size_t i = 0; i < 3; i++) {
        struct slice given = loptions_string(L, options_idx, from_where[i]);

        if (slice_present(given)) {
            text = given;
            own = i == 0;
            break;
        }
    }
    if (slice_find(text, '<') < text.n &&
        wire_name_addr_split(text, &na) == ERR_NONE)
        text = na.uri;
    if (wire_uri_split(text, &u) != ERR_NONE || !u.host.n)
        luaL_error(L, "register: no domain in \"%s\"", text.p);
    lua_pushlstring(L, u.host.p, u.host.n);
    if (slice_find(u.host, ':') < u.host.n)
        lua_pushfstring(L, "[%s]", lua_tostring(L, -1));
    lua_pushfstring(L, "%s:%s", u.secure ? "sips" : "sip", lua_tostring(L, -1));
    if (u.port)
        lua_pushfstring(L, "%s:%d", lua_tostring(L, -1), (int)u.port);
    if (own) { /* its parameters are meant: transport and the like */
        lua_pushlstring(L, u.params.p, u.params.n);
        lua_concat(L, 2);
    }
}

int send_register(lua_State *L)
{
    struct send_args a = { .kind = &kind_register, .options_idx = 3 };

    lua_settop(L, 3);
    for (int i = 2; i <= 3; i++) { /* here they stand as the caller counts */
        if (!lua_isnil(L, i))
            luaL_checktype(L, i, LUA_TTABLE);
    }
    if (lclass_test(L, 1, &class_call))
        of_call(L, &a);
    else
        of_agent(L, &a);
    push_registrar(L, a.agent, 2);
    lua_insert(L, 2);
    lua_settop(L, 4); /* sender, URI, options, delegate */
    a.target = args_slice(L, 2);
    return send_request(L, &a);
}

/* ---- REFER ---- */

/* What may not stand in the value of a URI's header as it is (25.1). */
static void add_escaped(luaL_Buffer *b, struct slice s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-_.!~*'()";
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c && strchr(plain, c)) {
            luaL_addchar(b, (char)c);
            continue;
        }
        luaL_addchar(b, '%');
        luaL_addchar(b, digits[c >> 4]);
        luaL_addchar(b, digits[c & 15]);
    }
}

static void add_slice(luaL_Buffer *b, struct slice s)
{
    luaL_addlstring(b, s.p, s.n);
}

/* Our partner in that session, to whom the INVITE will go, knows his own tag as
 * the to-tag and ours as the from-tag (RFC 3891 3). */
static void push_replacing(lua_State *L, const struct dialog *d)
{
    struct slice target = dialog_remote_target(d);
    luaL_Buffer b;

    luaL_buffinit(L, &b);
    luaL_addchar(&b, '<');
    add_slice(&b, target);
    luaL_addchar(&b, slice_find(target, '?') < target.n ? '&' : '?');
    luaL_addstring(&b, "Replaces=");
    add_escaped(&b, dialog_call_id(d));
    add_escaped(&b, SLICE(";to-tag="));
    add_escaped(&b, dialog_remote_tag(d));
    add_escaped(&b, SLICE(";from-tag="));
    add_escaped(&b, dialog_local_tag(d));
    luaL_addchar(&b, '>');
    luaL_pushresult(&b);
}

/* Pushes the value of Refer-To from the argument at idx. */
static struct slice push_refer_to(lua_State *L, int idx)
{
    struct slice text;

    if (lclass_test(L, idx, &class_session)) {
        push_replacing(L, session_dialog(check_session(L, idx)->s));
        return args_slice(L, -1);
    }
    text = args_slice(L, idx);
    if (slice_find(text, '<') < text.n)
        lua_pushvalue(L, idx);
    else
        lua_pushfstring(L, "<%s>", text.p);
    return args_slice(L, -1);
}

int send_refer(lua_State *L)
{
    struct send_args a = { .kind = &kind_refer };
    int next = 2;

    lua_settop(L, 5);
    read_sender(L, &a, &next);
    a.refer_to = push_refer_to(L, next);
    lua_replace(L, next); /* which keeps it */
    a.options_idx = next + 1;
    return send_request(L, &a);
}
