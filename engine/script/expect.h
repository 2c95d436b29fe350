/* SPDX-License-Identifier: MIT */
/*
 * expect(): waits for one entry of an inbox that is wanted. What is wanted: a
 * status (180), a class ("2xx"), a method ("BYE"), "*", a list of these, or a
 * function of the object.
 */
#ifndef SIPWRIGHT_SCRIPT_EXPECT_H
#define SIPWRIGHT_SCRIPT_EXPECT_H

#include <lua.h>

struct entry;
struct inbox;
struct subscription;

/* A Lua function's whole body: object at 1, what at 2, options {timeout,
 * where} at 3. Returns the object, or nil and an error with code "timeout",
 * "unexpected" (another final response came), "ended", "disposed" or
 * "closed". */
int expect_call(lua_State *L, struct inbox *box);

/* The same, of that subscription's alone, whose requests come among others. */
int expect_of(lua_State *L, struct inbox *box, const struct subscription *only);
/* Wakes those who wait so; NULL: all who do not. */
void expect_wake(struct inbox *box, const struct subscription *only);

/* For the ops of an inbox: who waits for more, when this note tells of the end,
 * waits in vain. */
void expect_noted(struct inbox *box, const struct entry *e);

/* With nil and an error on top: the error knows the Call-ID that it is about.
 * Returns 2. */
int expect_failed(lua_State *L, struct inbox *box);

#endif
