/* SPDX-License-Identifier: MIT */
/* The one object of the loadable module itself: a shared library needs a file
 * of its own. luaopen_sipwright_core() is in module.c, which the command links
 * as well. */
#include <lua.h>

int luaopen_sipwright_core(lua_State *L);
