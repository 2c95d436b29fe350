/* SPDX-License-Identifier: MIT */
/* agent.edit and agent:send(): what leaves an agent's socket, as bytes. */
#include "base/addr.h"
#include "base/buf.h"
#include "loop/loop.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/lerror.h"
#include "script/loptions.h"

bool agent_push_value(struct lagent *a, int which)
{
    lua_State *L = a->host->L;

    if (a->anchor == LUA_NOREF)
        return false;
    lua_checkstack(L, LUA_MINSTACK);
    anchor_push(L, a->anchor);
    lua_getiuservalue(L, -1, which);
    lua_remove(L, -2);
    if (!lua_isnoneornil(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

/* { to = "127.0.0.1:5060", message = …, nil where the bytes are none } */
static void push_info(struct host *h, const struct addr *to, struct slice text)
{
    lua_State *L = h->L;
    char address[ADDR_TEXT];
    struct message *m;

    lua_createtable(L, 0, 2);
    lua_pushlstring(L, address, addr_text(to, address));
    lua_setfield(L, -2, "to");
    if (message_new(&m, text.p, text.n, loop_now(h->loop), loop_wall(h->loop)))
        return;
    push_message(L, m);
    message_unref(m);
    lua_setfield(L, -2, "message");
}

bool agent_run_edit(void *arg, struct ua *ua, const struct addr *to,
                    struct buf *text)
{
    struct lagent *a = arg;
    lua_State *L = a->host->L;
    bool sent = true;
    size_t n;
    const char *p;

    (void)ua;
    if (!agent_push_value(a, AGENT_EDIT))
        return true;
    lua_pushlstring(L, text->p ? text->p : "", text->n);
    push_info(a->host, to, buf_view(text));
    if (!host_ask(a->host, 2))
        return true;
    if (lua_type(L, -1) == LUA_TSTRING) {
        p = lua_tolstring(L, -1, &n);
        buf_clear(text);
        buf_add(text, p, n);
    } else if (lua_isboolean(L, -1)) {
        sent = lua_toboolean(L, -1);
    } else if (!lua_isnil(L, -1)) {
        lua_pushfstring(L,
                        "an agent's `edit` returned a %s: text, true, false "
                        "or nil is expected",
                        luaL_typename(L, -1));
        host_report(a->host, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return sent;
}

int agent_get_edit(lua_State *L)
{
    lclass_check(L, 1, &class_agent);
    lua_getiuservalue(L, 1, AGENT_EDIT);
    return 1;
}

int agent_set_edit(lua_State *L)
{
    struct lagent *a = check_agent(L, 1);

    host_refuse_in_where(L);
    if (!lua_isnil(L, 3) && !lua_isfunction(L, 3))
        loptions_raise(L, "edit must be a function, got %s",
                       luaL_typename(L, 3));
    lua_settop(L, 3);
    ua_set_edit(a->ua, !lua_isnil(L, 3));
    lua_setiuservalue(L, 1, AGENT_EDIT);
    return 0;
}

/* agent:send(bytes, "127.0.0.1:5060") */
int agent_send(lua_State *L)
{
    struct lagent *a = check_agent(L, 1);
    struct slice bytes = args_slice(L, 2);
    struct addr to;
    int err;

    host_refuse_in_where(L);
    args_address(L, 3, &to);
    err = ua_send(a->ua, &to, bytes);
    if (err)
        return lerror_return_err(L, err, "send");
    lua_pushboolean(L, true);
    return 1;
}
