/* SPDX-License-Identifier: MIT */
/*
 * What the bindings of one Lua state share: loop, engines, anchors. An anchor
 * keeps a userdata from being collected while the engine may still call it.
 */
#ifndef SIPWRIGHT_SCRIPT_HOST_H
#define SIPWRIGHT_SCRIPT_HOST_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/engine.h"
#include "base/list.h"
#include "net/net.h"
#include "script/drops.h"

struct loop;
struct ring;
struct script;

struct host {
    lua_State *L; /* the main thread */
    struct script *script;
    struct loop *loop;
    struct engine *engine; /* made with the first agent, so that the seed may
                              be set before */
    struct engine *peer;   /* of a peer embedded in the process, or NULL */
    uint64_t seed;
    char run_id[17];
    struct ring *ring;
    struct net_tap taps[2];
    struct drops drops[2]; /* of engine and peer */
    struct list orphans;   /* entries whose inbox is gone: a delegate runs */
    unsigned in_where;     /* host_ask() runs */
    int on_error;          /* registry reference of a function, or LUA_NOREF */
    int on_drop;           /* likewise */
    struct list dropped;   /* that on_drop is still to hear of */
    unsigned dropped_count;
    uint64_t calls; /* of all load runs, begun so far */
};

/* Opens it for a state whose main thread L is; closed with the state. */
struct host *host_open(lua_State *L);
struct host *host_of(lua_State *L);

/*
 * Calls the function below `nargs` arguments on the host's own stack, in the
 * middle of a send or of a response: a `where` of faults, an agent's `edit`, a
 * hook of `auth`. true: its one result is on the stack. An error is reported.
 */
bool host_ask(struct host *h, int nargs);
/* Raises in such a function: it may look, but not send, answer or close. */
void host_refuse_in_where(lua_State *L);
/* For what starts timers: the script may have computed for long since the
 * latest wake-up. */
void host_refresh(struct host *h);

/* The engine, made when first asked for; raises when it can't be. */
struct engine *host_engine(lua_State *L, bool peer);

/* The value at idx stays alive until anchor_drop(). */
int anchor_add(lua_State *L, int idx);
void anchor_push(lua_State *L, int anchor);
void anchor_drop(struct host *h, int *anchor); /* sets it to LUA_NOREF */

/*
 * The object on top is the script's view of an engine's thing: as long as a
 * variable holds it the same one is pushed again, anchored or not. The object
 * has to keep the thing.
 */
void view_add(lua_State *L, const void *thing);
bool view_push(lua_State *L, const void *thing); /* false: nothing pushed */

/* An error in a delegate that belongs to no call: to core.on_error, else to
 * stderr. */
void host_report(struct host *h, const char *text);

/* Pushes the ladder of a Call-ID's messages that are still in the ring; an
 * empty string if there are none. */
void host_push_ladder(lua_State *L, const char *call_id, size_t n);

#endif
