/* SPDX-License-Identifier: MIT */
/*
 * The command: a Lua state with the engine in it, and the subcommands, which
 * are Lua (lua/sipwright/cli), run as its first task.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/state.h"
#include "loop/loop.h"
#include "script/bind.h"
#include "script/task.h"

int luaopen_sipwright_core(lua_State *L);

enum { EXIT_ENVIRONMENT = 3, PATH_ROOM = 4096 };

static const char body[] = "local main = require('sipwright.cli').main\n"
                           "return main(...)\n";

struct outcome {
    bool over;
    int code;
};

static void on_end(void *arg, enum task_end how, lua_State *L, int n)
{
    struct outcome *o = arg;

    o->over = true;
    o->code = EXIT_FAILURE;
    if (how == TASK_RETURNED && n > 0)
        o->code = (int)lua_tointeger(L, -n);
    else if (how == TASK_FAILED)
        fprintf(stderr, "sipwright: %s\n", lua_tostring(L, -1));
}

/* Where the Lua modules are: $SIPWRIGHT_LUA_PATH, or beside the program. The
 * build tree mirrors the install tree. */
static void set_path(lua_State *L)
{
    const char *given = getenv("SIPWRIGHT_LUA_PATH");
    char exe[PATH_ROOM];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    char *slash;

    lua_getglobal(L, "package");
    if (given) {
        lua_pushstring(L, given);
        lua_setfield(L, -2, "path");
    } else if (n > 0) {
        exe[n] = '\0';
        slash = strrchr(exe, '/');
        if (slash)
            *slash = '\0';
        lua_getfield(L, -1, "path");
        lua_pushfstring(L,
                        "%s/../share/lua/5.4/?.lua;"
                        "%s/../share/lua/5.4/?/init.lua;%s",
                        exe, exe, lua_tostring(L, -1));
        lua_setfield(L, -3, "path");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static int run(lua_State *L, int argc, char **argv)
{
    struct outcome o = { false, EXIT_FAILURE };
    struct script *s;

    luaL_openlibs(L);
    set_path(L);
    luaL_requiref(L, "sipwright.core", luaopen_sipwright_core, 0);
    lua_pop(L, 1);
    s = script_of(L);
    if (luaL_loadbufferx(L, body, sizeof(body) - 1, "=sipwright", "t"))
        return EXIT_FAILURE;
    lua_createtable(L, argc, 0);
    for (int i = 1; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i);
    }
    task_start(s, L, 1, on_end, &o);
    while (!o.over && loop_turn(script_loop(s), LOOP_FOREVER))
        continue;
    task_cancel_all(s);
    return o.code;
}

int main(int argc, char **argv)
{
    struct state state;
    int code;

    if (!state_open(&state)) {
        fputs("sipwright: no memory for a Lua state\n", stderr);
        return EXIT_ENVIRONMENT;
    }
    code = run(state.L, argc, argv);
    fflush(stdout);
    state_close(&state);
    return code;
}
