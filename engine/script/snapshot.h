/* SPDX-License-Identifier: MIT */
/* A load run's counters, times and failures as one Lua table. */
#ifndef SIPWRIGHT_SCRIPT_SNAPSHOT_H
#define SIPWRIGHT_SCRIPT_SNAPSHOT_H

#include <lua.h>

struct lload;

/* Keys as docs/scripting.md lists them; times in seconds. */
void snapshot_push(lua_State *L, const struct lload *load);

/* How many calls there are, and what failed: cheap enough to ask for while the
 * load runs. */
void snapshot_push_progress(lua_State *L, const struct lload *load);

#endif
