/* SPDX-License-Identifier: MIT */
/*
 * Message: a copy of the bytes inside the userdata. No __gc, no identity: it
 * is made when a script looks, and costs nothing when none does.
 */
#include <string.h>

#include "base/mem.h"
#include "message/message.h"
#include "message/typed.h"
#include "script/args.h"
#include "script/bind.h"

void push_slice(lua_State *L, struct slice s)
{
    if (slice_present(s))
        lua_pushlstring(L, s.p, s.n);
    else
        lua_pushnil(L);
}

void push_message(lua_State *L, const struct message *m)
{
    if (!m) {
        lua_pushnil(L);
        return;
    }
    message_copy(lclass_new(L, &class_message, message_size(m), 0), m);
}

static const struct message *check(lua_State *L)
{
    return lclass_check(L, 1, &class_message);
}

/* Folded lines read as one (RFC 3261 7.3.1). */
static void push_value(lua_State *L, struct slice value)
{
    luaL_Buffer b;
    char *room;

    if (!slice_present(value)) {
        lua_pushnil(L);
        return;
    }
    room = luaL_buffinitsize(L, &b, value.n + 1);
    luaL_pushresultsize(&b, header_unfold(value, room, value.n + 1));
}

static int m_header(lua_State *L)
{
    const struct message *m = check(L);
    struct slice name = args_slice(L, 2);
    struct wire_header h;
    size_t pos = 0;
    int found;

    while ((found = wire_header_next(m->w.headers, &pos, &h)) != 0) {
        if (found == 1 && wire_header_same(h.name, name)) {
            push_value(L, h.value);
            return 1;
        }
    }
    lua_pushnil(L);
    return 1;
}

void push_header_values(lua_State *L, struct slice lines, struct slice name)
{
    struct header_cursor c = { 0, 0, { NULL, 0 } };
    struct slice value;
    lua_Integer n = 0;

    lua_newtable(L);
    while (header_each(lines, name, &c, &value)) {
        push_value(L, value);
        lua_seti(L, -2, ++n);
    }
}

static int m_headers(lua_State *L)
{
    push_header_values(L, check(L)->w.headers, args_slice(L, 2));
    return 1;
}

static int m_bytes(lua_State *L)
{
    push_slice(L, message_bytes(check(L)));
    return 1;
}

static int p_body(lua_State *L)
{
    push_slice(L, check(L)->w.body);
    return 1;
}

static int p_uri(lua_State *L)
{
    push_slice(L, check(L)->w.uri);
    return 1;
}

static int p_status(lua_State *L)
{
    const struct message *m = check(L);

    if (m->w.request)
        lua_pushnil(L);
    else
        lua_pushinteger(L, m->w.status);
    return 1;
}

static int p_reason(lua_State *L)
{
    push_slice(L, check(L)->w.reason);
    return 1;
}

static int p_method(lua_State *L)
{
    push_slice(L, check(L)->w.method_name);
    return 1;
}

static int p_call_id(lua_State *L)
{
    push_slice(L, check(L)->w.call_id);
    return 1;
}

static int p_cseq(lua_State *L)
{
    lua_pushinteger(L, check(L)->w.cseq);
    return 1;
}

static int p_from(lua_State *L)
{
    push_value(L, check(L)->w.from);
    return 1;
}

static int p_to(lua_State *L)
{
    push_value(L, check(L)->w.to);
    return 1;
}

static int p_via(lua_State *L)
{
    push_value(L, check(L)->w.via.value);
    return 1;
}

static int p_from_tag(lua_State *L)
{
    push_slice(L, check(L)->w.from_tag);
    return 1;
}

static int p_to_tag(lua_State *L)
{
    push_slice(L, check(L)->w.to_tag);
    return 1;
}

/* What is wrong: by our scan first, by libosip2 as the second opinion. */
static int p_malformed(lua_State *L)
{
    const struct message *m = check(L);
    const char *text = wire_flaw_text(m->w.flaws);

    if (!text && typed_message(m) != 0)
        text = "refused by libosip2's parser";
    lua_pushstring(L, text);
    return 1;
}

static int p_remote(lua_State *L)
{
    char text[ADDR_TEXT];

    lua_pushlstring(L, text, addr_text(&check(L)->peer, text));
    return 1;
}

static int p_local(lua_State *L)
{
    char text[ADDR_TEXT];

    lua_pushlstring(L, text, addr_text(&check(L)->local, text));
    return 1;
}

static int p_time(lua_State *L)
{
    lua_pushnumber(L, (double)check(L)->at / 1e9);
    return 1;
}

static int m_tostring(lua_State *L)
{
    char line[128];

    lua_pushlstring(L, line, message_headline(check(L), line, sizeof(line)));
    return 1;
}

static const luaL_Reg methods[] = {
    { "header", m_header }, { "headers", m_headers },
    { "bytes", m_bytes },   { "address", typed_address },
    { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "body", p_body, NULL },
    { "uri", p_uri, NULL },
    { "status", p_status, NULL },
    { "reason", p_reason, NULL },
    { "method", p_method, NULL },
    { "call_id", p_call_id, NULL },
    { "cseq", p_cseq, NULL },
    { "from", p_from, NULL },
    { "to", p_to, NULL },
    { "via", p_via, NULL },
    { "from_tag", p_from_tag, NULL },
    { "to_tag", p_to_tag, NULL },
    { "malformed", p_malformed, NULL },
    { "remote", p_remote, NULL },
    { "local_address", p_local, NULL },
    { "time", p_time, NULL },
    { "sdp", typed_sdp_view, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_message = { "Message", NULL, methods, properties,
                                      metamethods };

void bind_message(lua_State *L)
{
    typed_init();
    lclass_register(L, &class_message);
}
