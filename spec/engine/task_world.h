/* SPDX-License-Identifier: MIT */
/* A Lua state with tasks on a virtual clock, for the units of tasks. */
#ifndef SIPWRIGHT_SPEC_TASK_WORLD_H
#define SIPWRIGHT_SPEC_TASK_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "base/mem.h"
#include "loop/loop.h"
#include "script/call.h"
#include "script/lclass.h"
#include "script/script_private.h"
#include "script/task.h"

enum { JOBS = 8 };

struct named_job {
    struct script_job job;
    struct world *world;
    char name[8];
};

struct world {
    struct loop *loop;
    lua_State *L;
    struct script *s;
    struct list waiters; /* of waits: block() */
    struct timer event;  /* of at() */
    char event_does[8];  /* w: wake one, j: post a job */
    struct named_job jobs[JOBS];
    size_t jobs_used;
    char trace[256];
};

static struct world *world_of(lua_State *L)
{
    return script_engine(script_of(L));
}

static void note(struct world *w, const char *what)
{
    assert_true(strlen(w->trace) + strlen(what) + 2 < sizeof(w->trace));
    if (w->trace[0])
        strcat(w->trace, " ");
    strcat(w->trace, what);
}

static int lua_note(lua_State *L)
{
    note(world_of(L), luaL_checkstring(L, 1));
    return 0;
}

static void run_job(void *arg)
{
    struct named_job *j = arg;
    note(j->world, j->name);
}

static void post(struct world *w, const char *name)
{
    assert_true(w->jobs_used < JOBS);
    struct named_job *j = &w->jobs[w->jobs_used++];
    j->world = w;
    snprintf(j->name, sizeof(j->name), "%s", name);
    script_job_init(&j->job, run_job, j);
    script_post(w->s, &j->job);
}

static int lua_post(lua_State *L)
{
    post(world_of(L), luaL_checkstring(L, 1));
    return 0;
}

static bool wake_first(struct world *w, enum wait_status status)
{
    struct list *link = list_first(&w->waiters);
    if (link)
        wait_wake(container_of(link, struct wait, link), status);
    return link != NULL;
}

/* fire(status): wakes the first that blocks; true if there was one. */
static int lua_fire(lua_State *L)
{
    static const char *const names[] = { "ready", "cancelled", NULL };
    static const enum wait_status status[] = { WAIT_READY, WAIT_CANCELLED };
    int i = luaL_checkoption(L, 1, "ready", names);

    lua_pushboolean(L, wake_first(world_of(L), status[i]));
    return 1;
}

static int blocked(lua_State *L, int status, lua_KContext ctx)
{
    static const char *const names[] = { "pending", "ready", "timeout",
                                         "cancelled" };
    (void)status;
    (void)ctx;
    lua_pushstring(L, names[wait_of(L)->status]);
    return 1;
}

/* block(timeout): in the list of those who wait for fire(). */
static int lua_block(lua_State *L)
{
    double timeout = luaL_optnumber(L, 1, -1e-9);
    struct wait *wait = wait_begin(L);

    list_append(&world_of(L)->waiters, &wait->link);
    return wait_end(L, wait, (int64_t)(timeout * 1e9), blocked, 0);
}

static void on_event(void *arg)
{
    struct world *w = arg;

    for (const char *c = w->event_does; *c; c++) {
        if (*c == 'w')
            wake_first(w, WAIT_READY);
        else
            post(w, (char[]){ *c, '\0' });
    }
}

/* at(seconds, what): then 'w' wakes the first, another letter posts a job. */
static int lua_at(lua_State *L)
{
    struct world *w = world_of(L);
    double seconds = luaL_checknumber(L, 1);

    snprintf(w->event_does, sizeof(w->event_does), "%s",
             luaL_checkstring(L, 2));
    timer_init(&w->event, on_event, w);
    timer_start(w->loop, &w->event, (int64_t)(seconds * 1e9));
    return 0;
}

static int lua_now(lua_State *L)
{
    lua_pushnumber(L, (double)loop_now(world_of(L)->loop) / 1e9);
    return 1;
}

/* call(f): true, or false and the text, through script_call(). */
static int lua_call_protected(lua_State *L)
{
    lua_settop(L, 1);
    bool ok = script_call(script_of(L), L, 0, 1);
    lua_pushboolean(L, ok);
    lua_insert(L, 1);
    return 2;
}

static int lua_stress(lua_State *L)
{
    lclass_set_gc_stress(L, lua_toboolean(L, 1));
    return 0;
}

static const luaL_Reg world_functions[] = {
    { "note", lua_note },
    { "post", lua_post },
    { "fire", lua_fire },
    { "block", lua_block },
    { "at", lua_at },
    { "now", lua_now },
    { "call", lua_call_protected },
    { "stress", lua_stress },
    { NULL, NULL },
};

static int set_up(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    if (loop_new(&w->loop))
        return -1;
    loop_set_virtual(w->loop, true);
    list_init(&w->waiters);
    w->L = luaL_newstate();
    luaL_openlibs(w->L);
    w->s = script_new(w->L, w->loop, w, NULL);
    lua_pushglobaltable(w->L);
    luaL_setfuncs(w->L, world_functions, 0);
    lua_pop(w->L, 1);
    lua_newtable(w->L);
    task_register(w->L);
    lua_setglobal(w->L, "sip");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    timer_stop(&w->event);
    lua_close(w->L);
    loop_free(w->loop);
    mem_free(w);
    return 0;
}

/* Runs the text as a script on the main thread; an error fails the test. */
static void lua(struct world *w, const char *text)
{
    int top = lua_gettop(w->L);

    if (luaL_loadbuffer(w->L, text, strlen(text), "@test.lua") ||
        lua_pcall(w->L, 0, 0, 0))
        fail_msg("%s", lua_tostring(w->L, -1));
    assert_int_equal(lua_gettop(w->L), top);
}

#define with_world(test) \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
