/* SPDX-License-Identifier: MIT */
/* Delegates as tables: what would never be called is told of. */
#include <string.h>

#include "script/bind.h"
#include "script/loptions.h"

static bool is_known(const char *const *known, const char *key)
{
    while (*known && strcmp(*known, key) != 0)
        known++;
    return *known != NULL;
}

static void refuse(lua_State *L, const char *key, const char *near)
{
    loptions_raise(L, "nothing calls a delegate \"%s\" here%s%s%s", key,
                   near ? " (did you mean \"" : "", near ? near : "",
                   near ? "\"?)" : "");
}

/* A delegate may hold what else it likes, but a misspelt `on_acept` would never
 * be called and never be noticed. */
void check_delegate(lua_State *L, int idx, const char *const *known, bool exact)
{
    luaL_checktype(L, idx, LUA_TTABLE);
    idx = lua_absindex(L, idx);
    lua_pushnil(L);
    while (lua_next(L, idx)) {
        const char *key =
            lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";

        if (!strncmp(key, "on_", 3)) {
            const char *near = loptions_nearest(known, key);

            if (!is_known(known, key) && (exact || near))
                refuse(L, key, near);
            if (lua_type(L, -1) != LUA_TFUNCTION)
                loptions_raise(L, "delegate \"%s\" must be a function, got %s",
                               key, luaL_typename(L, -1));
        }
        lua_pop(L, 1);
    }
}

int delegate_get(lua_State *L)
{
    lua_getiuservalue(L, 1, DELEGATE_VALUE);
    return 1;
}

int delegate_set(lua_State *L, const char *const *known, bool exact)
{
    if (!lua_isnil(L, 3))
        check_delegate(L, 3, known, exact);
    lua_settop(L, 3);
    lua_setiuservalue(L, 1, DELEGATE_VALUE);
    return 0;
}

bool delegate_push(lua_State *L, const char *name, const char *other)
{
    int object = lua_gettop(L);

    if (lua_getiuservalue(L, object, DELEGATE_VALUE) == LUA_TTABLE &&
        (lua_getfield(L, -1, name) == LUA_TFUNCTION ||
         (other && lua_getfield(L, object + 1, other) == LUA_TFUNCTION))) {
        lua_replace(L, object);
        lua_settop(L, object);
        return true;
    }
    lua_settop(L, object - 1);
    return false;
}

void delegate_of_method(struct slice method, char out[DELEGATE_NAME])
{
    size_t n = method.n < DELEGATE_NAME - 4 ? method.n : DELEGATE_NAME - 4;

    memcpy(out, "on_", 3);
    for (size_t i = 0; i < n; i++) {
        char c = method.p[i];

        out[3 + i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    out[3 + n] = '\0';
}
