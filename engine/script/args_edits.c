/* SPDX-License-Identifier: MIT */
/* What a script changes in a finished message: the options headers and edit. */
#include <lauxlib.h>

#include "script/args.h"
#include "script/call.h"
#include "script/loptions.h"
#include "script/task.h"

/* One entry, { name, value, at = }, on top. */
static void read_edit_entry(lua_State *L, const char *key,
                            struct header_edit *out)
{
    static const char *const known[] = { "at", NULL };

    if (!lua_istable(L, -1))
        loptions_raise(L,
                       "option \"headers.%s\" must hold { name, value }, "
                       "got %s",
                       key, luaL_typename(L, -1));
    loptions_check(L, -1, known, true);
    lua_geti(L, -1, 1);
    out->name = args_line(L, key);
    lua_geti(L, -2, 2);
    out->value = args_line(L, key);
    lua_pop(L, 2);
    out->at = (int)loptions_int(L, -1, "at", -1000, 1000, 0);
}

static struct header_edit *next_edit(lua_State *L, const char *key, size_t n,
                                     struct header_edit out[ARGS_EDITS])
{
    if (n == ARGS_EDITS)
        loptions_raise(L, "option \"headers.%s\": more than %d entries", key,
                       ARGS_EDITS);
    return &out[n];
}

/* headers.insert: a list of entries. headers.replace may be one, too, or have
 * the names as keys: their order changes nothing. */
static size_t read_edits(lua_State *L, int idx, const char *key, bool names,
                         struct header_edit out[ARGS_EDITS])
{
    size_t n = 0;

    if (!names) {
        if (!loptions_table(L, idx, key, NULL, true))
            return 0;
    } else if (lua_getfield(L, idx, key) != LUA_TTABLE) {
        if (!lua_isnil(L, -1))
            loptions_raise(L, "option \"headers.%s\" must be a table, got %s",
                           key, luaL_typename(L, -1));
        lua_pop(L, 1);
        return 0;
    }
    while (lua_geti(L, -1, (lua_Integer)n + 1) != LUA_TNIL) {
        read_edit_entry(L, key, next_edit(L, key, n, out));
        n++;
        lua_pop(L, 1);
    }
    while (lua_next(L, -2)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            struct header_edit *e = next_edit(L, key, n++, out);

            *e = (struct header_edit){ .value = args_line(L, key) };
            e->name = args_slice(L, -2);
        } else if (!lua_isinteger(L, -2)) {
            loptions_raise(L,
                           "option \"headers.%s\": a name is a string, "
                           "got %s",
                           key, luaL_typename(L, -2));
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return n;
}

void args_header_edits(lua_State *L, int idx, struct header_edits *out,
                       struct args_store *store)
{
    static const char *const known[] = { "remove",  "replace", "insert",
                                         "compact", "fold",    NULL };

    lua_getfield(L, idx, "headers");
    if (loptions_check(L, -1, known, false)) {
        int t = lua_gettop(L);

        out->remove = store->remove;
        out->removes = args_lines(L, t, "remove", store->remove, ARGS_EDITS);
        out->replace = store->replace;
        out->replaces = read_edits(L, t, "replace", true, store->replace);
        out->insert = store->insert;
        out->inserts = read_edits(L, t, "insert", false, store->insert);
        out->compact = loptions_bool(L, t, "compact", false);
        out->fold = loptions_bool(L, t, "fold", false);
    }
    lua_pop(L, 1);
}

/* The script's `edit`: text in, text out; what it returns else changes
 * nothing, and an error in it is raised once the engine's call is done. */
bool args_run_edit(void *arg, struct buf *b)
{
    struct args_store *store = arg;
    lua_State *L = store->L;
    bool changed = false;
    size_t n;
    const char *p;

    lua_pushvalue(L, store->edit);
    lua_pushlstring(L, b->p, b->n);
    if (!script_call(script_of(L), L, 1, 1)) {
        store->error = lua_gettop(L);
        return false;
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        p = lua_tolstring(L, -1, &n);
        buf_clear(b);
        buf_add(b, p, n);
        changed = true;
    }
    lua_pop(L, 1);
    return changed;
}

/* Leaves the function on the stack, so that it stays where it is. */
bool args_edit(lua_State *L, int idx, struct args_store *store)
{
    int kind = lua_getfield(L, idx, "edit");

    if (kind == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (kind != LUA_TFUNCTION)
        loptions_raise(L, "option \"edit\" must be a function, got %s",
                       luaL_typename(L, -1));
    store->L = L;
    store->edit = lua_gettop(L);
    return true;
}

void args_raise(lua_State *L, const struct args_store *store)
{
    if (!store->error)
        return;
    lua_settop(L, store->error);
    lua_error(L);
}
