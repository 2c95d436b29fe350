/* SPDX-License-Identifier: MIT */
/*
 * An object's inbox: what came for it, whom it wakes, which delegate it goes
 * to, and what the engine does by itself after that.
 *
 * inbox_put() is called by the engine and only queues. Then, from the ready
 * queue: of a response all who wait are told; then the delegate, if there is
 * one for the entry, runs as a task, one at a time for each object; a request
 * that has no delegate goes to one who waits. When the delegate has returned,
 * or the woken tasks have next suspended, ops->settle runs.
 */
#ifndef SIPWRIGHT_SCRIPT_INBOX_H
#define SIPWRIGHT_SCRIPT_INBOX_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/incoming.h"
#include "agent/request.h"
#include "base/list.h"
#include "script/task.h"

struct host;
struct inbox;

struct entry {
    struct list link; /* in box->entries; unlinked: only on its way */
    struct list turn; /* in box->turns: waits for the running delegate */
    struct script_job job;
    struct inbox *box;
    bool taken;   /* some expect has returned it */
    bool handled; /* a delegate has had it */
    bool failed;  /* and failed */
    bool lost;    /* dropped while it waited for one */
    bool done;    /* settled */
    /* What came: a response (in == NULL), or a request. */
    struct incoming *in;
    struct message *message;           /* NULL: synthetic response */
    struct session *session;           /* of a 1xx or 2xx to INVITE */
    struct subscription *subscription; /* that it is for, or NULL */
    int status;
    uint32_t problems;
    bool refresh; /* a response to a request that went out again by itself:
                     for the delegate alone */
    bool synthetic, fork, cancelled;
    bool keep;        /* lives as long as the inbox */
    const char *note; /* no message: the delegate's function of this name shall
                         hear of `cause`, and on_error of `status` */
    char cause[48];
    int64_t at;
};

struct inbox_ops {
    bool responses; /* that is what comes here; else requests */
    /* Pushes the delegate's function and its arguments and returns true, or
     * pushes nothing. */
    bool (*delegate)(lua_State *L, void *owner, struct entry *e);
    /* Pushes the Lua object of an entry (IncomingResponse, IncomingRequest);
     * the inbox's own object is at `self`. */
    void (*push)(lua_State *L, void *owner, struct entry *e, int self);
    /* The engine's own part. `seen`: a delegate or a waiter had it. */
    void (*settle)(void *owner, struct entry *e, bool seen);
    /* A delegate failed; text has the traceback. NULL: host_report() it. */
    void (*failed)(void *owner, const char *text);
    /* A note has its turn: who waits may have to hear of it. Or NULL. */
    void (*noted)(struct inbox *box, const struct entry *e);
    /* Of the messages that an error of a wait is about; NULL: of none. */
    struct slice (*call_id)(void *owner);
};

enum {
    INBOX_KEPT = 64,              /* that nobody has taken */
    INBOX_QUEUED = INBOX_KEPT * 4 /* that wait for a running delegate */
};

struct inbox {
    struct host *host;
    const struct inbox_ops *ops;
    void *owner;
    struct list entries, turns, waiters;
    struct wait asked; /* stands behind the waiter that is being asked */
    const char *also;  /* a method that comes here among responses, or NULL */
    unsigned count;
    unsigned pending; /* entries that are not settled yet */
    unsigned queued;  /* requests among the turns */
    bool busy;        /* a delegate runs, or is about to */
    /* What it is of: nothing comes any more. */
    bool disposed, ended;
    uint64_t lost; /* entries dropped at a limit */
};

void inbox_init(struct inbox *box, struct host *host,
                const struct inbox_ops *ops, void *owner);
/* Frees the entries and wakes the waiters with WAIT_CANCELLED. */
void inbox_fini(struct inbox *box);
/* At the end of the Lua state: of delegates that will not go on. */
void inbox_drop_orphans(struct host *h);

/* Entries take references of what they hold. */
struct entry *entry_response(const struct request_event *e);
struct entry *entry_request(struct incoming *in);
struct entry *entry_note(const char *name, int err, const char *text);
void inbox_put(struct inbox *box, struct entry *e);

/* Does `w`, which is being asked, still wait? Its own predicate may have ended
 * it: only its address is looked at. */
bool inbox_still_asks(const struct inbox *box, const struct wait *w);

/* Is there something of that subscription's that is not settled yet? */
bool inbox_awaits(const struct inbox *box, const struct subscription *s);

/* Wakes every waiter: the object is closed or disposed of. */
void inbox_wake_all(struct inbox *box, enum wait_status status);

#endif
