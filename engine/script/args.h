/* SPDX-License-Identifier: MIT */
/*
 * Option tables of requests and answers, read into the agent floor's structs.
 * The views point into Lua strings that the table holds: valid during the
 * binding call only.
 */
#ifndef SIPWRIGHT_SCRIPT_ARGS_H
#define SIPWRIGHT_SCRIPT_ARGS_H

#include <lua.h>
#include <stdint.h>

#include "agent/incoming.h"
#include "agent/request.h"
#include "base/addr.h"

enum {
    ARGS_LINES = 48,
    ARGS_EDITS = 16,
    ARGS_CONTACTS = 16,
    ARGS_SECONDS = 24
};

/* Everything that the structs only point to. */
struct args_store {
    struct slice lines[ARGS_LINES];
    size_t line_count;
    struct slice contacts[ARGS_CONTACTS];
    struct slice remove[ARGS_EDITS];
    struct header_edit replace[ARGS_EDITS], insert[ARGS_EDITS];
    lua_State *L;
    int edit;  /* stack index of the edit function */
    int hook;  /* of that of auth; 0: none */
    int error; /* of what it raised; 0: nothing */
    char expires[ARGS_SECONDS], retry_after[ARGS_SECONDS];
};

/*
 * Reads the table at idx (nil: as usual). `automatic` is the agent's, which
 * `auto = {…}` changes. Raises for unknown keys and wrong types.
 */
void args_request(lua_State *L, int idx, uint32_t automatic,
                  struct request_options *out, struct args_store *store);

/* The same for an answer. */
void args_response(lua_State *L, int idx, struct response_options *out,
                   struct args_store *store);

/* args_fit.c: raises for an option at idx that a request, or an answer to one,
 * of that method has no use for. The keys are known already. */
void args_fit_request(lua_State *L, int idx, struct slice method);
void args_fit_answer(lua_State *L, int idx, struct slice method);

/* Raises what the `edit` function has raised, if it has: to be called when the
 * engine's call is done. */
void args_raise(lua_State *L, const struct args_store *store);

/* `auto = {ack = false}` over `base`. */
uint32_t args_automatic(lua_State *L, int idx, uint32_t base);
/* The same of the table {ack = false} itself, or nil. */
uint32_t args_switches(lua_State *L, int idx, uint32_t base);
/* `timers = {t1=, t2=, t4=}`; zero where none is given. */
struct tx_timing args_timing(lua_State *L, int idx);

/* A URI argument: a URI or a name-addr, of which the URI is taken. Raises. */
struct slice args_uri(lua_State *L, int idx);

struct slice args_slice(lua_State *L, int idx); /* luaL_checklstring */

/* Whom bytes are sent to: "127.0.0.1:5060". Raises. */
void args_address(lua_State *L, int idx, struct addr *out);

/* args_follow.c: the options of what follows a request, each with its own keys.
 * An ACK of a 2xx, one of a refusal, a CANCEL. */
void args_ack(lua_State *L, int idx, struct request_options *out,
              struct args_store *store);
void args_ack_failure(lua_State *L, int idx, struct request_options *out,
                      struct args_store *store);
void args_cancel(lua_State *L, int idx, struct request_options *out,
                 struct args_store *store);

/* ---- for the files of these options alone ---- */

struct slice args_line(lua_State *L, const char *option); /* the one on top */
size_t args_lines(lua_State *L, int idx, const char *key, struct slice *out,
                  size_t room);
/* auth = { user =, password =, hook =, retries = } */
void args_auth(lua_State *L, int idx, struct request_options *out,
               struct args_store *store);
/* args_session.c: the timer (RFC 4028); Replaces (RFC 3891), a value as it is,
 * or the session whose peer shall replace it: that text stays on the stack. */
void args_session_timer(lua_State *L, int idx,
                        struct session_timer_options *out);
struct slice args_replaces(lua_State *L, int idx);
/* args_edits.c */
void args_header_edits(lua_State *L, int idx, struct header_edits *out,
                       struct args_store *store);
bool args_edit(lua_State *L, int idx, struct args_store *store);
bool args_run_edit(void *arg, struct buf *b); /* arg: the args_store */

#endif
