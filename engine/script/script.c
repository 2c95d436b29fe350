/* SPDX-License-Identifier: MIT */
/* The script floor of one Lua state: where it is kept, and its ready queue. */
#include <assert.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>

#include "base/mem.h"
#include "script/script_private.h"

/* Their addresses are the keys. */
static const char script_key;
static const char sentinel_key;
static const char threads_key;
static const char anchors_key;

/*
 * Not in the threads' extra space: Lua 5.4 leaves that of the main thread
 * uninitialised, so a coroutine older than this module carries garbage there.
 */
struct script *script_of(lua_State *L)
{
    struct script *s;

    lua_rawgetp(L, LUA_REGISTRYINDEX, &script_key);
    s = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return s;
}

struct loop *script_loop(struct script *s)
{
    return s->loop;
}

lua_State *script_main(struct script *s)
{
    return s->main;
}

void *script_engine(struct script *s)
{
    return s->engine;
}

void script_set_report(struct script *s, script_report_fn *report, void *arg)
{
    s->report = report;
    s->report_arg = arg;
}

void script_report(struct script *s, const char *what, const char *text)
{
    if (s->report)
        s->report(s->report_arg, text);
    else
        fprintf(stderr, "%s: %s\n", what, text);
}

void script_push_threads(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &threads_key);
}

void script_push_anchors(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &anchors_key);
}

/*
 * One job at a time: so the loop's own limit on chains of jobs holds for tasks
 * that keep waking each other, and descriptors get their turn.
 */
static void run_next(void *arg)
{
    struct script *s = arg;
    struct list *link = list_first(&s->ready);

    if (!link)
        return;
    struct script_job *job = container_of(link, struct script_job, link);
    list_unlink(link);
    job->fn(job->arg);
    script_kick(s);
}

void script_kick(struct script *s)
{
    if (!s->closed && !s->main_turn && !list_empty(&s->ready))
        loop_defer(s->loop, &s->kick);
}

void script_job_init(struct script_job *j, void (*fn)(void *arg), void *arg)
{
    list_init(&j->link);
    j->fn = fn;
    j->arg = arg;
}

void script_post(struct script *s, struct script_job *j)
{
    assert(j->fn);
    if (s->closed || list_linked(&j->link))
        return;
    list_append(&s->ready, &j->link);
    script_kick(s);
}

void script_job_cancel(struct script_job *j)
{
    list_unlink(&j->link);
}

/*
 * Runs in the sentinel's __gc while the state closes: all userdata made after
 * it are finalized, their memory is still there.
 */
static void script_close(struct script *s, lua_State *L)
{
    struct list *link;

    s->closed = true;
    watchdog_stop(&s->watchdog);
    tasks_drop(s);
    waiter_clear(&s->main_waiter);
    while ((link = list_first(&s->ready)))
        list_unlink(link);
    loop_job_cancel(&s->kick);
    if (s->close_engine)
        s->close_engine(s->engine);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &script_key);
    mem_free(s);
}

static int sentinel_gc(lua_State *L)
{
    struct script **box = lua_touserdata(L, 1);

    if (*box)
        script_close(*box, L);
    *box = NULL;
    return 0;
}

/* Marked for finalization before every other object, hence finalized last. */
static struct script **new_sentinel(lua_State *L)
{
    struct script **box = lua_newuserdatauv(L, sizeof(struct script *), 0);

    *box = NULL;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, sentinel_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &sentinel_key);
    return box;
}

static lua_State *main_thread(lua_State *L)
{
    lua_State *main;

    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    main = lua_tothread(L, -1);
    lua_pop(L, 1);
    return main;
}

struct script *script_new(lua_State *L, struct loop *loop, void *engine,
                          void (*close_engine)(void *engine))
{
    assert(!script_of(L));
    struct script **box = new_sentinel(L);

    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &threads_key);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &anchors_key);
    struct script *s = mem_zalloc(sizeof(*s));
    s->main = main_thread(L);
    s->loop = loop;
    s->engine = engine;
    s->close_engine = close_engine;
    s->watchdog.limit = 1;
    s->next_serial = 1;
    list_init(&s->ready);
    list_init(&s->tasks);
    list_init(&s->idle);
    loop_job_init(&s->kick, run_next, s);
    waiter_init(&s->main_waiter, s, NULL, waiter_main_turn, s);
    *box = s;
    lua_pushlightuserdata(L, s);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &script_key);
    return s;
}
