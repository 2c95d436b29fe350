/* SPDX-License-Identifier: MIT */
/* The Lua objects, and what the binding files need of each other. */
#ifndef SIPWRIGHT_SCRIPT_BIND_H
#define SIPWRIGHT_SCRIPT_BIND_H

#include <lauxlib.h>
#include <lua.h>

#include "agent/incoming.h"
#include "agent/request.h"
#include "agent/session.h"
#include "agent/subscription.h"
#include "agent/ua.h"
#include "script/host.h"
#include "script/inbox.h"
#include "script/lclass.h"

struct addr;
struct buf;
struct faults;
struct lcall;

struct lagent {
    struct ua *ua; /* NULL: closed */
    struct host *host;
    int anchor;
    struct inbox box;
    struct faults *faults; /* its own; NULL: none */
    /* A load run that serves takes every request instead of the inbox. */
    void (*serve)(void *arg, struct lagent *a, struct incoming *in);
    void *serve_arg;
};

struct lrequest {
    struct request *r; /* NULL: collected or never made */
    struct host *host;
    int anchor;
    struct inbox box;
    struct entry *outcome;
    struct lcall *call; /* whose it is, or NULL */
    bool delegated;     /* it has a delegate */
};

struct lincoming {
    struct incoming *in;
    struct host *host;
    int anchor;
    struct lcall *call; /* the load call that it began, or NULL */
    bool told;          /* of its CANCEL */
    struct inbox box;   /* its CANCEL */
};

struct lsubscription {
    struct subscription *s;
    struct host *host;
    int anchor;
    struct inbox *box, own; /* of its request, where one has made it */
    struct lrequest *lr;    /* that one, or NULL; a user value holds it */
    struct lcall *call;
};

struct lsession {
    struct session *s;
    struct host *host;
    int anchor;
    struct inbox box;
    struct lcall *call;
    bool ended;
    bool silent; /* disposed of: its delegate hears nothing more */
};

extern const struct lclass class_agent, class_request, class_response,
    class_incoming, class_usage, class_session, class_subscription,
    class_message, class_socket, class_load, class_call, class_digest_server;

/* Each registers its classes and adds its functions to the table on top. */
void bind_agent(lua_State *L);
void bind_request(lua_State *L);
void bind_response(lua_State *L);
void bind_incoming(lua_State *L);
void bind_session(lua_State *L);
void bind_subscription(lua_State *L);
void bind_message(lua_State *L);
void bind_socket(lua_State *L);
void bind_load(lua_State *L);
void bind_call(lua_State *L);
void bind_digest(lua_State *L);
void bind_clock(lua_State *L);
void bind_process(lua_State *L);
void bind_counters(lua_State *L);
void bind_trace(lua_State *L);
/* bind_typed.c: members of Message. */
int typed_address(lua_State *L);
int typed_sdp_view(lua_State *L);
void bind_signal(lua_State *L);

/* bind_incoming.c: 500 to a request whose delegate failed before it answered;
 * its sender need not wait for what nobody will do. */
void answer_failed(struct entry *e);

void push_slice(lua_State *L, struct slice s); /* nil when absent */
/* A list of the values of one header in header lines. bind_message.c. */
void push_header_values(lua_State *L, struct slice lines, struct slice name);
void push_message(lua_State *L, const struct message *m); /* nil for NULL */
void push_response(lua_State *L, struct lrequest *lr, struct entry *e,
                   int request_idx); /* userdata of lr */
void push_incoming(lua_State *L, struct host *h, struct incoming *in);
void push_session(lua_State *L, struct host *h, struct session *s,
                  struct lcall *call);
void push_subscription(lua_State *L, struct host *h, struct subscription *s,
                       struct lcall *call);

/*
 * The request kinds' common way in: `options` at `options_idx`, delegate behind
 * it. Sends, and pushes the request. Raises on wrong use; returns 1, or 2 with
 * nil, err. `target`: see struct request_options; method only for the generic
 * kind.
 */
struct send_args {
    const struct request_kind *kind;
    struct host *host;
    struct lagent *agent; /* NULL: on the usage */
    struct usage *usage;
    struct lcall *call;
    struct slice target, method, refer_to;
    struct slice rack, expires; /* where the options have none */
    int options_idx;
    int64_t intended;
};
int send_request(lua_State *L, const struct send_args *a);

/* The property `delegate` of whatever has one: the first user value. The object
 * is at 1, what is set at 3. */
enum { DELEGATE_VALUE = 1 };
int delegate_get(lua_State *L);
int delegate_set(lua_State *L, const char *const *known, bool exact);

/* User values of a UserAgent, besides its delegate: functions. */
enum {
    AGENT_WHERE = DELEGATE_VALUE + 1, /* of its faults */
    AGENT_EDIT,
    AGENT_AUTH_HOOK,
    AGENT_VALUES = AGENT_AUTH_HOOK
};
/* Pushes one of them, on the host's stack; false, and nothing pushed, if there
 * is none. */
bool agent_push_value(struct lagent *a, int which);

/* agent_faults.c: a method of UserAgent, and its end. */
int agent_faults(lua_State *L);
void agent_drop_faults(struct lagent *a);

/* agent_bytes.c: members of UserAgent, and the edit as the engine asks it. */
int agent_send(lua_State *L);
int agent_get_edit(lua_State *L);
int agent_set_edit(lua_State *L);
bool agent_run_edit(void *arg, struct ua *ua, const struct addr *to,
                    struct buf *text);

/* auth_hook.c: asks the function on top of the host's stack, which goes. */
int auth_hook_ask(struct host *h, struct request *r, struct message *challenge,
                  struct buf *lines);
int auth_hook_of_agent(void *arg, struct request *r, struct message *challenge,
                       struct buf *lines);

/*
 * A delegate's table at idx: what begins with on_ must be a function, and one
 * letter off a known name raises. `exact`: no other on_ names are known.
 * delegate.c.
 */
void check_delegate(lua_State *L, int idx, const char *const *known,
                    bool exact);

/* Of the object on top, which goes, pushes the delegate's function `name`, else
 * `other` (NULL: none); or pushes nothing and returns false. */
bool delegate_push(lua_State *L, const char *name, const char *other);

/* "on_bye" for BYE; a method too long for it is cut. */
enum { DELEGATE_NAME = 40 };
void delegate_of_method(struct slice method, char out[DELEGATE_NAME]);

struct lagent *check_agent(lua_State *L, int idx); /* raises when closed */
struct lrequest *check_request(lua_State *L, int idx);
struct lsession *check_session(lua_State *L, int idx);
/* A Session or Subscription. */
struct usage *check_usage(lua_State *L, int idx, struct host **h,
                          struct lcall **call);
extern const char *const usage_delegate_names[];
/* The engine's part of a request inside a dialog: what neither switch nor
 * script answers gets its default in time. */
void settle_incoming(struct entry *e, bool seen);
struct lsubscription *check_subscription(lua_State *L, int idx);

/* bind_session_members.c */
extern const struct lproperty session_properties[];
struct lcall *check_call(lua_State *L, int idx); /* raises when over */

/* load: what a call must know. Requests and sessions hold a reference; once
 * the call is over it takes no notice of them any more. */
struct lcall *call_ref(struct lcall *c); /* NULL-safe, like the other */
void call_unref(struct lcall *c);
bool call_over(const struct lcall *c);
/* No other call's, unlike its address; 0: no call. */
uint64_t call_scope(const struct lcall *c);
void call_sent(struct lcall *c, struct request *r);
void call_event(struct lcall *c, struct request *r,
                const struct request_event *e);
void call_failed(struct lcall *c, const char *text);
/* Of what belongs to a call the call is told, while it goes on; else the host.
 * c may be NULL. */
void report_failure(struct host *h, struct lcall *c, const char *text);
int64_t call_intended(struct lcall *c);

#endif
