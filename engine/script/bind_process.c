/* SPDX-License-Identifier: MIT */
/* type(), seed(), cpu(), isatty(), on_error(), misuse(), version … */
#include <lauxlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "script/bind.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/task.h"

#ifndef SIPWRIGHT_VERSION
#define SIPWRIGHT_VERSION "0.1.0"
#endif

static int f_type(lua_State *L)
{
    const struct lclass *c;

    luaL_checkany(L, 1);
    c = lclass_of(L, 1);
    lua_pushstring(L, c ? c->name : NULL);
    return 1;
}

/* seed(n, run_id) before the first agent; seed() tells both. */
static int f_seed(lua_State *L)
{
    struct host *h = host_of(L);
    size_t n = 0;
    const char *id = luaL_optlstring(L, 2, NULL, &n);

    if (!lua_isnoneornil(L, 1) || id) {
        if (h->engine || h->peer)
            luaL_error(L, "seed: an agent exists already");
        luaL_argcheck(L, n < sizeof(h->run_id), 2, "at most 16 characters");
        for (size_t i = 0; i < n; i++)
            luaL_argcheck(L,
                          strchr("0123456789abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ-._~",
                                 id[i]) != NULL,
                          2, "letters, digits and -._~ only");
        if (!lua_isnoneornil(L, 1))
            h->seed = (uint64_t)luaL_checkinteger(L, 1);
        if (id)
            memcpy(h->run_id, id, n + 1);
    }
    lua_pushinteger(L, (lua_Integer)h->seed);
    lua_pushstring(L, h->run_id);
    return 2;
}

static double seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static int f_cpu(lua_State *L)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    lua_pushnumber(L, seconds(&usage.ru_utime));
    lua_pushnumber(L, seconds(&usage.ru_stime));
    return 2;
}

static int f_isatty(lua_State *L)
{
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

/* A function, or nil for none, in the place of what was there. */
static int set_function(lua_State *L, int *reference)
{
    if (!lua_isnoneornil(L, 1))
        luaL_checktype(L, 1, LUA_TFUNCTION);
    luaL_unref(L, LUA_REGISTRYINDEX, *reference);
    *reference = LUA_NOREF;
    lua_settop(L, 1);
    if (!lua_isnil(L, 1))
        *reference = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* on_error(f): gets the text of errors in delegates that no call owns. */
static int f_on_error(lua_State *L)
{
    return set_function(L, &host_of(L)->on_error);
}

/* on_drop(f): f(reason, bytes, from, side) of each message that went no
 * further; it may not wait. */
static int f_on_drop(lua_State *L)
{
    return set_function(L, &host_of(L)->on_drop);
}

/* misuse(text, level) raises as a wrong option does; level as error()'s. */
static int f_misuse(lua_State *L)
{
    luaL_checkstring(L, 1);
    luaL_where(L, (int)luaL_optinteger(L, 2, 1));
    lua_pushvalue(L, 1);
    lua_concat(L, 2);
    return loptions_raise_text(L);
}

/* is_misuse(err): was it raised so, with or without its traceback? */
static int f_is_misuse(lua_State *L)
{
    bool yes =
        lua_type(L, 1) == LUA_TSTRING && loptions_raised(L, lua_tostring(L, 1));

    lua_pushboolean(L, yes);
    return 1;
}

/* failure(code, text) is nil and an error, as expected failures are told. */
static int f_failure(lua_State *L)
{
    const char *code = luaL_checkstring(L, 1);

    return lerror_return(L, code, "%s", luaL_checkstring(L, 2));
}

/* gc_stress(on) collects fully at each entry into a binding; tells how often
 * it did so. */
static int f_gc_stress(lua_State *L)
{
    if (!lua_isnoneornil(L, 1))
        lclass_set_gc_stress(L, lua_toboolean(L, 1));
    lua_pushinteger(L, lclass_gc_stress_count(L));
    return 1;
}

static int f_watchdog(lua_State *L)
{
    script_set_watchdog(script_of(L), luaL_checknumber(L, 1));
    return 0;
}

void bind_process(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "type", f_type },
        { "seed", f_seed },
        { "cpu", f_cpu },
        { "isatty", f_isatty },
        { "on_error", f_on_error },
        { "on_drop", f_on_drop },
        { "gc_stress", f_gc_stress },
        { "watchdog", f_watchdog },
        { "misuse", f_misuse },
        { "is_misuse", f_is_misuse },
        { "failure", f_failure },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
    lua_pushliteral(L, SIPWRIGHT_VERSION);
    lua_setfield(L, -2, "version");
}
