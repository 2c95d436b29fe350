/* SPDX-License-Identifier: MIT */
/* now(), clock() and advance(). */
#include <lauxlib.h>
#include <string.h>

#include "loop/loop.h"
#include "script/bind.h"
#include "script/loptions.h"
#include "script/task.h"

static int f_now(lua_State *L)
{
    lua_pushnumber(L, (double)loop_now_exact(host_of(L)->loop) / 1e9);
    return 1;
}

/* clock("virtual" | "real"), or which one it is. */
static int f_clock(lua_State *L)
{
    static const char *const names[] = { "real", "virtual", NULL };
    struct loop *loop = host_of(L)->loop;

    if (!lua_isnoneornil(L, 1))
        loop_set_virtual(loop, luaL_checkoption(L, 1, NULL, names) == 1);
    lua_pushstring(L, names[loop_is_virtual(loop)]);
    return 1;
}

static int nothing(lua_State *L, int status, lua_KContext ctx)
{
    (void)L;
    (void)status;
    (void)ctx;
    return 0;
}

/* advance(s): lets virtual time pass, and all that is due in it happen. */
static int f_advance(lua_State *L)
{
    int64_t span;

    luaL_checktype(L, 1, LUA_TNUMBER);
    span = loptions_arg_seconds(L, 1, 0);
    if (!loop_is_virtual(host_of(L)->loop))
        luaL_error(L, "advance: the clock is real; call clock(\"virtual\") "
                      "first");
    return wait_end(L, wait_begin(L), span, nothing, 0);
}

void bind_clock(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "now", f_now },
        { "clock", f_clock },
        { "advance", f_advance },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
