/* SPDX-License-Identifier: MIT */
/* Waiting: a task yields to the engine, the main thread drives the loop. */
#include <assert.h>
#include <lauxlib.h>
#include <lua.h>

#include "base/mem.h"
#include "script/script_private.h"

static void timed_out(void *arg)
{
    struct waiter *w = arg;
    wait_wake(&w->wait, WAIT_TIMEOUT);
}

void waiter_init(struct waiter *w, struct script *s, struct task *task,
                 void (*turn)(void *arg), void *arg)
{
    *w = (struct waiter){ .script = s, .task = task };
    list_init(&w->wait.link);
    timer_init(&w->timer, timed_out, w);
    script_job_init(&w->turn, turn, arg);
}

void waiter_clear(struct waiter *w)
{
    list_unlink(&w->wait.link);
    timer_stop(&w->timer);
    script_job_cancel(&w->turn);
}

/* Also ends a wait that was begun and then left by an error. */
static struct wait *prepare(struct waiter *w)
{
    waiter_clear(w);
    w->wait = (struct wait){ .status = WAIT_PENDING };
    list_init(&w->wait.link);
    return &w->wait;
}

/* NULL in a coroutine that the engine does not resume. */
static struct waiter *waiter_at(struct script *s, lua_State *L)
{
    if (L == s->main)
        return &s->main_waiter;
    if (s->running && s->running->co == L)
        return &s->running->waiter;
    return NULL;
}

/*
 * Finalizers run at any point of any thread, and one that was tail-called shows
 * no "__gc" in lua_getinfo(). But Lua 5.4.4 refuses lua_gc() while one runs.
 */
static bool in_finalizer(lua_State *L)
{
    return lua_gc(L, LUA_GCCOUNT) < 0;
}

static bool may_wait(struct script *s, lua_State *L, const struct waiter *w)
{
    if (!w || w->suspended || s->calls > 0 || in_finalizer(L))
        return false;
    return L == s->main || lua_isyieldable(L);
}

struct wait *wait_begin(lua_State *L)
{
    struct script *s = script_of(L);
    struct waiter *w = s ? waiter_at(s, L) : NULL;

    if (!w || !may_wait(s, L, w)) {
        luaL_error(L, "cannot wait here: use sip.spawn");
        return NULL;
    }
    return prepare(w);
}

struct wait *wait_of(lua_State *L)
{
    struct waiter *w = waiter_at(script_of(L), L);
    return w ? &w->wait : NULL;
}

void wait_wake(struct wait *wait, enum wait_status status)
{
    struct waiter *w = container_of(wait, struct waiter, wait);

    assert(status != WAIT_PENDING);
    if (wait->status != WAIT_PENDING)
        return;
    wait->status = status;
    list_unlink(&wait->link);
    timer_stop(&w->timer);
    script_post(w->script, &w->turn);
}

/* The queue stops here, and the rest of it waits until main waits again. */
void waiter_main_turn(void *script)
{
    struct script *s = script;

    s->main_waiter.suspended = false;
    s->main_turn = true;
}

/* Looks once and is done unless it is only a matter of its turn. */
static bool poll_once(struct script *s, const struct waiter *m)
{
    loop_turn(s->loop, 0);
    return m->wait.status != WAIT_PENDING;
}

/* From this instant on, however long the script has computed in this turn. */
static void start_timer(struct waiter *w, int64_t timeout)
{
    struct loop *loop = w->script->loop;
    int64_t now = loop_now_exact(loop);

    timer_start_at(loop, &w->timer,
                   timeout > INT64_MAX - now ? INT64_MAX : now + timeout);
}

static void drive(struct script *s, int64_t timeout)
{
    struct waiter *m = &s->main_waiter;
    bool more = true;

    m->suspended = true;
    if (timeout > 0 && m->wait.status == WAIT_PENDING)
        start_timer(m, timeout);
    while (m->suspended && more)
        more =
            timeout == 0 ? poll_once(s, m) : loop_turn(s->loop, LOOP_FOREVER);
    m->suspended = false;
    waiter_clear(m);
    if (m->wait.status == WAIT_PENDING)
        m->wait.status = WAIT_TIMEOUT;
    s->main_turn = false;
    script_kick(s);
}

int wait_end(lua_State *L, struct wait *wait, int64_t timeout, lua_KFunction k,
             lua_KContext ctx)
{
    struct waiter *w = container_of(wait, struct waiter, wait);

    if (!w->task) {
        drive(w->script, timeout);
        return k(L, LUA_YIELD, ctx);
    }
    assert(w->task == w->script->running);
    if (timeout >= 0 && wait->status == WAIT_PENDING)
        start_timer(w, timeout);
    w->suspended = true;
    return lua_yieldk(L, 0, ctx, k);
}

bool script_run(struct script *s, int64_t timeout)
{
    assert(!s->main_waiter.suspended && !s->running);
    if (s->count == 0)
        return true;
    prepare(&s->main_waiter);
    s->run_waits = true;
    drive(s, timeout);
    s->run_waits = false;
    return s->count == 0;
}
