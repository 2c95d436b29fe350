/* SPDX-License-Identifier: MIT */
/* The Lua object of an incoming request: a userdata for each that a script has
 * seen. */
#ifndef SIPWRIGHT_SCRIPT_LINCOMING_H
#define SIPWRIGHT_SCRIPT_LINCOMING_H

#include "script/args.h"
#include "script/bind.h"

/* User values. */
enum {
    LINCOMING_DELEGATE = DELEGATE_VALUE,
    LINCOMING_STALE, /* the DigestServer of which it has an old nonce */
    LINCOMING_USER_VALUES = LINCOMING_STALE
};

/* IncomingRequest and a class for each method. */
void lincoming_register(lua_State *L);
int lincoming_gc(lua_State *L);

/* The one at 1; raises for others. */
struct lincoming *check_incoming(lua_State *L);

/*
 * bind_incoming.c: answers it with options that were read, and leaves the
 * object as the result, or nil, err.
 */
int incoming_answer(lua_State *L, int status, const struct response_options *o,
                    const struct args_store *store);
/* Adds "name: value", of the string on top, to the lines of an answer. The
 * string stays there, or the line goes with it. */
void incoming_add_line(lua_State *L, const char *name,
                       struct response_options *o, struct args_store *store);

/* bind_digest.c: methods. */
int incoming_challenge(lua_State *L);
int incoming_verify(lua_State *L);

#endif
