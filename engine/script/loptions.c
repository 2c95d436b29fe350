/* SPDX-License-Identifier: MIT */
/* Reading option tables: known keys only, raw access, errors at the caller. */
#include "script/loptions.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <string.h>

#include "script/nearest.h"

static const double NANOSECONDS = 1e9;

/* Only its address counts: registry[&raised_key] is the latest text. */
static const char raised_key = 'r';

int loptions_raise_text(lua_State *L)
{
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &raised_key);
    return lua_error(L);
}

int loptions_raise(lua_State *L, const char *format, ...)
{
    va_list args;

    luaL_checkstack(L, 4, "no room for an error");
    luaL_where(L, 1);
    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    lua_concat(L, 2);
    return loptions_raise_text(L);
}

bool loptions_raised(lua_State *L, const char *text)
{
    bool same = false;

    luaL_checkstack(L, 1, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &raised_key) == LUA_TSTRING) {
        size_t n;
        const char *raised = lua_tolstring(L, -1, &n);

        same = strncmp(text, raised, n) == 0 &&
               (text[n] == '\0' || text[n] == '\n');
    }
    lua_pop(L, 1);
    return same;
}

/* ---- keys ---- */

const char *loptions_nearest(const char *const *known, const char *wrong)
{
    struct nearest n;

    nearest_init(&n, wrong);
    for (; *known; known++)
        nearest_offer(&n, *known);
    return n.best;
}

/* Its place in `known`, or -1. */
static int place_of(const char *const *known, struct slice key)
{
    if (strlen(key.p) != key.n)
        return -1; /* a NUL inside */
    for (int i = 0; known[i]; i++) {
        if (strcmp(known[i], key.p) == 0)
            return i;
    }
    return -1;
}

/* `where`: the option whose value the table is, or NULL. */
static void raise_unknown(lua_State *L, const char *const *known,
                          const char *key, const char *where)
{
    const char *near = loptions_nearest(known, key);
    const char *in = "";

    if (where)
        in = lua_pushfstring(L, " in \"%s\"", where);
    if (near)
        loptions_raise(L, "unknown option \"%s\"%s (did you mean \"%s\"?)", key,
                       in, near);
    if (strncmp(key, "on_", 3) == 0)
        loptions_raise(L, "unknown option \"%s\"%s (it belongs in a delegate)",
                       key, in);
    loptions_raise(L, "unknown option \"%s\"%s", key, in);
}

static void raise_unnamed(lua_State *L, int key, const char *where)
{
    const char *text = luaL_tolstring(L, key, NULL);
    const char *in = "";

    if (where)
        in = lua_pushfstring(L, " in \"%s\"", where);
    loptions_raise(L, "unknown option [%s]%s (options have names)", text, in);
}

/* Returns bit i where known[i] is there; without names to know, nothing. */
static uint64_t check_keys(lua_State *L, int table, const char *const *known,
                           bool array, const char *where)
{
    static const char *const none[] = { NULL };
    uint64_t there = 0;

    luaL_checkstack(L, 5, "no room to read options");
    if (!known)
        known = none;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        /* lua_tolstring would turn a number into a string and lose lua_next */
        if (lua_type(L, -1) == LUA_TSTRING) {
            size_t n;
            const char *key = lua_tolstring(L, -1, &n);
            int place = place_of(known, slice_of(key, n));

            if (place < 0)
                raise_unknown(L, known, key, where);
            there |= UINT64_C(1) << (place & 63);
        } else if (!array || !lua_isinteger(L, -1)) {
            raise_unnamed(L, lua_gettop(L), where);
        }
    }
    return there;
}

static bool want_table(lua_State *L, int idx)
{
    if (lua_isnoneornil(L, idx))
        return false;
    if (!lua_istable(L, idx)) {
        /* A relative index is no argument that the caller could count. */
        if (idx > 0)
            luaL_typeerror(L, idx, "table");
        loptions_raise(L, "options must be a table, got %s",
                       luaL_typename(L, idx));
    }
    return true;
}

bool loptions_check(lua_State *L, int idx, const char *const *known, bool array)
{
    if (!want_table(L, idx))
        return false;
    check_keys(L, lua_absindex(L, idx), known, array, NULL);
    return true;
}

uint64_t loptions_there(lua_State *L, int idx, const char *const *known)
{
    uint64_t there;

    if (!want_table(L, idx))
        return 0;
    there = check_keys(L, lua_absindex(L, idx), known, false, NULL);
    if (!lua_getmetatable(L, idx))
        return there;
    lua_pop(L, 1);
    return UINT64_MAX;
}

/* ---- values ---- */

/* Pushes the value of a key; pushes nothing if it is nil or no table is at
 * idx, and returns false. */
static bool push_value(lua_State *L, int idx, const char *key)
{
    if (!lua_istable(L, idx))
        return false;
    idx = lua_absindex(L, idx);
    luaL_checkstack(L, 4, "no room to read options");
    lua_pushstring(L, key);
    if (lua_rawget(L, idx) != LUA_TNIL)
        return true;
    lua_pop(L, 1);
    return false;
}

/* The value on top must be of that type. */
static void want_type(lua_State *L, const char *key, int type, const char *name)
{
    const char *got = luaL_typename(L, -1);

    if (lua_type(L, -1) == type)
        return;
    if (luaL_getmetafield(L, -1, "__name") == LUA_TSTRING)
        got = lua_tostring(L, -1);
    loptions_raise(L, "option \"%s\" must be a %s, got %s", key, name, got);
}

bool loptions_table(lua_State *L, int idx, const char *key,
                    const char *const *known, bool array)
{
    if (!push_value(L, idx, key))
        return false;
    want_type(L, key, LUA_TTABLE, "table");
    check_keys(L, lua_gettop(L), known, array || !known, key);
    return true;
}

bool loptions_bool(lua_State *L, int idx, const char *key, bool otherwise)
{
    bool value;

    if (!push_value(L, idx, key))
        return otherwise;
    want_type(L, key, LUA_TBOOLEAN, "boolean");
    value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

static void raise_range(lua_State *L, const char *key, lua_Integer low,
                        lua_Integer high, lua_Integer got)
{
    if (high == LUA_MAXINTEGER)
        loptions_raise(L, "option \"%s\" must be at least %I, got %I", key, low,
                       got);
    loptions_raise(L, "option \"%s\" must be between %I and %I, got %I", key,
                   low, high, got);
}

lua_Integer loptions_int(lua_State *L, int idx, const char *key,
                         lua_Integer low, lua_Integer high,
                         lua_Integer otherwise)
{
    lua_Integer value;
    int whole;

    if (!push_value(L, idx, key))
        return otherwise;
    want_type(L, key, LUA_TNUMBER, "number");
    value = lua_tointegerx(L, -1, &whole);
    if (!whole)
        loptions_raise(L, "option \"%s\" must be an integer, got %f", key,
                       lua_tonumber(L, -1));
    if (value < low || value > high)
        raise_range(L, key, low, high, value);
    lua_pop(L, 1);
    return value;
}

double loptions_number(lua_State *L, int idx, const char *key, double otherwise)
{
    double value;

    if (!push_value(L, idx, key))
        return otherwise;
    want_type(L, key, LUA_TNUMBER, "number");
    value = lua_tonumber(L, -1);
    if (value != value)
        loptions_raise(L, "option \"%s\" must be a number, got nan", key);
    lua_pop(L, 1);
    return value;
}

/* From 0 on; rounded to the nearest nanosecond. */
static int64_t to_nanoseconds(double seconds)
{
    if (seconds >= (double)LOPTIONS_FOREVER / NANOSECONDS)
        return LOPTIONS_FOREVER;
    return (int64_t)(seconds * NANOSECONDS + 0.5);
}

int64_t loptions_seconds(lua_State *L, int idx, const char *key,
                         int64_t otherwise)
{
    double seconds;

    if (!push_value(L, idx, key))
        return otherwise;
    lua_pop(L, 1);
    seconds = loptions_number(L, idx, key, 0);
    if (seconds < 0)
        loptions_raise(L, "option \"%s\" must not be negative, got %f", key,
                       seconds);
    return to_nanoseconds(seconds);
}

int64_t loptions_arg_seconds(lua_State *L, int arg, int64_t otherwise)
{
    double seconds;

    if (lua_isnoneornil(L, arg))
        return otherwise;
    luaL_checktype(L, arg, LUA_TNUMBER);
    seconds = lua_tonumber(L, arg);
    luaL_argcheck(L, seconds >= 0, arg, "seconds must not be negative");
    return to_nanoseconds(seconds);
}

struct slice loptions_string(lua_State *L, int idx, const char *key)
{
    struct slice s = { NULL, 0 };

    if (!push_value(L, idx, key))
        return s;
    want_type(L, key, LUA_TSTRING, "string");
    s.p = lua_tolstring(L, -1, &s.n);
    lua_pop(L, 1);
    return s;
}
