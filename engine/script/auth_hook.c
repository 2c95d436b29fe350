/* SPDX-License-Identifier: MIT */
/* auth = { hook = f }: a script that answers challenges by hand. */
#include "base/buf.h"
#include "base/err.h"
#include "script/bind.h"

static void add_line(lua_State *L, struct buf *lines)
{
    size_t n;
    const char *p = lua_tolstring(L, -1, &n);

    buf_add(lines, p, n);
    buf_lit(lines, "\r\n");
}

/* A line or a list of them on top; false: it is neither. */
static bool take(lua_State *L, struct buf *lines)
{
    if (lua_type(L, -1) == LUA_TSTRING) {
        add_line(L, lines);
        return true;
    }
    if (!lua_istable(L, -1))
        return false;
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        bool is_line = lua_type(L, -1) == LUA_TSTRING;

        if (is_line)
            add_line(L, lines);
        lua_pop(L, 1);
        if (!is_line)
            return false;
    }
    lua_pop(L, 1);
    return lines->n > 0;
}

int auth_hook_ask(struct host *h, struct request *r, struct message *challenge,
                  struct buf *lines)
{
    lua_State *L = h->L;
    int err = ERR_NONE;

    push_message(L, challenge);
    push_message(L, request_message(r));
    if (!host_ask(h, 2))
        return ERR_DENIED;
    if (!lua_toboolean(L, -1)) {
        err = ERR_DENIED;
    } else if (!take(L, lines)) {
        host_report(h, "the hook of `auth` must return a header line, a list "
                       "of them, or nil");
        err = ERR_ARGUMENT;
    }
    lua_pop(L, 1);
    return err;
}

int auth_hook_of_agent(void *arg, struct request *r, struct message *challenge,
                       struct buf *lines)
{
    struct lagent *a = arg;

    if (!agent_push_value(a, AGENT_AUTH_HOOK))
        return ERR_NOT_FOUND;
    return auth_hook_ask(a->host, r, challenge, lines);
}
