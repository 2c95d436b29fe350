/* SPDX-License-Identifier: MIT */
/* What is wanted, and the wait for it. */
#include "script/expect.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/subscription.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "script/call.h"
#include "script/host.h"
#include "script/inbox.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/task.h"

enum { WANTS_MAX = 8, DEFAULT_SECONDS = 5 };

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

static int one_text(const struct want_one *one, char *out, size_t size)
{
    if (!one->low)
        return snprintf(out, size, "%s", one->method);
    if (one->low == one->high)
        return snprintf(out, size, "%d", one->low);
    return snprintf(out, size, "%dxx", one->low / 100);
}

/* "180", "INVITE or BYE", cut where it gets too long. */
static const char *want_text(const struct want *q, char out[WANT_TEXT])
{
    size_t n = 0;

    if (q->function)
        snprintf(out, WANT_TEXT, "what the function accepts");
    for (int i = 0; i < q->count && n < WANT_TEXT; i++) {
        if (i)
            n += (size_t)snprintf(out + n, WANT_TEXT - n, " or ");
        if (n < WANT_TEXT)
            n += (size_t)one_text(&q->any[i], out + n, WANT_TEXT - n);
    }
    return out;
}

/* Are responses what is waited for? */
static bool of_responses(const struct want *q)
{
    return q->box->ops->responses && !q->only;
}

/* A status among requests would never come. */
static void want_responses(lua_State *L, const struct want *q, const char *what)
{
    if (!of_responses(q))
        loptions_raise(L,
                       "expect: requests come here, such as \"INVITE\", and no "
                       "responses such as %s",
                       what);
}

static void parse_word(lua_State *L, const struct want *q, struct want_one *one,
                       const char *word)
{
    size_t n = strlen(word);
    bool responses = of_responses(q);

    if (n == 3 && word[0] >= '1' && word[0] <= '6' &&
        !strcasecmp(word + 1, "xx")) {
        want_responses(L, q, word);
        one->low = (word[0] - '0') * 100;
        one->high = one->low + 99;
        return;
    }
    if (n == 3 && strspn(word, "0123456789") == 3) {
        want_responses(L, q, word);
        one->low = one->high = (int)strtol(word, NULL, 10);
        return;
    }
    if (responses && !strcmp(word, "*")) {
        one->low = 100;
        one->high = 699;
        return;
    }
    if (responses && !(q->box->also && !strcmp(word, q->box->also)))
        loptions_raise(L,
                       "expect: \"%s\" is neither a status such as 180 nor "
                       "a class such as \"2xx\"",
                       word);
    if (strlen(word) >= sizeof(one->method))
        luaL_error(L, "expect: \"%s\" is no method", word);
    snprintf(one->method, sizeof(one->method), "%s", word);
}

static void parse_one(lua_State *L, struct want *q, int idx)
{
    struct want_one *one = &q->any[q->count];
    int is_number;
    lua_Integer status;

    if (q->count == q->room)
        luaL_error(L, "expect: at most %d alternatives", WANTS_MAX);
    if (lua_type(L, idx) == LUA_TNUMBER) {
        want_responses(L, q, luaL_tolstring(L, idx, NULL));
        lua_pop(L, 1);
        status = lua_tointegerx(L, idx, &is_number);
        if (!is_number || status < 100 || status > 699)
            luaL_error(L, "expect: a status is 100 to 699");
        one->low = one->high = (int)status;
    } else if (lua_type(L, idx) == LUA_TSTRING) {
        parse_word(L, q, one, lua_tostring(L, idx));
    } else {
        luaL_error(L,
                   "expect: wants a status, a class like \"2xx\", a method, "
                   "a list of these or a function, got %s",
                   luaL_typename(L, idx));
    }
    q->count++;
}

static void parse_what(lua_State *L, struct want *q)
{
    if (lua_isfunction(L, 2)) {
        q->function = true;
        return;
    }
    if (!lua_istable(L, 2)) {
        parse_one(L, q, 2);
        return;
    }
    for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; i++) {
        parse_one(L, q, lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (!q->count)
        luaL_error(L, "expect: an empty list");
}

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
    bool yes = q->function && (!e->in || !of_responses(q));

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

static int disposed(lua_State *L, const struct want *q)
{
    char text[WANT_TEXT];

    return lerror_return(L, "disposed", "disposed of: no %s comes any more",
                         want_text(q, text));
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
        return disposed(L, q);
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

static struct want *new_want(lua_State *L)
{
    int room = lua_istable(L, 2) ? WANTS_MAX : 1;
    size_t size = sizeof(struct want) + (size_t)room * sizeof(struct want_one);
    struct want *q = memset(lua_newuserdatauv(L, size, 0), 0, size);

    q->room = room;
    return q;
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
    q = new_want(L);
    q->box = box;
    q->only = only;
    q->L = L;
    parse_what(L, q);
    timeout = read_limits(L, q);
    q->seconds = (double)timeout / (double)LOOP_SECOND;
    w = wait_begin(L);
    n = look(L, q);
    if (n)
        return n;
    if (only ? subscription_disposed(only) : box->disposed)
        return disposed(L, q);
    w->match = match;
    w->want = q;
    q->wait = w;
    list_append(&box->waiters, &w->link);
    return wait_end(L, w, timeout, collect, 0);
}
