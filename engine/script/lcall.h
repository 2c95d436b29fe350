/* SPDX-License-Identifier: MIT */
/* One call of a load run, between the load, its task and its Lua object. */
#ifndef SIPWRIGHT_SCRIPT_LCALL_H
#define SIPWRIGHT_SCRIPT_LCALL_H

#include <lua.h>

#include "agent/owner.h"
#include "script/bind.h"
#include "script/callmetrics.h"

struct failures;
struct load;
struct metrics;

struct lload {
    struct load *load;
    struct metrics *metrics;
    struct callmetrics callmetrics;
    struct failures *failures;
    struct host *host;
    struct lagent *agent;
    struct list calls; /* open ones */
    struct list waiters;
    int anchor;
    int64_t call_timeout; /* nanoseconds; 0: none */
    char *misuse;      /* a wrong option in a call: it ended the run, or NULL */
    uint64_t overruns; /* calls that the watchdog stopped */
    uint64_t overruns_seen; /* script_overruns() when it looked last */
    bool over, killed;
};

/* So many calls that never wait, and the run is ended. */
enum { OVERRUNS_BORNE = 3 };

/* User values of a Load, which its calls read. */
enum {
    LOAD_SCENARIO = 1,
    LOAD_AGENT,
    LOAD_TARGET,
    LOAD_SET,
    LOAD_USER_VALUES = LOAD_SET
};

struct lcall {
    uint32_t refs; /* the run's, and one of each request and session */
    bool over;
    struct list link;   /* in load->calls */
    struct lload *load; /* NULL once over */
    struct task *task;
    struct owner owner;
    struct incoming *incoming; /* serve: what began it */
    uint64_t number;
    uint64_t scope; /* see call_scope() */
    int64_t intended, begun;
    struct timer timeout;
    bool first_sent, failed, killed;
    char *cause;         /* text of the failure, NULL while there is none */
    char call_id[128];   /* of its latest request, for the ladder */
    struct lcall **self; /* in the userdata; set to NULL at the end */
};

/* call.c: begins one as a task. `in` is NULL for a scheduled one. */
void lcall_begin(struct lload *load, uint64_t number, int64_t intended,
                 struct incoming *in);
/* Ends every open call of the run as killed. */
void lcall_kill_all(struct lload *load);
/* At the end of the Lua state, in silence: its task will not run any more. */
void lcall_forget(struct lcall *c);

#endif
