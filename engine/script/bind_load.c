/* SPDX-License-Identifier: MIT */
/* Load: a schedule of calls, each a task that runs the scenario. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "load/failures.h"
#include "load/load.h"
#include "loop/loop.h"
#include "script/args.h"
#include "script/lcall.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/snapshot.h"
#include "script/task.h"
#include "stats/metrics.h"

static struct lload *check(lua_State *L)
{
    return lclass_check(L, 1, &class_load);
}

/* ---- what the load floor asks for ---- */

static void on_start(void *arg, uint64_t number, int64_t intended)
{
    lcall_begin(arg, number, intended, NULL);
}

static void on_kill(void *arg)
{
    lcall_kill_all(arg);
}

static void on_done(void *arg)
{
    struct lload *load = arg;
    struct list *node;

    load->over = true;
    while ((node = list_first(&load->waiters)))
        wait_wake(container_of(node, struct wait, link), WAIT_READY);
    anchor_drop(load->host, &load->anchor);
}

static const struct load_ops ops = { on_start, on_kill, on_done };

/* serve: a call for each request outside of a dialog; what the load does not
 * take any more is refused. */
static void serve(void *arg, struct lagent *a, struct incoming *in)
{
    struct lload *load = arg;
    static const struct response_options plain = { .force = false };
    uint64_t number;

    (void)a;
    if (load_arrived(load->load, &number))
        lcall_begin(load, number, loop_now(load->host->loop), in);
    else
        incoming_reply(in, 503, &plain);
}

/* ---- making one ---- */

/* Under half a millisecond, which is what users bear with in start.lateness;
 * no difference up to 2,500 calls a second. */
#define GATHER (400 * (LOOP_MILLISECOND / 1000))

static const char *const known[] = {
    "scenario", "agent",    "target",       "set",           "calls", "rate",
    "max_open", "duration", "call_timeout", "graceful_stop", "serve", NULL,
};

static void take(lua_State *L, const char *key, int type, int which)
{
    int got = lua_getfield(L, 1, key);

    if (type != LUA_TNONE && got != type)
        luaL_error(L, "load: option \"%s\" must be a %s, got %s", key,
                   lua_typename(L, type), lua_typename(L, got));
    lua_setiuservalue(L, 2, which);
}

static void read_options(lua_State *L, struct load_options *o)
{
    *o = (struct load_options){
        .calls = (uint64_t)loptions_int(L, 1, "calls", 0, INT64_MAX, 0),
        .rate = loptions_number(L, 1, "rate", 0),
        .max_open = (uint64_t)loptions_int(L, 1, "max_open", 0, INT64_MAX, 0),
        .duration = loptions_seconds(L, 1, "duration", 0),
        .graceful_stop =
            loptions_seconds(L, 1, "graceful_stop", 5 * LOOP_SECOND),
        .served = loptions_bool(L, 1, "serve", false),
        .gather = loop_is_virtual(host_of(L)->loop) ? 0 : GATHER,
    };
}

static int new_load(lua_State *L)
{
    struct load_options o;
    struct lload *load;
    struct lagent *agent;

    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    loptions_check(L, 1, known, false);
    read_options(L, &o);
    load = lclass_new(L, &class_load, sizeof(*load), LOAD_USER_VALUES);
    load->host = host_of(L);
    load->anchor = LUA_NOREF;
    list_init(&load->calls);
    list_init(&load->waiters);
    load->call_timeout = loptions_seconds(L, 1, "call_timeout", 0);
    take(L, "scenario", LUA_TFUNCTION, LOAD_SCENARIO);
    take(L, "target", LUA_TNONE, LOAD_TARGET);
    take(L, "set", LUA_TNONE, LOAD_SET);
    lua_getfield(L, 1, "agent");
    agent = check_agent(L, -1);
    lua_setiuservalue(L, 2, LOAD_AGENT);
    load->agent = agent;
    metrics_new(&load->metrics);
    load->callmetrics.metrics = load->metrics;
    failures_new(&load->failures);
    if (load_new(&load->load, load->host->loop, load->metrics, &o, &ops, load))
        luaL_error(L, "load: needs a rate above 0, or max_open, or serve");
    load->anchor = anchor_add(L, 2);
    if (o.served) {
        agent->serve = serve;
        agent->serve_arg = load;
    }
    /* In a task too: setting up a run takes milliseconds, by which every first
     * start would be late. */
    loop_refresh(load->host->loop);
    load_start(load->load);
    return 1;
}

static int m_gc(lua_State *L)
{
    struct lload *load = lua_touserdata(L, 1);
    struct list *node;

    /* Open ones anchor their load: then the state is being closed. */
    while (load->load && (node = list_first(&load->calls)))
        lcall_forget(container_of(node, struct lcall, link));
    if (load->agent && load->agent->serve_arg == load)
        load->agent->serve = NULL;
    load_free(load->load);
    metrics_free(load->metrics);
    failures_free(load->failures);
    mem_free(load->misuse);
    memset(load, 0, sizeof(*load));
    return 0;
}

/* ---- methods ---- */

static int collect(lua_State *L, int status, lua_KContext ctx)
{
    struct lload *load = check(L);

    (void)status;
    (void)ctx;
    if (!load->over)
        return lerror_return(L, "timeout", "the load is not over yet");
    lua_pushboolean(L, true);
    return 1;
}

static int m_wait(lua_State *L)
{
    struct lload *load = check(L);
    int64_t timeout = loptions_arg_seconds(L, 2, -1);
    struct wait *w;

    if (load->over)
        return collect(L, 0, 0);
    w = wait_begin(L);
    list_append(&load->waiters, &w->link);
    return wait_end(L, w, timeout, collect, 0);
}

static int m_stop(lua_State *L)
{
    load_stop(check(L)->load);
    return 0;
}

static int m_kill(lua_State *L)
{
    load_kill(check(L)->load);
    return 0;
}

static int m_snapshot(lua_State *L)
{
    snapshot_push(L, check(L));
    return 1;
}

static int m_progress(lua_State *L)
{
    snapshot_push_progress(L, check(L));
    return 1;
}

static int p_over(lua_State *L)
{
    lua_pushboolean(L, check(L)->over);
    return 1;
}

static const luaL_Reg methods[] = {
    { "wait", m_wait },         { "stop", m_stop },         { "kill", m_kill },
    { "snapshot", m_snapshot }, { "progress", m_progress }, { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "over", p_over, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = { { "__gc", m_gc }, { NULL, NULL } };

const struct lclass class_load = { "Load", NULL, methods, properties,
                                   metamethods };

void bind_load(lua_State *L)
{
    lclass_register(L, &class_load);
    lua_pushcfunction(L, new_load);
    lua_setfield(L, -2, "load");
}
