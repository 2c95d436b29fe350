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

/* Members of those kinds that subscribe: bind_request.c. */
extern const struct lproperty lrequest_subscribing[];

/* Does this kind wait for NOTIFYs? */
bool lrequest_subscribes(const struct lrequest *lr);
void lrequest_drop_if_over(struct lrequest *lr);

/* ---- lsubscription.c ---- */
/* What comes for `s` is the request's while the script has not asked for it. */
void lrequest_hear(struct lrequest *lr, struct subscription *s);
struct lrequest *lrequest_of_subscription(struct subscription *s); /* or NULL */
/* Before its object goes: it hears of its subscriptions no more. */
void lrequest_leave_subscriptions(struct lrequest *lr, struct request *r);
int lsubscription_gc(lua_State *L); /* __gc */
/* The object that the script has of it, or NULL. */
struct lsubscription *lsubscription_of(struct subscription *s);
/* As inbox_ops.delegate. */
bool lsubscription_delegate(lua_State *L, struct lsubscription *p,
                            struct entry *e);
void lsubscription_put(struct inbox *box, struct subscription *s,
                       struct entry *e);
/* One of its entries, in the request's inbox, is done with. */
void lsubscription_settled(struct subscription *s);
/* Of the request at that index. */
void push_request_subscription(lua_State *L, struct subscription *s,
                               int request_idx);

#endif
