/* SPDX-License-Identifier: MIT */
/* Tasks: their coroutines, the pool, and the one lua_resume. */
#include <assert.h>
#include <lauxlib.h>
#include <lua.h>

#include "base/err.h"
#include "base/mem.h"
#include "script/call.h"
#include "script/script_private.h"

enum { IDLE_MOST = 256 }; /* coroutines kept for later tasks */

static void task_turn(void *arg);

/* ---- the pool ---- */

static struct task *new_task(struct script *s, lua_State *L)
{
    script_push_threads(L);
    lua_State *co = lua_newthread(L);
    int ref = luaL_ref(L, -2);
    lua_pop(L, 1);

    struct task *t = mem_zalloc(sizeof(*t));
    t->co = co;
    t->ref = ref;
    list_init(&t->link);
    waiter_init(&t->waiter, s, t, task_turn, t);
    return t;
}

static struct task *take_task(struct script *s, lua_State *L)
{
    struct list *link = list_first(&s->idle);

    if (!link)
        return new_task(s, L);
    list_unlink(link);
    s->idle_count--;
    return container_of(link, struct task, link);
}

static void free_task(struct task *t, lua_State *L)
{
    script_push_threads(L);
    luaL_unref(L, -1, t->ref);
    lua_pop(L, 1);
    mem_free(t);
}

void task_anchor(struct task *t, lua_State *L)
{
    script_push_anchors(L);
    lua_insert(L, -2);
    lua_rawseti(L, -2, t->ref);
    lua_pop(L, 1);
    t->anchored = true;
}

void task_push_anchor(struct task *t, lua_State *L)
{
    script_push_anchors(L);
    lua_rawgeti(L, -1, t->ref);
    lua_remove(L, -2);
}

/*
 * Not every coroutine can serve again: a __close that yields while it is reset
 * leaves it suspended, and an error out of a hook leaves its hooks off, so the
 * watchdog would be blind there.
 */
static void release(struct script *s, struct task *t)
{
    lua_State *L = s->main;

    lua_settop(t->co, 0);
    lua_checkstack(L, LUA_MINSTACK);
    if (t->anchored) {
        lua_pushnil(L);
        task_anchor(t, L);
        t->anchored = false;
    }
    t->state = TASK_IDLE;
    if (t->failed || lua_status(t->co) != LUA_OK ||
        s->idle_count >= IDLE_MOST) {
        free_task(t, L);
        return;
    }
    list_append(&s->idle, &t->link);
    s->idle_count++;
}

/* ---- the end of a task ---- */

/* The top `n` values of its coroutine are what the owner gets. */
static void finish(struct task *t, enum task_end how, int n)
{
    struct script *s = t->waiter.script;

    t->state = TASK_ENDING;
    waiter_clear(&t->waiter);
    list_unlink(&t->link);
    s->count--;
    if (t->ended)
        t->ended(t->arg, how, t->co, n);
    else if (how == TASK_FAILED)
        script_report(s, "error in a task", lua_tostring(t->co, -1));
    release(s, t);
    if (s->count == 0 && s->run_waits)
        wait_wake(&s->main_waiter.wait, WAIT_READY);
}

/*
 * Unwinds the coroutine; pending <close> variables are closed. An error in one
 * of those has nobody else to hear of it.
 */
static void reset(struct task *t)
{
    struct script *s = t->waiter.script;
    struct guard guard;

    guard_enter(&s->watchdog, &guard, t->co, false);
    int status = lua_resetthread(t->co);
    guard_leave(&s->watchdog, &guard);
    if (status != LUA_OK && !t->failed) {
        const char *text = lua_tostring(t->co, -1);
        script_report(s, "error in a cancelled task",
                      text ? text : "(error object is not a string)");
    }
    lua_settop(t->co, 0);
}

/* The error value is on top of the coroutine, whose stack is intact. */
static void fail(struct task *t)
{
    lua_State *main = t->waiter.script->main;

    t->state = TASK_ENDING;
    t->failed = true;
    lua_checkstack(main, LUA_MINSTACK);
    script_traceback(main, t->co);
    reset(t);
    lua_xmove(main, t->co, 1);
    finish(t, TASK_FAILED, 1);
}

/*
 * The position of the innermost Lua function, as a message has it in front.
 * `line` is what the hook saw, or 0: once it has yielded, Lua counts the
 * instruction as not begun and names the line before.
 */
static void push_where(lua_State *L, int line)
{
    lua_Debug ar;

    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0)
            continue;
        lua_pushfstring(L, "%s:%d: ", ar.short_src,
                        line > 0 ? line : ar.currentline);
        return;
    }
    lua_pushliteral(L, "");
}

/* It yielded and does not wait: stopped by the watchdog, or by mistake. */
static void fail_yielded(struct task *t, const struct guard *g)
{
    lua_checkstack(t->co, LUA_MINSTACK);
    push_where(t->co, g->overran ? g->line : 0);
    if (g->overran)
        watchdog_push_message(&t->waiter.script->watchdog, t->co);
    else
        lua_pushliteral(t->co, "a task cannot yield by itself: use sip.sleep");
    lua_concat(t->co, 2);
    fail(t);
}

/* ---- running ---- */

static void task_turn(void *arg)
{
    struct task *t = arg;
    struct script *s = t->waiter.script;
    struct guard guard;
    int nargs = t->state == TASK_QUEUED ? t->nargs : 0;
    int n;

    assert(t->state == TASK_QUEUED || t->state == TASK_WAITING);
    t->state = TASK_RUNNING;
    t->waiter.suspended = false;
    s->running = t;
    guard_enter(&s->watchdog, &guard, t->co, true);
    int status = lua_resume(t->co, s->main, nargs, &n);
    guard_leave(&s->watchdog, &guard);
    s->running = NULL;
    if (status == LUA_OK)
        finish(t, TASK_RETURNED, lua_gettop(t->co));
    else if (status != LUA_YIELD)
        fail(t);
    else if (t->waiter.suspended)
        t->state = TASK_WAITING;
    else
        fail_yielded(t, &guard);
}

struct task *task_start(struct script *s, lua_State *L, int nargs,
                        task_end_fn *ended, void *arg)
{
    watchdog_start(&s->watchdog);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    struct task *t = take_task(s, L);

    if (!lua_checkstack(t->co, nargs + 1)) {
        release(s, t);
        luaL_error(L, "too many arguments for a task");
        return NULL;
    }
    lua_xmove(L, t->co, nargs + 1);
    t->nargs = nargs;
    t->state = TASK_QUEUED;
    t->ended = ended;
    t->arg = arg;
    t->serial = s->next_serial++;
    list_append(&s->tasks, &t->link);
    s->count++;
    script_post(s, &t->waiter.turn);
    return t;
}

void task_begin(struct task *t)
{
    assert(t->state == TASK_QUEUED && !t->waiter.script->running);
    script_job_cancel(&t->waiter.turn);
    task_turn(t);
}

int task_cancel(struct task *t)
{
    bool queued = t->state == TASK_QUEUED;

    if (!queued && t->state != TASK_WAITING)
        return ERR_STATE;
    t->state = TASK_ENDING;
    waiter_clear(&t->waiter);
    t->waiter.wait.status = WAIT_CANCELLED;
    if (!queued)
        reset(t);
    lua_settop(t->co, 0);
    finish(t, TASK_CANCELLED, 0);
    return ERR_NONE;
}

/* The first in order of start that can be cancelled, of those before `end`. */
static struct task *first_cancellable(struct script *s, uint64_t end)
{
    list_each (link, &s->tasks) {
        struct task *t = container_of(link, struct task, link);
        if (t->serial >= end)
            return NULL;
        if (t->state == TASK_QUEUED || t->state == TASK_WAITING)
            return t;
    }
    return NULL;
}

void task_cancel_all(struct script *s)
{
    uint64_t end = s->next_serial; /* not those that a __close starts */
    struct task *t;

    while ((t = first_cancellable(s, end)))
        task_cancel(t);
}

struct task *task_running(struct script *s)
{
    return s->running;
}

size_t task_count(const struct script *s)
{
    return s->count;
}

static void drop_list(struct list *tasks)
{
    struct list *link;

    while ((link = list_first(tasks))) {
        struct task *t = container_of(link, struct task, link);
        list_unlink(link);
        waiter_clear(&t->waiter);
        mem_free(t);
    }
}

void tasks_drop(struct script *s)
{
    drop_list(&s->tasks);
    drop_list(&s->idle);
    s->count = 0;
    s->idle_count = 0;
}
