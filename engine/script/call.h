/* SPDX-License-Identifier: MIT */
/* The one protected call into Lua: traceback kept, stack balanced. */
#ifndef SIPWRIGHT_SCRIPT_CALL_H
#define SIPWRIGHT_SCRIPT_CALL_H

#include <lua.h>
#include <stdbool.h>

struct script;

/*
 * Calls the function below `nargs` arguments on L, without waits (a wait
 * inside raises). On success `nresults` values are on the stack and true
 * returns. On an error the stack holds, in place of function and arguments,
 * one string: message and traceback; false returns.
 */
bool script_call(struct script *s, lua_State *L, int nargs, int nresults);

/*
 * Makes of the error value on top of `L` (the coroutine that failed, its stack
 * intact) a string with the traceback, frames of the engine's own Lua files
 * left out, and pushes it on `to`; the value is popped unless `to` is `L`.
 */
void script_traceback(lua_State *to, lua_State *L);

#endif
