/* SPDX-License-Identifier: MIT */
/*
 * From a subscription of the agent floor to its Lua object, and back. What
 * comes for a subscriber's goes through the inbox of the request that made it,
 * so that both see it, and everything keeps its order; a notifier's has its
 * own.
 */
#include <stdio.h>

#include "dialog/dialog.h"
#include "script/expect.h"
#include "script/lrequest.h"

enum { REQUEST = DELEGATE_VALUE + 1, USER_VALUES = REQUEST };

/* ---- what comes ---- */

bool lsubscription_delegate(lua_State *L, struct lsubscription *p,
                            struct entry *e)
{
    char name[DELEGATE_NAME];

    if (p->anchor == LUA_NOREF || subscription_disposed(p->s))
        return false;
    if (e->note)
        snprintf(name, sizeof(name), "%s", e->note);
    else
        delegate_of_method(incoming_message(e->in)->w.method_name, name);
    anchor_push(L, p->anchor);
    if (!delegate_push(L, name, e->note ? NULL : "on_request"))
        return false;
    if (e->note)
        lua_pushstring(L, e->cause);
    else
        push_incoming(L, p->host, e->in);
    return true;
}

static bool push_delegate(lua_State *L, void *owner, struct entry *e)
{
    return lsubscription_delegate(L, owner, e);
}

static void push_entry(lua_State *L, void *owner, struct entry *e, int self)
{
    struct lsubscription *p = owner;

    (void)self;
    push_incoming(L, p->host, e->in);
}

static void drop_if_over(struct lsubscription *p)
{
    if (subscription_over(p->s) && !inbox_awaits(p->box, p->s))
        anchor_drop(p->host, &p->anchor);
}

static void settle(void *owner, struct entry *e, bool seen)
{
    struct lsubscription *p = owner;

    if (!e->note)
        settle_incoming(e, seen);
    drop_if_over(p);
}

static void delegate_failed(void *owner, const char *text)
{
    struct lsubscription *p = owner;

    report_failure(p->host, p->call, text);
}

static struct slice call_id(void *owner)
{
    struct lsubscription *p = owner;

    return dialog_call_id(subscription_dialog(p->s));
}

static const struct inbox_ops inbox_ops = {
    .delegate = push_delegate,
    .push = push_entry,
    .settle = settle,
    .failed = delegate_failed,
    .noted = expect_noted,
    .call_id = call_id,
};

void lsubscription_put(struct inbox *box, struct subscription *s,
                       struct entry *e)
{
    e->subscription = subscription_ref(s);
    inbox_put(box, e);
}

static void on_incoming(void *arg, struct subscription *s, struct incoming *in)
{
    struct lsubscription *p = arg;

    lsubscription_put(p->box, s, entry_request(in));
}

static void on_ended(void *arg, struct subscription *s, const char *cause)
{
    struct lsubscription *p = arg;

    lsubscription_put(p->box, s, entry_note("on_end", 0, cause));
}

static void on_disposed(void *arg, struct subscription *s)
{
    struct lsubscription *p = arg;

    expect_wake(p->box, s);
    drop_if_over(p);
    if (p->lr)
        lrequest_drop_if_over(p->lr);
}

static const struct subscription_ops ops = {
    .incoming = on_incoming,
    .ended = on_ended,
    .disposed = on_disposed,
};

/* ---- its request's, while the script has not asked for them ---- */

static void to_request(void *arg, struct subscription *s, struct incoming *in)
{
    struct lrequest *lr = arg;

    lsubscription_put(&lr->box, s, entry_request(in));
}

/* The script may ask for it yet, when its turn has come. */
static void ended_there(void *arg, struct subscription *s, const char *cause)
{
    struct lrequest *lr = arg;

    lsubscription_put(&lr->box, s, entry_note("on_end", 0, cause));
}

static void on_left(void *arg, struct subscription *s)
{
    (void)s;
    lrequest_drop_if_over(arg);
}

static const struct subscription_ops ops_of_request = {
    .incoming = to_request,
    .ended = ended_there,
    .disposed = on_left,
};

void lrequest_hear(struct lrequest *lr, struct subscription *s)
{
    subscription_set_ops(s, &ops_of_request, lr);
}

struct lrequest *lrequest_of_subscription(struct subscription *s)
{
    return subscription_ops(s) == &ops_of_request ? subscription_arg(s) : NULL;
}

void lrequest_leave_subscriptions(struct lrequest *lr, struct request *r)
{
    struct subscription *s;

    for (size_t i = 0; (s = request_subscription(r, i)); i++) {
        if (lrequest_of_subscription(s) == lr)
            subscription_set_ops(s, NULL, NULL);
    }
}

/* ---- the object ---- */

struct lsubscription *lsubscription_of(struct subscription *s)
{
    struct lsubscription *p = subscription_arg(s);

    return subscription_ops(s) == &ops && p->anchor != LUA_NOREF ? p : NULL;
}

void lsubscription_settled(struct subscription *s)
{
    struct lsubscription *p = lsubscription_of(s);

    if (p)
        drop_if_over(p);
}

/* Its request is at `request_idx`, or 0: a notifier's. */
static struct lsubscription *make(lua_State *L, struct host *h,
                                  struct subscription *s, int request_idx)
{
    struct lsubscription *p =
        lclass_new(L, &class_subscription, sizeof(*p), USER_VALUES);

    view_add(L, s);
    p->host = h;
    p->anchor = LUA_NOREF;
    p->box = &p->own;
    if (request_idx) {
        p->lr = lua_touserdata(L, request_idx);
        p->box = &p->lr->box;
        p->call = call_ref(p->lr->call);
        lua_pushvalue(L, request_idx);
        lua_setiuservalue(L, -2, REQUEST);
    } else {
        inbox_init(&p->own, h, &inbox_ops, p);
    }
    p->s = subscription_ref(s);
    if (subscription_over(s) && !inbox_awaits(p->box, s))
        return p;
    subscription_set_ops(s, &ops, p);
    p->anchor = anchor_add(L, -1);
    return p;
}

void push_request_subscription(lua_State *L, struct subscription *s,
                               int request_idx)
{
    struct lrequest *lr = lua_touserdata(L, request_idx);

    if (!view_push(L, s))
        make(L, lr->host, s, lua_absindex(L, request_idx));
}

void push_subscription(lua_State *L, struct host *h, struct subscription *s,
                       struct lcall *call)
{
    struct lrequest *lr = lrequest_of_subscription(s);

    if (view_push(L, s))
        return;
    if (lr && lr->anchor != LUA_NOREF) {
        anchor_push(L, lr->anchor);
        push_request_subscription(L, s, -1);
        lua_remove(L, -2);
    } else {
        make(L, h, s, 0)->call = call_ref(call);
    }
}

int lsubscription_gc(lua_State *L)
{
    struct lsubscription *p = lua_touserdata(L, 1);

    if (!p->s)
        return 0;
    if (subscription_arg(p->s) == p)
        subscription_set_ops(p->s, NULL, NULL);
    if (p->box == &p->own)
        inbox_fini(&p->own);
    subscription_unref(p->s);
    p->s = NULL;
    call_unref(p->call);
    p->call = NULL;
    return 0;
}
