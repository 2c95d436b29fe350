/* SPDX-License-Identifier: MIT */
/* The wait for what is wanted. */
#include "script/expect.h"

#include <lauxlib.h>
#include <string.h>

#include "agent/subscription.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "script/call.h"
#include "script/host.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/task.h"
#include "script/want.h"

enum { DEFAULT_SECONDS = 5 };

/* Calls a predicate of the script's with the entry's object. */
static bool ask(struct want *q, int function_idx, struct entry *e)
{
    struct host *h = q->box->host;
    lua_State *L = h->L;
    bool yes = false;

    lua_checkstack(L, LUA_MINSTACK);
    lua_checkstack(q->L, 2);
    lua_pushvalue(q->L, 1);
    lua_pushvalue(q->L, function_idx);
    lua_xmove(q->L, L, 2);
    q->box->ops->push(L, q->box->owner, e, -2);
    if (script_call(h->script, L, 1, 1))
        yes = lua_toboolean(L, -1);
    else
        host_report(h, lua_tostring(L, -1));
    lua_pop(L, 2);
    return yes;
}

static bool one_fits(const struct want_one *one, const struct entry *e)
{
    struct slice method;

    if (!e->in)
        return one->low && e->status >= one->low && e->status <= one->high;
    if (one->low)
        return false;
    method = incoming_message(e->in)->w.method_name;
    return !strcmp(one->method, "*") ||
           slice_eq(method, slice_str(one->method));
}

/* Of what a predicate may have ended: the inbox, or the wait it was asked for.
 */
static bool goes_on(const struct want *q)
{
    return q->box->ops && (!q->wait || inbox_still_asks(q->box, q->wait));
}

static bool fits(struct want *q, struct entry *e)
{
    bool yes = q->function && (!e->in || !want_responses(q));

    if (q->only && e->subscription != q->only)
        return false;
    for (int i = 0; i < q->count && !yes; i++)
        yes = one_fits(&q->any[i], e);
    if (yes && q->function)
        yes = ask(q, 2, e);
    if (yes && q->where && goes_on(q))
        yes = ask(q, 5, e);
    return yes;
}

/* A final response that is not the wanted one ends the wait: nothing else
 * can come. */
static bool is_final(const struct entry *e)
{
    return !e->in && !e->note && e->status >= 200;
}

/* But for one who waits for a NOTIFY, which a 2xx only announces. */
static bool ends(const struct want *q, const struct entry *e)
{
    if (!is_final(e) || q->only)
        return false;
    for (int i = 0; i < q->count; i++) {
        if (!q->any[i].low && e->status < 300)
            return false;
    }
    return true;
}

static bool judge(struct want *q, struct entry *e)
{
    bool yes = fits(q, e);

    if (!goes_on(q)) /* a predicate has ended it: e may be gone */
        return false;
    if (yes)
        e->taken = true;
    else
        q->mismatch = ends(q, e);
    return yes || q->mismatch;
}

/* When a predicate ends its own wait, the want is garbage of a dead stack: the
 * main thread's holds it, and the inbox's object, until it is judged. */
static bool match(struct wait *w, void *event)
{
    struct want *q = (struct want *)(uintptr_t)w->want;
    lua_State *L = q->box->host->L;
    bool yes;

    lua_checkstack(L, LUA_MINSTACK);
    lua_checkstack(q->L, 2);
    lua_pushvalue(q->L, 1);
    lua_pushvalue(q->L, 4);
    lua_xmove(q->L, L, 2);
    yes = judge(q, event);
    lua_pop(L, 2);
    return yes;
}

int expect_failed(lua_State *L, struct inbox *box)
{
    struct slice id = { NULL, 0 };

    if (box->ops && box->ops->call_id)
        id = box->ops->call_id(box->owner);
    if (!slice_present(id))
        return 2;
    lua_pushlstring(L, id.p, id.n);
    lua_setfield(L, -2, "call_id");
    return 2;
}

static int unexpected(lua_State *L, struct want *q, struct entry *e)
{
    char text[WANT_TEXT];
    const char *wanted = want_text(q, text);
    struct slice reason =
        e->message ? e->message->w.reason : slice_str(reason_phrase(e->status));

    if (!e->message) {
        lerror_return(L, "unexpected", "wanted %s, got %d %s (%s)", wanted,
                      e->status, reason_phrase(e->status), e->cause);
        return expect_failed(L, q->box);
    }
    lerror_return(L, "unexpected", "wanted %s, got %d %.*s", wanted, e->status,
                  (int)(reason.n & 0xff), reason.p);
    host_push_ladder(L, e->message->w.call_id.p, e->message->w.call_id.n);
    lua_setfield(L, -2, "detail");
    lua_pushlstring(L, e->message->w.call_id.p, e->message->w.call_id.n);
    lua_setfield(L, -2, "call_id");
    return 2;
}

static int closed(lua_State *L, const struct want *q)
{
    char text[WANT_TEXT];

    return lerror_return(L, "closed", "closed while waiting for %s",
                         want_text(q, text));
}

/* Can nothing come any more? */
static bool is_over(const struct want *q)
{
    if (q->only)
        return subscription_over(q->only);
    return q->box->disposed || q->box->ended;
}

static int over(lua_State *L, const struct want *q)
{
    bool disposed = q->only ? subscription_disposed(q->only) : q->box->disposed;
    char text[WANT_TEXT];

    if (disposed)
        return lerror_return(L, "disposed", "disposed of: no %s comes any more",
                             want_text(q, text));
    lerror_return(L, "ended", "the %s is over: no %s comes any more",
                  q->only ? "subscription" : "session", want_text(q, text));
    return expect_failed(L, q->box);
}

static int collect(lua_State *L, int status, lua_KContext ctx)
{
    struct want *q = lua_touserdata(L, 4);
    struct wait *w = wait_of(L);
    char text[WANT_TEXT];

    (void)status;
    (void)ctx;
    if (w->status == WAIT_TIMEOUT) {
        lerror_return(L, "timeout", "no %s within %g s", want_text(q, text),
                      q->seconds);
        return expect_failed(L, q->box);
    }
    if (!q->box->ops)
        return closed(L, q);
    if (w->status != WAIT_READY)
        return over(L, q);
    if (q->mismatch)
        return unexpected(L, q, w->found);
    q->box->ops->push(L, q->box->owner, w->found, 1);
    return 1;
}

/* What nobody has had yet goes first. An outcome stays one however often it
 * is asked for; a provisional response or a request counts once. */
static int look(lua_State *L, struct want *q)
{
    struct entry *last = NULL;
    bool yes;

    list_each_safe (node, &q->box->entries) {
        struct entry *e = container_of(node, struct entry, link);

        if (e->note)
            continue;
        if (ends(q, e))
            last = e;
        yes = !e->taken && fits(q, e);
        if (!q->box->ops) /* `where` has closed it */
            return closed(L, q);
        if (!yes)
            continue;
        e->taken = true;
        if (e->in)
            incoming_take(e->in);
        q->box->ops->push(L, q->box->owner, e, 1);
        return 1;
    }
    if (last && fits(q, last)) {
        q->box->ops->push(L, q->box->owner, last, 1);
        return 1;
    }
    return last ? unexpected(L, q, last) : 0;
}

void expect_wake(struct inbox *box, const struct subscription *only)
{
    list_each_safe (node, &box->waiters) {
        struct wait *w = container_of(node, struct wait, link);
        const struct want *q = w->match == match ? w->want : NULL;

        if ((q ? q->only : NULL) == only)
            wait_wake(w, WAIT_CANCELLED);
    }
}

void expect_noted(struct inbox *box, const struct entry *e)
{
    if (!strcmp(e->note, "on_end"))
        expect_wake(box, e->subscription);
}

int expect_call(lua_State *L, struct inbox *box)
{
    return expect_of(L, box, NULL);
}

/* Options at 3: leaves `where`, or nil, at 5, and returns the timeout. */
static int64_t read_limits(lua_State *L, struct want *q)
{
    int64_t timeout =
        loptions_seconds(L, 3, "timeout", DEFAULT_SECONDS * LOOP_SECOND);

    lua_pushnil(L);
    if (!lua_istable(L, 3))
        return timeout;
    lua_getfield(L, 3, "where");
    lua_replace(L, 5);
    if (!lua_isnil(L, 5) && !lua_isfunction(L, 5))
        luaL_error(L, "option \"where\" must be a function, got %s",
                   luaL_typename(L, 5));
    q->where = !lua_isnil(L, 5);
    return timeout;
}

int expect_of(lua_State *L, struct inbox *box, const struct subscription *only)
{
    static const char *const known[] = { "timeout", "where", NULL };
    int64_t timeout;
    struct want *q;
    struct wait *w;
    int n;

    luaL_checkany(L, 2);
    lua_settop(L, 3);
    loptions_check(L, 3, known, false);
    q = want_new(L);
    q->box = box;
    q->only = only;
    q->L = L;
    want_parse(L, q);
    timeout = read_limits(L, q);
    q->seconds = (double)timeout / (double)LOOP_SECOND;
    w = wait_begin(L);
    n = look(L, q);
    if (n)
        return n;
    if (is_over(q))
        return over(L, q);
    w->match = match;
    w->want = q;
    q->wait = w;
    list_append(&box->waiters, &w->link);
    return wait_end(L, w, timeout, collect, 0);
}
