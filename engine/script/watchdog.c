/* SPDX-License-Identifier: MIT */
/*
 * The watchdog: a timer on the thread's processor time whose signal compares
 * which entry into Lua runs now with the one of the tick before. So normal
 * runs pay for no hook and no system call.
 *
 * An overrun yields from the hook where it can: no pcall catches that. Where
 * Lua can't yield it raises, at every instruction until the entry is left.
 *
 * Out of reach are a single long call into C (a pattern that backtracks for
 * hours), a finalizer and an error handler of xpcall: Lua runs no hooks there.
 */
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "script/script_private.h"

enum {
    TICKS_A_LIMIT = 2, /* hence stopped after 1 to 1.5 times the limit */
    DEPTH_MOST = 16    /* coroutines within coroutines */
};

static int watchdog_signal(void)
{
    return SIGRTMIN + 1;
}

/* Raises or yields; in a state that kept the hook for too long, removes it. */
static void on_overrun(lua_State *L, lua_Debug *ar)
{
    struct script *s = script_of(L);
    struct guard *g =
        s ? atomic_load_explicit(&s->watchdog.current, memory_order_relaxed)
          : NULL;

    if (!g || !g->armed) {
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    g->fired = true;
    if (g->may_yield && lua_isyieldable(L)) {
        lua_getinfo(L, "l", ar);
        g->line = ar->currentline;
        g->overran = L == g->L;
        lua_yield(L, 0);
        return;
    }
    luaL_where(L, 0);
    watchdog_push_message(&s->watchdog, L);
    lua_concat(L, 2);
    lua_error(L);
}

/*
 * The coroutine that L has resumed, if it has: the thread is the argument of
 * coroutine.resume and coroutine.close, the upvalue of what coroutine.wrap
 * makes. If L is in another function that has a thread there, that thread gets
 * the hook and drops it when it runs in another entry.
 */
static lua_State *resumed_by(lua_State *L)
{
    lua_State *inner = lua_tothread(L, 1);

    if (!inner)
        inner = lua_tothread(L, lua_upvalueindex(1));
    return inner != L ? inner : NULL;
}

/*
 * Hooks the entry's own state; at later ticks without effect one coroutine
 * further down each. A state that has the hook and did not run it for a whole
 * tick is inside a C function, so its frame holds still and may be looked at.
 */
static void arm(struct guard *g)
{
    lua_State *L = g->L;

    if (!g->armed) {
        g->old_hook = lua_gethook(L);
        g->old_mask = lua_gethookmask(L);
        g->old_count = lua_gethookcount(L);
        g->armed = true;
        lua_sethook(L, on_overrun, LUA_MASKCOUNT, 1);
        return;
    }
    if (g->fired) {
        g->fired = false;
        g->depth = 0;
        return;
    }
    if (g->depth < DEPTH_MOST)
        g->depth++;
    for (unsigned i = 0; L && i < g->depth; i++)
        L = resumed_by(L);
    if (L)
        lua_sethook(L, on_overrun, LUA_MASKCOUNT, 1);
}

/* Runs on the thread that runs Lua, between any two of its instructions. */
static void on_tick(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    if (info->si_code != SI_TIMER)
        return;
    struct watchdog *d = info->si_value.sival_ptr;
    struct guard *g = atomic_load_explicit(&d->current, memory_order_relaxed);
    uint64_t serial = g ? g->serial : 0;
    if (serial != d->seen || serial == 0) {
        d->seen = serial;
        d->ticks = 0;
        return;
    }
    if (++d->ticks >= TICKS_A_LIMIT)
        arm(g);
}

static bool create_timer(struct watchdog *d)
{
    struct sigaction action = { .sa_sigaction = on_tick,
                                .sa_flags = SA_RESTART | SA_SIGINFO };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
                              .sigev_signo = watchdog_signal(),
                              .sigev_value.sival_ptr = d };

    event._sigev_un._tid = gettid(); /* glibc 2.36 has no better name */
    sigemptyset(&action.sa_mask);
    if (sigaction(watchdog_signal(), &action, NULL))
        return false;
    return timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &d->timer) == 0;
}

/* Without a timer there is no watchdog: no reason to refuse the script. */
void watchdog_start(struct watchdog *d)
{
    if (d->running || d->limit <= 0)
        return;
    d->running = true;
    d->has_timer = create_timer(d);
    if (!d->has_timer)
        return;
    int64_t period = (int64_t)(d->limit * 1e9) / TICKS_A_LIMIT;
    struct timespec every = { .tv_sec = period / LOOP_SECOND,
                              .tv_nsec = period % LOOP_SECOND };
    struct itimerspec spec = { .it_interval = every, .it_value = every };
    timer_settime(d->timer, 0, &spec, NULL);
}

void watchdog_stop(struct watchdog *d)
{
    if (d->running && d->has_timer)
        timer_delete(d->timer);
    d->running = false;
    d->seen = 0;
    d->ticks = 0;
}

void watchdog_push_message(struct watchdog *d, lua_State *L)
{
    char limit[32];

    d->overruns++;
    snprintf(limit, sizeof(limit), "%g", d->limit);
    lua_pushfstring(L,
                    "ran %s s of processor time without a wait "
                    "(an endless loop?)",
                    limit);
}

void guard_enter(struct watchdog *d, struct guard *g, lua_State *L,
                 bool may_yield)
{
    *g = (struct guard){ .L = L, .may_yield = may_yield };
    g->serial = ++d->serial;
    g->outer = atomic_load_explicit(&d->current, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&d->current, g, memory_order_relaxed);
}

void guard_leave(struct watchdog *d, struct guard *g)
{
    atomic_store_explicit(&d->current, g->outer, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    if (g->armed)
        lua_sethook(g->L, g->old_hook, g->old_mask, g->old_count);
}

uint64_t script_overruns(const struct script *s)
{
    return s->watchdog.overruns;
}

void script_set_watchdog(struct script *s, double seconds)
{
    watchdog_stop(&s->watchdog);
    s->watchdog.limit = seconds > 0 ? seconds : 0;
    if (s->count > 0)
        watchdog_start(&s->watchdog);
}
