/* SPDX-License-Identifier: MIT */
/* What the bindings of one Lua state share, from its opening to its end. */
#include "script/host.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "loop/loop.h"
#include "script/call.h"
#include "script/drops.h"
#include "script/inbox.h"
#include "script/task.h"
#include "script/trace.h"

enum { RUN_ID_CHARACTERS = 6 };

static void host_close(void *arg)
{
    struct host *h = arg;

    inbox_drop_orphans(h);
    drops_close(h);
    trace_close(h);
    engine_free(h->engine);
    engine_free(h->peer);
    loop_free(h->loop);
    mem_free(h);
}

static void report_task(void *arg, const char *text)
{
    host_report(arg, text);
}

struct host *host_open(lua_State *L)
{
    struct host *h = mem_zalloc(sizeof(*h));
    struct rng rng;

    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    h->L = lua_tothread(L, -1);
    lua_pop(L, 1);
    if (loop_new(&h->loop) != ERR_NONE) {
        mem_free(h);
        luaL_error(L, "no event loop: the kernel refuses epoll or timerfd");
    }
    h->seed = rng_entropy() >> 16; /* short enough to be typed again */
    rng_init(&rng, rng_entropy(), 0);
    rng_token(&rng, h->run_id, RUN_ID_CHARACTERS);
    h->script = script_new(L, h->loop, h, host_close);
    h->on_error = h->on_drop = LUA_NOREF;
    list_init(&h->dropped);
    list_init(&h->orphans);
    script_set_report(h->script, report_task, h);
    return h;
}

struct host *host_of(lua_State *L)
{
    return script_engine(script_of(L));
}

void host_refuse_in_where(lua_State *L)
{
    if (host_of(L)->in_where)
        luaL_error(L, "not possible inside the `where` of faults, an agent's "
                      "`edit` or an `auth` hook");
}

void host_refresh(struct host *h)
{
    loop_refresh(h->loop);
}

struct engine *host_engine(lua_State *L, bool peer)
{
    struct host *h = host_of(L);
    struct engine **at = peer ? &h->peer : &h->engine;
    struct engine_options options = { .seed = h->seed,
                                      .stream = peer,
                                      .run_id = slice_str(h->run_id) };
    int err;

    if (*at)
        return *at;
    err = engine_new(at, h->loop, &options);
    if (err)
        luaL_error(L, "no engine: %s", err_text(err));
    drops_attach(h, *at, peer);
    trace_attach(h, *at, peer);
    return *at;
}

bool host_ask(struct host *h, int nargs)
{
    lua_State *L = h->L;
    bool ok;

    h->in_where++;
    ok = script_call(h->script, L, nargs, 1);
    if (!ok) {
        host_report(h, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    h->in_where--;
    return ok;
}

/* ---- views ---- */

/* Only its address counts: registry[&views_key] is a table of weak values. */
static const char views_key = 'v';

static void push_views(lua_State *L)
{
    luaL_checkstack(L, 4, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &views_key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &views_key);
}

void view_add(lua_State *L, const void *thing)
{
    push_views(L);
    lua_pushvalue(L, -2);
    lua_rawsetp(L, -2, thing);
    lua_pop(L, 1);
}

bool view_push(lua_State *L, const void *thing)
{
    push_views(L);
    lua_rawgetp(L, -1, thing);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

/* ---- anchors ---- */

int anchor_add(lua_State *L, int idx)
{
    lua_pushvalue(L, idx);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

void anchor_push(lua_State *L, int anchor)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, anchor);
}

void anchor_drop(struct host *h, int *anchor)
{
    if (*anchor == LUA_NOREF)
        return;
    luaL_unref(h->L, LUA_REGISTRYINDEX, *anchor);
    *anchor = LUA_NOREF;
}

void host_report(struct host *h, const char *text)
{
    lua_State *L = h->L;

    if (h->on_error == LUA_NOREF) {
        fprintf(stderr, "sipwright: %s\n", text);
        return;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, h->on_error);
    lua_pushstring(L, text);
    if (!script_call(h->script, L, 1, 0)) {
        fprintf(stderr, "sipwright: %s\n", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}
