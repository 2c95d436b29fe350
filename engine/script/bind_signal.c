/* SPDX-License-Identifier: MIT */
/* on_signal(name, f): f runs as a task, between other tasks. */
#include <lauxlib.h>
#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "loop/loop.h"
#include "script/bind.h"
#include "script/task.h"

/* A userdata that lives as long as the state does. */
struct lsignal {
    struct loop_signal watcher;
    struct host *host;
    int function; /* registry reference */
};

static const struct {
    const char *name;
    int number;
} signals[] = {
    { "INT", SIGINT },   { "TERM", SIGTERM }, { "HUP", SIGHUP },
    { "USR1", SIGUSR1 }, { "USR2", SIGUSR2 },
};

static void on_signal(void *arg, int number)
{
    struct lsignal *s = arg;
    lua_State *L = s->host->L;

    (void)number;
    lua_checkstack(L, LUA_MINSTACK);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->function);
    task_start(s->host->script, L, 0, NULL, NULL);
}

static int m_gc(lua_State *L)
{
    struct lsignal *s = lua_touserdata(L, 1);

    loop_signal_stop(&s->watcher);
    return 0;
}

static int find_signal(lua_State *L, const char *name)
{
    size_t i = 0;

    while (i < array_length(signals) && strcmp(signals[i].name, name) != 0)
        i++;
    luaL_argcheck(L, i < array_length(signals), 1,
                  "INT, TERM, HUP, USR1 or USR2");
    return (int)i;
}

/* The one of this signal, made when first asked for; kept by the registry. */
static struct lsignal *watcher(lua_State *L, int i)
{
    static const luaL_Reg metamethods[] = { { "__gc", m_gc }, { NULL, NULL } };
    static const struct lclass class_signal = { "Signal", NULL, NULL, NULL,
                                                metamethods };
    struct lsignal *s;

    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &signals[i]) == LUA_TUSERDATA)
        return lua_touserdata(L, -1);
    lclass_register(L, &class_signal);
    s = lclass_new(L, &class_signal, sizeof(*s), 0);
    s->host = host_of(L);
    s->function = LUA_NOREF;
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &signals[i]);
    return s;
}

/* on_signal(name, f): instead of what was set before; nil: the usual. */
static int f_on_signal(lua_State *L)
{
    int i = find_signal(L, luaL_checkstring(L, 1));
    struct lsignal *s;

    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    s = watcher(L, i);
    loop_signal_stop(&s->watcher);
    luaL_unref(L, LUA_REGISTRYINDEX, s->function);
    s->function = LUA_NOREF;
    if (lua_isnil(L, 2))
        return 0;
    lua_pushvalue(L, 2);
    s->function = luaL_ref(L, LUA_REGISTRYINDEX);
    loop_signal_start(s->host->loop, &s->watcher, signals[i].number, on_signal,
                      s);
    return 0;
}

void bind_signal(lua_State *L)
{
    lua_pushcfunction(L, f_on_signal);
    lua_setfield(L, -2, "on_signal");
}
