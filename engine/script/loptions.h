/* SPDX-License-Identifier: MIT */
/*
 * Option tables: `{ body = …, extra_headers = … }`. Every key must be known;
 * an unknown one raises at the caller's level and names the nearest:
 * `unknown option "exta_headers" (did you mean "extra_headers"?)`.
 */
#ifndef SIPWRIGHT_SCRIPT_LOPTIONS_H
#define SIPWRIGHT_SCRIPT_LOPTIONS_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * Checks the keys of the table at idx (nil and none are fine: returns false).
 * `known` is NULL-terminated. A value that is no table raises. Integer keys
 * raise too, unless `array` allows them.
 */
bool loptions_check(lua_State *L, int idx, const char *const *known,
                    bool array);

/*
 * The same for a table that mostly has few of many keys: returns bit i where
 * known[i], of 64 at most, is there, so that only those need be read. All bits
 * of a table with a metatable, which may have more than it holds.
 */
uint64_t loptions_there(lua_State *L, int idx, const char *const *known);

/*
 * Pushes the table that stands under `key` in the table at idx, its keys
 * checked like above (an array if `known` is NULL); pushes nothing and returns
 * false if there is none. `option "timers" must be a table, got number`,
 * `unknown option "t9" in "timers" …`.
 */
bool loptions_table(lua_State *L, int idx, const char *key,
                    const char *const *known, bool array);

/*
 * Each reads one key of the table at idx (an absolute or relative index; nil
 * and none give `otherwise`) and raises `option "expires" must be a number,
 * got string` for a wrong type. Access is raw: reading options runs no Lua.
 */
bool loptions_bool(lua_State *L, int idx, const char *key, bool otherwise);
lua_Integer loptions_int(lua_State *L, int idx, const char *key,
                         lua_Integer low, lua_Integer high,
                         lua_Integer otherwise);
double loptions_number(lua_State *L, int idx, const char *key,
                       double otherwise);
/*
 * Seconds to nanoseconds; negative raises. `otherwise` in nanoseconds. What is
 * longer than LOPTIONS_FOREVER, such as math.huge, becomes that: it can be
 * added to a time without overflow.
 */
#define LOPTIONS_FOREVER (INT64_MAX / 4)
int64_t loptions_seconds(lua_State *L, int idx, const char *key,
                         int64_t otherwise);
/* The same for a positional argument, as in request:await(5). */
int64_t loptions_arg_seconds(lua_State *L, int arg, int64_t otherwise);
/* A view of the string, alive while the table holds it; absent if nil. A
 * number is no string here. */
struct slice loptions_string(lua_State *L, int idx, const char *key);

/*
 * Raises at the caller's level, like luaL_error, and like everything here. Such
 * an error is a mistake in the script, the same in every call of a load, so it
 * can be told from others later: by the error's text, traceback or not.
 */
int loptions_raise(lua_State *L, const char *format, ...);
int loptions_raise_text(lua_State *L); /* the string on top, as it is */
bool loptions_raised(lua_State *L, const char *text);

/* Of `known`, the one nearest to `wrong` (edit distance, at most a third of
 * the length of `wrong` off), or NULL. */
const char *loptions_nearest(const char *const *known, const char *wrong);

#endif
