/* SPDX-License-Identifier: MIT */
/* A minimal Lua interpreter, "lua-sanitized SCRIPT [ARG...]", for the specs of
 * a sanitized build; the stock interpreter serves all others. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

static int add_traceback(lua_State *L)
{
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

static void set_arg(lua_State *L, int argc, char **argv)
{
    lua_createtable(L, argc, 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - 1);
    }
    lua_setglobal(L, "arg");
}

static int run_script(lua_State *L, int argc, char **argv)
{
    luaL_openlibs(L);
    set_arg(L, argc, argv);
    lua_pushcfunction(L, add_traceback);
    int status = luaL_loadfile(L, argv[1]);
    luaL_checkstack(L, argc, "too many arguments");
    for (int i = 2; i < argc && status == LUA_OK; i++)
        lua_pushstring(L, argv[i]);
    if (status == LUA_OK)
        status = lua_pcall(L, argc - 2, 0, 1);
    if (status != LUA_OK)
        fprintf(stderr, "%s: %s\n", argv[0], lua_tostring(L, -1));
    return status;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    if (L == NULL || argc < 2) {
        fprintf(stderr, "usage: %s SCRIPT [ARG...]\n", argv[0]);
        return EXIT_FAILURE;
    }
    int status = run_script(L, argc, argv);
    lua_close(L);
    return status == LUA_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
