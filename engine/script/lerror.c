/* SPDX-License-Identifier: MIT */
/* Error tables with one metatable a state. */
#include "script/lerror.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "script/host.h"

/* Pushes what else is known: the detail, or the messages of the Call-ID, drawn
 * only when somebody reads them. False, with nothing pushed, for neither. */
static bool push_detail(lua_State *L)
{
    size_t n;
    const char *id;

    if (lua_getfield(L, 1, "detail") != LUA_TNIL)
        return true;
    if (lua_getfield(L, 1, "call_id") == LUA_TSTRING) {
        id = lua_tolstring(L, -1, &n);
        host_push_ladder(L, id, n);
        lua_replace(L, 4);
        lua_settop(L, 4);
        if (lua_rawlen(L, 4) > 0)
            return true;
    }
    lua_settop(L, 3);
    return false;
}

/* Fields may have been changed by the script: any value is made text. */
static int error_tostring(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "message");
    luaL_tolstring(L, 2, NULL);
    if (!push_detail(L))
        return 1;
    luaL_tolstring(L, -1, NULL);
    lua_remove(L, -2);
    lua_pushliteral(L, "\n"); /* message, detail, newline */
    lua_insert(L, -2);
    lua_concat(L, 3);
    return 1;
}

static void push_metatable(lua_State *L)
{
    if (!luaL_newmetatable(L, "sipwright.error"))
        return;
    lua_pushliteral(L, "Error");
    lua_setfield(L, -2, "__name");
    lua_pushcfunction(L, error_tostring);
    lua_setfield(L, -2, "__tostring");
}

/* lua_pushvfstring knows few formats, and the compiler can't check those. */
static void push_text(lua_State *L, const char *format, va_list args)
{
    char text[256];
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(text, sizeof(text), format, args);
    if (n < 0) {
        lua_pushstring(L, format);
    } else if ((size_t)n < sizeof(text)) {
        lua_pushlstring(L, text, (size_t)n);
    } else {
        luaL_Buffer b;
        char *space = luaL_buffinitsize(L, &b, (size_t)n + 1);

        vsnprintf(space, (size_t)n + 1, format, again);
        luaL_pushresultsize(&b, (size_t)n);
    }
    va_end(again);
}

static void push_error(lua_State *L, const char *code, const char *format,
                       va_list args)
{
    luaL_checkstack(L, 5, "no room for an error");
    lua_createtable(L, 0, 2);
    lua_pushstring(L, code);
    lua_setfield(L, -2, "code");
    push_text(L, format, args);
    lua_setfield(L, -2, "message");
    push_metatable(L);
    lua_setmetatable(L, -2);
}

void lerror_push(lua_State *L, const char *code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    push_error(L, code, format, args);
    va_end(args);
}

int lerror_return(lua_State *L, const char *code, const char *format, ...)
{
    va_list args;

    luaL_checkstack(L, 1, "no room for an error");
    lua_pushnil(L);
    va_start(args, format);
    push_error(L, code, format, args);
    va_end(args);
    return 2;
}

int lerror_return_err(lua_State *L, int err, const char *what)
{
    return lerror_return(L, err_name(err), "%s%s%s", what ? what : "",
                         what ? ": " : "", err_text(err));
}
