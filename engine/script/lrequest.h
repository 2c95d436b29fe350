/* SPDX-License-Identifier: MIT */
/* The Lua object of an outgoing request: its classes, its birth, its events. */
#ifndef SIPWRIGHT_SCRIPT_LREQUEST_H
#define SIPWRIGHT_SCRIPT_LREQUEST_H

#include "script/bind.h"

/* User values of an OutgoingRequest. */
enum {
    LREQUEST_DELEGATE = DELEGATE_VALUE,
    LREQUEST_CANCEL,    /* its OutgoingCancelRequest */
    LREQUEST_AUTH_HOOK, /* a function */
    LREQUEST_USER_VALUES = LREQUEST_AUTH_HOOK
};

/* bind_register.c: members of its class alone, as with the other. */
extern const struct lproperty register_properties[];
extern const struct lproperty publish_properties[];

/* OutgoingRequest and a class for each kind. */
void lrequest_register(lua_State *L);

/* Pushes a new object, before its request is made: half made, it is
 * collectable. `call` may be NULL. */
struct lrequest *lrequest_new(lua_State *L, struct host *h,
                              const struct request_kind *kind,
                              struct lcall *call);

/* lrequest_end.c: methods. */
int lrequest_cancel(lua_State *L);
int lrequest_dispose(lua_State *L);

/* Gives the object on top of the stack its request, reference included, and
 * anchors it. */
void lrequest_adopt(lua_State *L, struct lrequest *lr, struct request *r);

#endif
