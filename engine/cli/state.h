/* SPDX-License-Identifier: MIT */
/* The command's Lua state: as luaL_newstate() makes it, over blocks that are
 * kept for reuse. */
#ifndef SIPWRIGHT_CLI_STATE_H
#define SIPWRIGHT_CLI_STATE_H

#include <lua.h>
#include <stdbool.h>

#include "base/blocks.h"

/* Outlives the Lua state. */
struct state {
    lua_State *L;
    struct blocks blocks;
    bool warnings; /* switched on by warn("@on") */
    bool goes_on;  /* a warning's next piece belongs to the last one */
};

/* False without memory. */
bool state_open(struct state *s);
void state_close(struct state *s);

#endif
