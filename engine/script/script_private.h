/* SPDX-License-Identifier: MIT */
/* What the files of tasks, waits and calls share. Not for others. */
#ifndef SIPWRIGHT_SCRIPT_SCRIPT_PRIVATE_H
#define SIPWRIGHT_SCRIPT_SCRIPT_PRIVATE_H

#include <lua.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/list.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "script/task.h"

/* ---- watchdog.c ---- */

/*
 * One entry into Lua, on the C stack of whoever enters. The signal handler
 * reads it and may set what is marked.
 */
struct guard {
    lua_State *L;
    struct guard *outer;
    uint64_t serial;
    bool may_yield;        /* else an overrun can only raise */
    volatile bool armed;   /* by the handler: L has the hook */
    volatile bool fired;   /* by the hook, cleared by the handler */
    volatile bool overran; /* by the hook: the yield is the watchdog's */
    int line;              /* by the hook: where that was */
    unsigned depth;        /* handler: how far down the hook was set */
    lua_Hook old_hook;     /* handler: what L had before */
    int old_mask;
    int old_count;
};

struct watchdog {
    double limit;      /* seconds; 0: none */
    uint64_t overruns; /* how many entries were stopped */
    timer_t timer;
    bool running;
    bool has_timer; /* the kernel may refuse one */
    _Atomic(struct guard *) current;
    uint64_t serial; /* of the guard entered last */
    uint64_t seen;   /* handler: the guard of the tick before */
    unsigned ticks;  /* handler: how often in a row */
};

void watchdog_start(struct watchdog *d); /* legal when it runs already */
void watchdog_stop(struct watchdog *d);
/* Of an entry that was stopped, which is counted. */
void watchdog_push_message(struct watchdog *d, lua_State *L);
void guard_enter(struct watchdog *d, struct guard *g, lua_State *L,
                 bool may_yield);
void guard_leave(struct watchdog *d, struct guard *g);

/* ---- wait.c ---- */

/* Someone who can wait: a task, or the main thread (`task` is NULL). */
struct waiter {
    struct wait wait;
    struct script *script;
    struct task *task;
    struct timer timer;
    struct script_job turn; /* queued when it is this one's turn to go on */
    bool suspended;
};

void waiter_init(struct waiter *w, struct script *s, struct task *task,
                 void (*turn)(void *arg), void *arg);
/* Out of every list, queue and timer; the status stays. */
void waiter_clear(struct waiter *w);
void waiter_main_turn(void *script);

/* ---- task.c ---- */

enum task_state {
    TASK_IDLE, /* in the pool */
    TASK_QUEUED,
    TASK_RUNNING,
    TASK_WAITING,
    TASK_ENDING
};

struct task {
    struct list link; /* in script.tasks, in order of start, or script.idle */
    struct waiter waiter;
    lua_State *co;
    int ref; /* of co in the table of threads, and of the anchored value */
    int nargs;
    bool anchored;
    bool failed; /* never to be used again */
    enum task_state state;
    uint64_t serial;
    task_end_fn *ended;
    void *arg;
};

/* Pops a value from L and keeps it alive until the task is over. */
void task_anchor(struct task *t, lua_State *L);
/* Pushes that value, or nil. */
void task_push_anchor(struct task *t, lua_State *L);
/* Forgets all tasks without a call to anyone, for the end of the state. */
void tasks_drop(struct script *s);

/* ---- script.c ---- */

struct script {
    lua_State *main;
    struct loop *loop;
    void *engine;
    void (*close_engine)(void *engine);
    bool closed;

    struct list ready;    /* of script_jobs */
    struct loop_job kick; /* queued while `ready` shall be worked on */
    bool main_turn;       /* the main thread is about to go on: hold the rest */

    script_report_fn *report;
    void *report_arg;

    struct waiter main_waiter;
    bool run_waits; /* the main thread waits for the end of all tasks */
    unsigned calls; /* depth of protected calls: no wait inside */

    struct task *running;
    struct list tasks; /* not ended */
    size_t count;
    struct list idle;
    size_t idle_count;
    uint64_t next_serial;

    struct watchdog watchdog;
};

/* Makes sure that the queue is worked on, if it shall be. */
void script_kick(struct script *s);

/* Keys of the registry, beside the script itself. */
void script_push_threads(lua_State *L);
void script_push_anchors(lua_State *L);

#endif
