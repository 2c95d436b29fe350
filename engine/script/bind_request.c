/* SPDX-License-Identifier: MIT */
/* OutgoingRequest and its kinds: one class each, all with the same members. */
#include <string.h>

#include "agent/owner.h"
#include "agent/usage.h"
#include "base/err.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/expect.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/lrequest.h"
#include "script/task.h"

struct lrequest *check_request(lua_State *L, int idx)
{
    struct lrequest *lr = lclass_check(L, idx, &class_request);

    if (!lr->r)
        luaL_error(L, "this request was never sent");
    return lr;
}

/*
 * That a session is over, or has an INVITE pending, may have crossed the
 * script's way: nil, err. All else
 * (a host without an address, a closed agent) raises that error, as assert()
 * would, so that `agent:invite(…):expect(…)` says what is wrong.
 */
static int refused(lua_State *L, const struct send_args *a, int err,
                   const char *why)
{
    int n = lerror_return(L, err_name(err), "%s", why[0] ? why : err_text(err));

    return a->usage && (err == ERR_STATE || err == ERR_PENDING) ? n
                                                                : lua_error(L);
}

static const char *const delegate_names[] = {
    "on_trying", "on_progress", "on_accept",  "on_redirect",
    "on_reject", "on_error",    "on_refresh", NULL,
};

static const char *const subscribing_names[] = {
    "on_trying", "on_progress", "on_accept",         "on_redirect", "on_reject",
    "on_error",  "on_notify",   "on_notify_timeout", NULL,
};

static const char *const *names_of(const struct lrequest *lr)
{
    return lrequest_subscribes(lr) ? subscribing_names : delegate_names;
}

/* What its options and its sender give the request on top of the stack. */
static void set_values(lua_State *L, struct lrequest *lr, int delegate_idx,
                       int hook_idx)
{
    if (!lua_isnoneornil(L, delegate_idx)) {
        check_delegate(L, delegate_idx, names_of(lr), true);
        lr->delegated = true;
        lua_pushvalue(L, delegate_idx);
        lua_setiuservalue(L, -2, LREQUEST_DELEGATE);
    }
    if (hook_idx) {
        lua_pushvalue(L, hook_idx);
        lua_setiuservalue(L, -2, LREQUEST_AUTH_HOOK);
    }
}

static struct slice method_of(const struct send_args *a)
{
    return a->kind->method ? slice_str(a->kind->method) : a->method;
}

int send_request(lua_State *L, const struct send_args *a)
{
    struct ua *ua = a->agent ? a->agent->ua : usage_ua(a->usage);
    struct args_store store;
    struct request_options o;
    struct request *r;
    struct lrequest *lr;
    char why[160];
    int err;

    host_refuse_in_where(L);
    lua_settop(L, a->options_idx + 1);
    host_refresh(a->host);
    args_request(L, a->options_idx, ua_automatic(ua), &o, &store);
    args_fit_request(L, a->options_idx, method_of(a));
    o.uri = a->target;
    o.method = a->method;
    if (!slice_present(o.rack))
        o.rack = a->rack;
    o.intended = a->intended;
    o.scope = call_scope(a->call);
    o.refer_to = a->refer_to;
    if (!slice_present(o.expires))
        o.expires = a->expires;
    lr = lrequest_new(L, a->host, a->kind, a->call);
    set_values(L, lr, a->options_idx + 1, store.hook);
    if (a->usage)
        err = request_new_in_dialog(&r, a->usage, a->kind, &o, NULL, NULL, why);
    else
        err = request_new(&r, ua, a->kind, &o, NULL, NULL, why);
    if (store.error && !err) {
        request_dispose(r);
        request_unref(r);
    }
    args_raise(L, &store);
    if (err)
        return refused(L, a, err, why);
    lrequest_adopt(L, lr, r);
    if (a->call)
        call_sent(a->call, r);
    return 1;
}

/* ---- members ---- */

static int collect_outcome(lua_State *L, int status, lua_KContext ctx)
{
    struct lrequest *lr = lclass_check(L, 1, &class_request);
    struct wait *w = wait_of(L);

    (void)status;
    (void)ctx;
    if (lr->outcome) {
        push_response(L, lr, lr->outcome, 1);
        return 1;
    }
    if (w->status == WAIT_TIMEOUT) {
        lerror_return(L, "timeout", "no final response within %g s",
                      luaL_optnumber(L, 2, 0));
        return expect_failed(L, &lr->box);
    }
    return lerror_return(L, "disposed", "the request was disposed of");
}

static bool is_outcome(struct wait *w, void *event)
{
    const struct entry *e = event;

    (void)w;
    return e->status >= 200;
}

static int m_await(lua_State *L)
{
    struct lrequest *lr = check_request(L, 1);
    int64_t timeout = loptions_arg_seconds(L, 2, -1);
    struct wait *w;

    if (lr->outcome) {
        push_response(L, lr, lr->outcome, 1);
        return 1;
    }
    if (request_state(lr->r) == REQUEST_DISPOSED)
        return lerror_return(L, "disposed", "the request was disposed of");
    w = wait_begin(L);
    w->match = is_outcome;
    list_append(&lr->box.waiters, &w->link);
    return wait_end(L, w, timeout, collect_outcome, 0);
}

static int m_expect(lua_State *L)
{
    return expect_call(L, &check_request(L, 1)->box);
}

static int m_gc(lua_State *L)
{
    struct lrequest *lr = lua_touserdata(L, 1);
    struct request *r = lr->r;

    lr->r = NULL;
    inbox_fini(&lr->box);
    call_unref(lr->call);
    lr->call = NULL;
    if (!r)
        return 0;
    lrequest_leave_subscriptions(lr, r);
    /* One that is left ends by itself. */
    if (request_state(r) != REQUEST_DISPOSED) {
        request_set_ops(r, NULL, NULL);
        request_dispose(r);
    }
    request_unref(r);
    return 0;
}

static int s_delegate(lua_State *L)
{
    struct lrequest *lr = lclass_check(L, 1, &class_request);

    lr->delegated = lua_istable(L, 3);
    return delegate_set(L, names_of(lr), true);
}

/* At the end of a scope there is nothing to choose: silence. */
static int m_close(lua_State *L)
{
    lua_settop(L, 1);
    return lrequest_dispose(L);
}

static int p_message(lua_State *L)
{
    push_message(L, request_message(check_request(L, 1)->r));
    return 1;
}

static int p_method(lua_State *L)
{
    push_slice(L, request_method(check_request(L, 1)->r));
    return 1;
}

static int p_state(lua_State *L)
{
    lua_pushstring(L,
                   request_state_name(request_state(check_request(L, 1)->r)));
    return 1;
}

static int p_attempts(lua_State *L)
{
    lua_pushinteger(L, request_attempts(check_request(L, 1)->r));
    return 1;
}

static int p_cancelled(lua_State *L)
{
    lua_pushboolean(L, request_cancelled(check_request(L, 1)->r));
    return 1;
}

static int p_subscription(lua_State *L)
{
    struct subscription *s = request_subscription(check_request(L, 1)->r, 0);

    if (s)
        push_request_subscription(L, s, 1);
    else
        lua_pushnil(L);
    return 1;
}

static int p_subscriptions(lua_State *L)
{
    struct lrequest *lr = check_request(L, 1);
    struct subscription *s;

    lua_newtable(L);
    for (size_t i = 0; (s = request_subscription(lr->r, i)); i++) {
        push_request_subscription(L, s, 1);
        lua_seti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

const struct lproperty lrequest_subscribing[] = {
    { "subscription", p_subscription, NULL },
    { "subscriptions", p_subscriptions, NULL },
    { NULL, NULL, NULL },
};

static int m_tostring(lua_State *L)
{
    struct lrequest *lr = check_request(L, 1);
    struct message *m = request_message(lr->r);
    char line[128] = "";

    if (m)
        message_headline(m, line, sizeof(line));
    lua_pushfstring(L, "%s (%s, %s)", request_kind(lr->r)->type, line,
                    request_state_name(request_state(lr->r)));
    return 1;
}

static const luaL_Reg methods[] = {
    { "await", m_await },
    { "expect", m_expect },
    { "cancel", lrequest_cancel },
    { "dispose", lrequest_dispose },
    { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "delegate", delegate_get, s_delegate },
    { "message", p_message, NULL },
    { "method", p_method, NULL },
    { "state", p_state, NULL },
    { "attempts", p_attempts, NULL },
    { "cancelled", p_cancelled, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", m_gc },
    { "__close", m_close },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_request = { "OutgoingRequest", NULL, methods,
                                      properties, metamethods };

void bind_request(lua_State *L)
{
    lrequest_register(L);
}
