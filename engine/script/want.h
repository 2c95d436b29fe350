/* SPDX-License-Identifier: MIT */
/* Private to expect: what is wanted, as the script says it. */
#ifndef SIPWRIGHT_SCRIPT_WANT_H
#define SIPWRIGHT_SCRIPT_WANT_H

#include <lua.h>
#include <stdbool.h>

#include "script/inbox.h"

enum { WANTS_MAX = 8 };

struct want_one {
    int low, high;   /* a range of statuses; 0: a method */
    char method[32]; /* "*": any */
};

/*
 * Lives on the caller's stack as a userdata, at index 4: no larger than it has
 * to be, since every wait makes garbage of one.
 */
struct want {
    struct inbox *box;
    const struct subscription *only; /* NULL: all that comes */
    struct wait *wait; /* NULL while it only looks at what is there */
    lua_State *L;      /* the caller's, for functions */
    double seconds;
    int count, room;
    bool function;         /* at index 2 */
    bool where;            /* at index 5 */
    bool mismatch;         /* a final response came, not the one wanted */
    struct want_one any[]; /* `room` of them */
};

enum { WANT_TEXT = 96 };

/* Pushes a new one, zeroed, with room for what is at index 2. */
struct want *want_new(lua_State *L);

/* Reads what is wanted at index 2: raises for what makes no sense. */
void want_parse(lua_State *L, struct want *q);

/* "180", "INVITE or BYE", cut where it gets too long. */
const char *want_text(const struct want *q, char out[WANT_TEXT]);

/* Are responses what is waited for? */
bool want_responses(const struct want *q);

#endif
