/* SPDX-License-Identifier: MIT */
/* Tasks as scripts see them: spawn, sleep, run, current, and class Task. */
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "script/lclass.h"
#include "script/lerror.h"
#include "script/script_private.h"

/* The userdata; while the task runs, the task anchors it. */
struct spawned {
    struct task *task;   /* NULL: over */
    enum task_end how;   /* once over */
    int n;               /* of the results, or of error texts */
    struct list joiners; /* of waits */
    char where[LUA_IDSIZE + 16];
};

/* Its user value: one result, or a table of several, or the error's text. */
enum { RESULTS = 1 };

static const struct lclass task_class;

static struct spawned *check(lua_State *L, int idx)
{
    return lclass_check(L, idx, &task_class);
}

/* ---- seconds ---- */

/* Nanoseconds of the number at idx; below 0 stands for no limit. */
static int64_t check_seconds(lua_State *L, int idx)
{
    luaL_checktype(L, idx, LUA_TNUMBER);
    double seconds = lua_tonumber(L, idx);

    luaL_argcheck(L, seconds >= 0, idx, "seconds must not be negative");
    return seconds < 9e9 ? (int64_t)(seconds * 1e9 + 0.5) : -1;
}

static int64_t opt_timeout(lua_State *L, int idx)
{
    return lua_isnoneornil(L, idx) ? -1 : check_seconds(L, idx);
}

/* ---- the end of a spawned task ---- */

/* Keeps the top n values of L; the userdata lies above them. */
static void keep_results(lua_State *L, int n)
{
    int object = lua_gettop(L);
    int first = object - n;

    if (n == 1) {
        lua_pushvalue(L, first);
    } else {
        lua_createtable(L, n, 0);
        for (int i = 0; i < n; i++) {
            lua_pushvalue(L, first + i);
            lua_rawseti(L, -2, i + 1);
        }
    }
    lua_setiuservalue(L, object, RESULTS);
}

static void ended(void *arg, enum task_end how, lua_State *L, int n)
{
    struct spawned *o = arg;
    bool awaited = !list_empty(&o->joiners);
    struct list *link;

    lua_checkstack(L, LUA_MINSTACK);
    task_push_anchor(o->task, L);
    o->task = NULL;
    o->how = how;
    o->n = n;
    if (n > 0)
        keep_results(L, n);
    lua_pop(L, 1);
    if (how == TASK_FAILED && !awaited)
        script_report(script_of(L), "error in a task", lua_tostring(L, -1));
    while ((link = list_first(&o->joiners)))
        wait_wake(container_of(link, struct wait, link), WAIT_READY);
}

static int push_outcome(lua_State *L, int idx, const struct spawned *o)
{
    if (o->how == TASK_CANCELLED)
        return lerror_return(L, "cancelled", "the task was cancelled");
    if (o->how == TASK_FAILED) {
        lua_getiuservalue(L, idx, RESULTS);
        return lerror_return(L, "error", "%s", lua_tostring(L, -1));
    }
    luaL_checkstack(L, o->n + 3, "too many results");
    lua_pushboolean(L, true);
    if (o->n == 0)
        return 1;
    lua_getiuservalue(L, idx, RESULTS);
    if (o->n == 1)
        return 2;
    int table = lua_gettop(L);
    for (int i = 1; i <= o->n; i++)
        lua_rawgeti(L, table, i);
    lua_remove(L, table);
    return 1 + o->n;
}

/* ---- class Task ---- */

static int join_done(lua_State *L, int status, lua_KContext timeout)
{
    struct spawned *o = check(L, 1);

    (void)status;
    (void)timeout;
    if (!o->task)
        return push_outcome(L, 1, o);
    return lerror_return(L, "timeout", "the task has not ended in time");
}

static int task_join(lua_State *L)
{
    struct spawned *o = check(L, 1);
    int64_t timeout = opt_timeout(L, 2);

    if (!o->task)
        return push_outcome(L, 1, o);
    if (o->task->co == L)
        return luaL_error(L, "a task cannot join itself");
    struct wait *w = wait_begin(L);
    list_append(&o->joiners, &w->link);
    return wait_end(L, w, timeout, join_done, 0);
}

static int task_cancel_method(lua_State *L)
{
    struct spawned *o = check(L, 1);

    if (o->task && o->task->state == TASK_RUNNING)
        return luaL_error(L, "a task cannot cancel itself");
    if (o->task)
        task_cancel(o->task);
    return 0;
}

/* Not an error where cancel() is one: the scope is left by an error already. */
static int task_close(lua_State *L)
{
    struct spawned *o = check(L, 1);

    if (o->task)
        task_cancel(o->task);
    return 0;
}

static int task_done(lua_State *L)
{
    lua_pushboolean(L, check(L, 1)->task == NULL);
    return 1;
}

static const char *state_name(const struct spawned *o)
{
    static const char *const states[] = {
        [TASK_IDLE] = "over",       [TASK_QUEUED] = "queued",
        [TASK_RUNNING] = "running", [TASK_WAITING] = "waiting",
        [TASK_ENDING] = "ending",
    };
    static const char *const ends[] = {
        [TASK_RETURNED] = "returned",
        [TASK_FAILED] = "failed",
        [TASK_CANCELLED] = "cancelled",
    };

    return o->task ? states[o->task->state] : ends[o->how];
}

static int task_tostring(lua_State *L)
{
    const struct spawned *o = check(L, 1);

    lua_pushfstring(L, "Task %s (%s)", o->where, state_name(o));
    return 1;
}

static const luaL_Reg task_methods[] = {
    { "join", task_join },
    { "cancel", task_cancel_method },
    { NULL, NULL },
};

static const struct lproperty task_properties[] = {
    { "done", task_done, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg task_metamethods[] = {
    { "__close", task_close },
    { "__tostring", task_tostring },
    { NULL, NULL },
};

static const struct lclass task_class = {
    .name = "Task",
    .methods = task_methods,
    .properties = task_properties,
    .metamethods = task_metamethods,
};

/* ---- functions of the module ---- */

static void note_where(lua_State *L, int function, struct spawned *o)
{
    lua_Debug ar;

    lua_pushvalue(L, function);
    lua_getinfo(L, ">S", &ar);
    if (ar.linedefined > 0)
        snprintf(o->where, sizeof(o->where), "%s:%d", ar.short_src,
                 ar.linedefined);
    else
        snprintf(o->where, sizeof(o->where), "%s", ar.short_src);
}

/* spawn(f, ...) */
static int spawn(lua_State *L)
{
    struct script *s = script_of(L);

    luaL_checktype(L, 1, LUA_TFUNCTION);
    struct spawned *o = lclass_new(L, &task_class, sizeof(*o), RESULTS);
    list_init(&o->joiners);
    note_where(L, 1, o);
    lua_insert(L, 1);
    o->task = task_start(s, L, lua_gettop(L) - 2, ended, o);
    lua_pushvalue(L, 1);
    task_anchor(o->task, L);
    return 1;
}

static int slept(lua_State *L, int status, lua_KContext ctx)
{
    (void)L;
    (void)status;
    (void)ctx;
    return 0;
}

/* sleep(seconds); sleep(math.huge) has no timer at all. */
static int sleep_seconds(lua_State *L)
{
    int64_t timeout = check_seconds(L, 1);
    return wait_end(L, wait_begin(L), timeout, slept, 0);
}

/* run(timeout) */
static int run(lua_State *L)
{
    struct script *s = script_of(L);
    int64_t timeout = opt_timeout(L, 1);

    if (L != s->main)
        return luaL_error(L, "sip.run belongs to the main thread");
    wait_begin(L);
    if (!script_run(s, timeout))
        return lerror_return(L, "timeout", "%d task%s left", (int)s->count,
                             s->count == 1 ? "" : "s");
    lua_pushboolean(L, true);
    return 1;
}

/* current(): the Task that calls, or nil. */
static int current(lua_State *L)
{
    struct script *s = script_of(L);

    if (s->running && s->running->co == L && s->running->anchored)
        task_push_anchor(s->running, L);
    else
        lua_pushnil(L);
    return 1;
}

static const luaL_Reg functions[] = {
    { "spawn", spawn }, { "sleep", sleep_seconds },
    { "run", run },     { "current", current },
    { NULL, NULL },
};

void task_register(lua_State *L)
{
    lclass_register(L, &task_class);
    luaL_setfuncs(L, functions, 0);
}
