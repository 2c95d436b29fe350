/* SPDX-License-Identifier: MIT */
/*
 * Tasks: coroutines that the engine resumes, pooled. The one lua_resume of the
 * project is here. Also the ready queue, and waiting.
 *
 * Nothing here runs Lua inside a core function: wake-ups and jobs are queued
 * and run from the loop, first come, first served.
 */
#ifndef SIPWRIGHT_SCRIPT_TASK_H
#define SIPWRIGHT_SCRIPT_TASK_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/timer.h"

struct loop;
struct task;

/*
 * The script floor of one Lua state, kept in the state's registry. `engine` is
 * the agent floor's, opaque here.
 */
struct script;
struct script *script_of(lua_State *L); /* NULL: none yet, or closed again */
struct loop *script_loop(struct script *s);
lua_State *script_main(struct script *s);
void *script_engine(struct script *s);

/* Creates it for a state's main thread; closed with the state (a registry
 * sentinel's __gc), after all userdata made later. Tasks that are left then are
 * forgotten: no <close> runs, no `ended` is called. Once a state. */
struct script *script_new(lua_State *L, struct loop *loop, void *engine,
                          void (*close_engine)(void *engine));

/* ---- jobs: run in order from the loop, between tasks ---- */

struct script_job {
    struct list link;
    void (*fn)(void *arg);
    void *arg;
};
void script_job_init(struct script_job *j, void (*fn)(void *arg), void *arg);
void script_post(struct script *s,
                 struct script_job *j); /* once until it ran */
void script_job_cancel(struct script_job *j);

/* ---- tasks ---- */

enum task_end { TASK_RETURNED, TASK_FAILED, TASK_CANCELLED };

/*
 * Called once when the task's function is over. Results (TASK_RETURNED) or one
 * string, message and traceback (TASK_FAILED), are the top `n` values of L;
 * whatever is pushed beyond is dropped. The task goes back to the pool after.
 * It must not raise.
 */
typedef void task_end_fn(void *arg, enum task_end how, lua_State *L, int n);

/*
 * Takes the function and `nargs` arguments from the top of L and queues a task
 * that runs it. The pointer is valid until `ended` has been called. What is
 * reported: when `ended` is NULL an error is printed to stderr.
 */
struct task *task_start(struct script *s, lua_State *L, int nargs,
                        task_end_fn *ended, void *arg);

/* Begins a task that was just started, ahead of all that is ready. For jobs. */
void task_begin(struct task *t);

/* Ends a task that has not ended: pending <close> run, `ended` is called with
 * TASK_CANCELLED. The running task can't cancel itself: ERR_STATE. */
int task_cancel(struct task *t);
void task_cancel_all(struct script *s);
struct task *task_running(struct script *s); /* NULL: the main thread */
size_t task_count(const struct script *s);   /* not ended */

/* ---- waiting ---- */

enum wait_status { WAIT_PENDING, WAIT_READY, WAIT_TIMEOUT, WAIT_CANCELLED };

/*
 * What a task (or the main thread) waits for; one a task, embedded in it. Link
 * it into a list of the awaited object; the object calls wait_wake().
 */
struct wait {
    struct list link; /* in the awaited object's list; unlinked on wake-up */
    enum wait_status status;
    /* For the awaited object's and the binding's use: */
    bool (*match)(struct wait *w, void *event);
    const void *want;
    void *found;
    int number;
};

/*
 * Prepares a wait for the caller running on L; raises `cannot wait here: use
 * sip.spawn` in a coroutine of the user's own, inside script_call(), __gc, or
 * where Lua can't yield (table.sort, string.gsub, require).
 */
struct wait *wait_begin(lua_State *L);

/*
 * Suspends until wait_wake() or until `timeout` nanoseconds have passed (below
 * 0: no limit; 0: looks once at what is ready). Call it as
 * `return wait_end(L, w, timeout, k, ctx)`: k runs at the end with the
 * caller's stack and pushes the results; it finds w->status set
 * (wait_of(L)).  On the main thread the loop is driven until then; when
 * nothing can ever happen any more, the status is WAIT_TIMEOUT.
 */
int wait_end(lua_State *L, struct wait *w, int64_t timeout, lua_KFunction k,
             lua_KContext ctx);
struct wait *wait_of(lua_State *L);

/* Makes the waiter ready; it runs from the ready queue. Idempotent. */
void wait_wake(struct wait *w, enum wait_status status);

/* Who hears of errors in tasks that nobody waits for; by default stderr. */
typedef void script_report_fn(void *arg, const char *text);
void script_set_report(struct script *s, script_report_fn *report, void *arg);
void script_report(struct script *s, const char *what, const char *text);

/* Drives the loop from the main thread until no task is left or `timeout`
 * nanoseconds are over; returns false on the timeout. */
bool script_run(struct script *s, int64_t timeout);

/* Functions for the module table: spawn, sleep, run, current; and the Task
 * class (join, cancel, done). */
void task_register(lua_State *L); /* adds them to the table on top */

/* Seconds of processor time that a task or a script_call() may use without a
 * wait before it is stopped with an error (default 1; at most half as much
 * again may pass). 0: no watchdog. */
void script_set_watchdog(struct script *s, double seconds);
uint64_t script_overruns(const struct script *s); /* how often it had to */

#endif
