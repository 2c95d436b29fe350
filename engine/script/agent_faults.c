/* SPDX-License-Identifier: MIT */
/* agent:faults(): planned damage on an agent's socket. Agents that share one
 * have each their own plan. */
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "net/faults.h"
#include "script/bind.h"
#include "script/loptions.h"

void agent_drop_faults(struct lagent *a)
{
    if (!a->faults)
        return;
    net_faults_remove(ua_socket(a->ua), a->faults);
    faults_free(a->faults);
    a->faults = NULL;
}

static bool in_play(void *arg, bool outgoing, struct slice bytes)
{
    struct lagent *a = arg;
    lua_State *L = a->host->L;
    bool yes;

    if (!agent_push_value(a, AGENT_WHERE))
        return true;
    lua_pushlstring(L, bytes.p, bytes.n);
    lua_pushboolean(L, outgoing);
    if (!host_ask(a->host, 2))
        return true;
    yes = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return yes;
}

static int push_faults_counters(lua_State *L, const struct lagent *a)
{
    static const struct {
        const char *name;
        size_t at;
    } fields[] = {
        { "seen", offsetof(struct faults_counters, seen) },
        { "dropped", offsetof(struct faults_counters, dropped) },
        { "duplicated", offsetof(struct faults_counters, duplicated) },
        { "delayed", offsetof(struct faults_counters, delayed) },
        { "reordered", offsetof(struct faults_counters, reordered) },
        { "corrupted", offsetof(struct faults_counters, corrupted) },
    };
    const char *base;

    if (!a->faults) {
        lua_pushnil(L);
        return 1;
    }
    base = (const char *)faults_counters(a->faults);
    lua_createtable(L, 0, (int)array_length(fields));
    for (size_t i = 0; i < array_length(fields); i++) {
        uint64_t value;

        memcpy(&value, base + fields[i].at, sizeof(value));
        lua_pushinteger(L, (lua_Integer)value);
        lua_setfield(L, -2, fields[i].name);
    }
    return 1;
}

/* Of the number at idx, which may be missing. */
static int64_t delay_of(lua_State *L, int idx)
{
    double seconds =
        lua_type(L, idx) == LUA_TNUMBER ? lua_tonumber(L, idx) : -1;

    if (!(seconds >= 0 && seconds < 1e6))
        luaL_error(L, "faults: a delay is {min, max} in seconds");
    return (int64_t)(seconds * 1e9);
}

/* Seconds, or {min, max}. */
static void read_delay(lua_State *L, struct faults_plan *plan)
{
    int kind = lua_getfield(L, 2, "delay");

    if (kind == LUA_TTABLE) {
        lua_geti(L, -1, 1);
        lua_geti(L, -2, 2);
        plan->delay_min = delay_of(L, -2);
        plan->delay_max = delay_of(L, -1);
        lua_pop(L, 2);
    } else if (kind != LUA_TNIL) {
        plan->delay_min = plan->delay_max = delay_of(L, -1);
    }
    lua_pop(L, 1);
}

static void read_plan(lua_State *L, const struct lagent *a,
                      struct faults_plan *plan)
{
    plan->drop = loptions_number(L, 2, "drop", 0);
    plan->duplicate = loptions_number(L, 2, "duplicate", 0);
    plan->reorder = loptions_number(L, 2, "reorder", 0);
    plan->corrupt = loptions_number(L, 2, "corrupt", 0);
    plan->seed = (uint64_t)loptions_int(L, 2, "seed", 0, INT64_MAX,
                                        (lua_Integer)(a->host->seed >> 1));
    read_delay(L, plan);
}

/* Pushes it, or nil. */
static void read_where(lua_State *L, struct lagent *a, struct faults_plan *plan)
{
    if (lua_getfield(L, 2, "where") == LUA_TNIL)
        return;
    if (!lua_isfunction(L, -1))
        loptions_raise(L, "option \"where\" must be a function, got %s",
                       luaL_typename(L, -1));
    plan->where = in_play;
    plan->arg = a;
}

/* faults{…} sets them, faults(nil) takes them off, faults() gives counters. */
int agent_faults(lua_State *L)
{
    static const char *const known[] = { "drop",    "duplicate", "delay",
                                         "reorder", "corrupt",   "seed",
                                         "where",   NULL };
    struct lagent *a = check_agent(L, 1);
    struct faults_plan plan = { 0 };
    struct faults *faults;

    if (lua_gettop(L) == 1)
        return push_faults_counters(L, a);
    host_refuse_in_where(L);
    lua_settop(L, 2);
    if (!loptions_check(L, 2, known, false)) {
        agent_drop_faults(a);
        lua_setiuservalue(L, 1, AGENT_WHERE);
        return 0;
    }
    read_plan(L, a, &plan);
    read_where(L, a, &plan);
    /* Only what makes sense takes the place of what there is. */
    if (faults_new(&faults, a->host->loop, &plan))
        luaL_error(L, "faults: a probability is 0 to 1, a delay {min, max}");
    agent_drop_faults(a);
    lua_setiuservalue(L, 1, AGENT_WHERE);
    a->faults = faults;
    net_faults_add(ua_socket(a->ua), faults);
    return 0;
}
