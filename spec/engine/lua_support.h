/* SPDX-License-Identifier: MIT */
/* A Lua state for units: chunks run protected, results compared as text. */
#ifndef SIPWRIGHT_SPEC_LUA_SUPPORT_H
#define SIPWRIGHT_SPEC_LUA_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static inline lua_State *lua_open(void)
{
    lua_State *L = luaL_newstate();

    assert_non_null(L);
    luaL_openlibs(L);
    return L;
}

/* Runs a chunk (named "spec") and leaves one string: the first result, or the
 * error, as tostring makes it. Returns it; it lives while the stack holds it.
 */
static inline const char *lua_eval(lua_State *L, const char *chunk)
{
    lua_settop(L, 0);
    if (luaL_loadbuffer(L, chunk, strlen(chunk), "=spec") == LUA_OK)
        (void)lua_pcall(L, 0, 1, 0);
    return luaL_tolstring(L, -1, NULL);
}

/* The chunk's first result, or its error, reads like that. */
#define assert_lua(L, chunk, text) \
    assert_string_equal(lua_eval((L), (chunk)), (text))

#endif
