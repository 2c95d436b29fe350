/* SPDX-License-Identifier: MIT */
/* The one lua_pcall, and tracebacks as the user wants them. */
#include "script/call.h"

#include <lauxlib.h>
#include <string.h>

#include "script/script_private.h"

static int protect(struct script *s, lua_State *L, int nargs, int nresults,
                   int handler)
{
    struct guard guard;

    s->calls++;
    guard_enter(&s->watchdog, &guard, L, false);
    int status = lua_pcall(L, nargs, nresults, handler);
    guard_leave(&s->watchdog, &guard);
    s->calls--;
    return status;
}

/* ---- tracebacks ---- */

static int to_text(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* Replaces the value on top by its text; a __tostring may fail. */
static void make_text(lua_State *L)
{
    if (lua_type(L, -1) == LUA_TSTRING)
        return;
    const char *type = luaL_typename(L, -1);
    lua_pushcfunction(L, to_text);
    lua_insert(L, -2);
    if (protect(script_of(L), L, 1, 1, 0) == LUA_OK)
        return;
    lua_pop(L, 1);
    lua_pushfstring(L, "(error object is a %s value)", type);
}

static bool contains(const char *text, size_t n, const char *part)
{
    return memmem(text, n, part, strlen(part)) != NULL;
}

/*
 * Is a line "\tFILE:LINE: in …" of no use to the author of a script? Not every
 * path with "sipwright" is ours: the checkout is likely to be called so.
 */
static bool is_noise(const char *line, size_t n)
{
    const char *in = memmem(line, n, ": in ", 5);
    size_t place = in ? (size_t)(in - line) : n;

    if (place >= 5 && memcmp(line, "\t[C]:", 5) == 0)
        return true;
    if (place == 4 && memcmp(line, "\t[C]", 4) == 0)
        return true;
    return contains(line, place, "lua/sipwright/") ||
           contains(line, place, "lua/5.4/sipwright/");
}

static bool is_tail_call(const char *line, size_t n)
{
    return contains(line, n, "(...tail calls...)");
}

/* Adds the frames from `text` on, each line with its newline in front. */
static bool add_frames(luaL_Buffer *b, const char *text)
{
    static const char header[] = "\nstack traceback:";
    bool any = false;
    bool dropped = false;

    while (*text) {
        size_t n = strcspn(text, "\n");
        /* A tail call belongs to the frame above it. */
        dropped = is_noise(text, n) || (dropped && is_tail_call(text, n));
        if (!dropped && n > 0) {
            if (!any)
                luaL_addstring(b, header);
            any = true;
            luaL_addchar(b, '\n');
            luaL_addlstring(b, text, n);
        }
        text += n + (text[n] == '\n');
    }
    return any;
}

/* Of message and traceback on top of L, drops the frames that are noise. */
static void filter(lua_State *L, size_t message)
{
    const char *all = lua_tostring(L, -1);
    const char *frames = strchr(all + message + 1, '\n');
    luaL_Buffer b;

    luaL_buffinit(L, &b);
    luaL_addlstring(&b, all, message);
    if (frames)
        add_frames(&b, frames + 1);
    luaL_pushresult(&b);
    lua_remove(L, -2);
}

void script_traceback(lua_State *to, lua_State *L)
{
    if (to == L)
        lua_pushvalue(L, -1);
    else
        lua_xmove(L, to, 1);
    make_text(to);
    const char *message = lua_tostring(to, -1);
    size_t n = strlen(message);
    luaL_traceback(to, L, message, to == L ? 1 : 0);
    filter(to, n);
    lua_remove(to, -2);
}

static int on_error(lua_State *L)
{
    script_traceback(L, L);
    return 1;
}

bool script_call(struct script *s, lua_State *L, int nargs, int nresults)
{
    int function = lua_gettop(L) - nargs;

    watchdog_start(&s->watchdog);
    lua_pushcfunction(L, on_error);
    lua_insert(L, function);
    int status = protect(s, L, nargs, nresults, function);
    lua_remove(L, function);
    return status == LUA_OK;
}
