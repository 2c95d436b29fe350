/* SPDX-License-Identifier: MIT */
/* OutgoingRequest and its kinds: one class each, all with the same members. */
#include <string.h>

#include "agent/owner.h"
#include "base/err.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/expect.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/task.h"

enum { DELEGATE = 1, CANCEL = 2, USER_VALUES = 2 };

struct lrequest *check_request(lua_State *L, int idx)
{
    struct lrequest *lr = lclass_check(L, idx, &class_request);

    if (!lr->r)
        luaL_error(L, "this request was never sent");
    return lr;
}

/* ---- what the engine tells ---- */

static const char *delegate_name(const struct entry *e)
{
    int status = e->status;

    if (e->note)
        return "on_error";
    if (status == 100)
        return "on_trying";
    if (status < 200)
        return "on_progress";
    if (status < 300)
        return "on_accept";
    return status < 400 ? "on_redirect" : "on_reject";
}

static bool push_delegate(lua_State *L, void *owner, struct entry *e)
{
    struct lrequest *lr = owner;
    int top = lua_gettop(L);

    if (lr->anchor == LUA_NOREF || request_state(lr->r) == REQUEST_DISPOSED)
        return false;
    anchor_push(L, lr->anchor);
    if (lua_getiuservalue(L, -1, DELEGATE) == LUA_TTABLE &&
        lua_getfield(L, -1, delegate_name(e)) == LUA_TFUNCTION) {
        if (e->note)
            lerror_push(L, err_name(e->status), "%s: %s", e->cause,
                        err_text(e->status));
        else
            push_response(L, lr, e, top + 1);
        lua_remove(L, top + 2);
        lua_remove(L, top + 1);
        return true;
    }
    lua_settop(L, top);
    return false;
}

static void push_entry(lua_State *L, void *owner, struct entry *e, int self)
{
    push_response(L, owner, e, self);
}

/* Nothing of the engine's will call it any more. */
static void drop_if_over(struct lrequest *lr)
{
    enum request_state state = lr->r ? request_state(lr->r) : REQUEST_DISPOSED;

    if (!lr->box.pending &&
        (state == REQUEST_DONE || state == REQUEST_DISPOSED))
        anchor_drop(lr->host, &lr->anchor);
}

/* Once the outcome is settled nothing of the engine's refers to it but the
 * late 2xx of a fork, which then is ended in silence. */
static void settle(void *owner, struct entry *e, bool seen)
{
    struct lrequest *lr = owner;

    (void)seen;
    if (lr->r && !e->note)
        request_settle(lr->r, e->session);
    drop_if_over(lr);
}

static void delegate_failed(void *owner, const char *text)
{
    struct lrequest *lr = owner;

    if (lr->call && !call_over(lr->call))
        call_failed(lr->call, text);
    else
        host_report(lr->host, text);
}

static const struct inbox_ops inbox_ops = {
    .delegate = push_delegate,
    .push = push_entry,
    .settle = settle,
    .failed = delegate_failed,
};

static void on_event(void *arg, struct request *r,
                     const struct request_event *ev)
{
    struct lrequest *lr = arg;
    struct entry *e;

    if (lr->call)
        call_event(lr->call, r, ev);
    /* Of too many provisional responses, or 2xx of forks, the last are left
     * to the engine; the outcome never is. */
    if (lr->anchor == LUA_NOREF ||
        (lr->box.count > INBOX_KEPT * 4 && (ev->status < 200 || lr->outcome))) {
        request_settle(r, ev->session);
        return;
    }
    e = entry_response(ev);
    if (ev->status >= 200 && !lr->outcome)
        lr->outcome = e;
    inbox_put(&lr->box, e);
}

static void on_error(void *arg, struct request *r, int err, const char *what)
{
    struct lrequest *lr = arg;

    (void)r;
    if (lr->anchor != LUA_NOREF)
        inbox_put(&lr->box, entry_note(err, what));
}

static void on_disposed(void *arg, struct request *r)
{
    struct lrequest *lr = arg;

    (void)r;
    inbox_wake_all(&lr->box, WAIT_CANCELLED);
    drop_if_over(lr);
}

static const struct request_ops request_ops = {
    .event = on_event,
    .error = on_error,
    .disposed = on_disposed,
};

/* ---- making one ---- */

/* In the order of request_kinds[], without the first. */
static const struct lclass kinds[] = {
    { "OutgoingInviteRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingCancelRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingByeRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingRegisterRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingMessageRequest", &class_request, NULL, NULL, NULL },
};

static const struct lclass *class_of(const struct request_kind *kind)
{
    size_t i = 0;

    while (request_kinds[i] != kind)
        i++;
    return i ? &kinds[i - 1] : &class_request;
}

/* The userdata comes before the request: half made, it is collectable. */
static struct lrequest *new_request(lua_State *L, struct host *h,
                                    const struct request_kind *kind,
                                    struct lcall *call)
{
    struct lrequest *lr =
        lclass_new(L, class_of(kind), sizeof(*lr), USER_VALUES);

    lr->host = h;
    lr->anchor = LUA_NOREF;
    lr->call = call_ref(call);
    inbox_init(&lr->box, h, &inbox_ops, lr);
    return lr;
}

static void adopt(lua_State *L, struct lrequest *lr, struct request *r)
{
    lr->r = r;
    request_set_ops(r, &request_ops, lr);
    lr->anchor = anchor_add(L, -1);
}

static int refused(lua_State *L, int err, const char *why)
{
    return lerror_return(L, err_name(err), "%s", why[0] ? why : err_text(err));
}

static void set_delegate(lua_State *L, int request_idx, int delegate_idx)
{
    request_idx = lua_absindex(L, request_idx);
    if (lua_isnoneornil(L, delegate_idx))
        return;
    luaL_checktype(L, delegate_idx, LUA_TTABLE);
    lua_pushvalue(L, delegate_idx);
    lua_setiuservalue(L, request_idx, DELEGATE);
}

int send_request(lua_State *L, const struct send_args *a)
{
    struct host *h = a->agent ? a->agent->host : a->session->host;
    struct ua *ua = a->agent ? a->agent->ua : session_ua(a->session->s);
    struct args_store store;
    struct request_options o;
    struct request *r;
    struct lrequest *lr;
    char why[160];
    int err;

    lua_settop(L, a->options_idx + 1);
    args_request(L, a->options_idx, ua_automatic(ua), &o, &store);
    o.uri = a->target;
    o.method = a->method;
    o.intended = a->intended;
    lr = new_request(L, h, a->kind, a->call);
    set_delegate(L, -1, a->options_idx + 1);
    if (a->session && a->kind == &kind_bye)
        err = session_bye(a->session->s, &r, &o, NULL, NULL, why);
    else if (a->session)
        err = request_new_in_dialog(&r, a->session->s, a->kind, &o, NULL, NULL,
                                    why);
    else
        err = request_new(&r, ua, a->kind, &o, NULL, NULL, why);
    if (store.error && !err) {
        request_dispose(r);
        request_unref(r);
    }
    args_raise(L, &store);
    if (err)
        return refused(L, err, why);
    adopt(L, lr, r);
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
    if (w->status == WAIT_TIMEOUT)
        return lerror_return(L, "timeout", "no final response within %g s",
                             luaL_optnumber(L, 2, 0));
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
    struct lrequest *lr = check_request(L, 1);

    if (!lr->outcome && request_state(lr->r) == REQUEST_DISPOSED)
        return lerror_return(L, "disposed", "the request was disposed of");
    return expect_call(L, &lr->box);
}

/* An error in a `cancel` after the outcome is expected: it may cross. */
static int m_cancel(lua_State *L)
{
    struct lrequest *lr = check_request(L, 1), *child;
    struct args_store store;
    struct request_options o;
    struct request *r;
    int err;

    lua_settop(L, 3);
    if (lua_getiuservalue(L, 1, CANCEL) == LUA_TUSERDATA)
        return 1;
    args_request(L, 3, AUTO_ALL, &o, &store);
    if (!lua_isnoneornil(L, 2)) {
        lua_pushfstring(L, "Reason: %s", luaL_checkstring(L, 2));
        o.lines = store.lines;
        if (store.line_count < ARGS_LINES)
            store.lines[store.line_count++] = args_slice(L, -1);
        o.line_count = store.line_count;
    }
    child = new_request(L, lr->host, &kind_cancel, NULL);
    err = request_cancel(lr->r, &r, &o);
    args_raise(L, &store);
    if (err)
        return lerror_return(L, "final", "the request %s",
                             request_kind(lr->r)->id == METHOD_INVITE
                                 ? "has its outcome already"
                                 : "is no INVITE: it can't be cancelled");
    adopt(L, child, request_ref(r));
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, CANCEL);
    return 1;
}

static int m_dispose(lua_State *L)
{
    struct lrequest *lr = lclass_check(L, 1, &class_request);

    if (lr->r)
        request_dispose(lr->r);
    return 0;
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
    request_set_ops(r, NULL, NULL);
    request_dispose(r);
    request_unref(r);
    return 0;
}

static int p_delegate(lua_State *L)
{
    lclass_check(L, 1, &class_request);
    lua_getiuservalue(L, 1, DELEGATE);
    return 1;
}

static int s_delegate(lua_State *L)
{
    lclass_check(L, 1, &class_request);
    if (!lua_isnil(L, 3))
        luaL_checktype(L, 3, LUA_TTABLE);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 1, DELEGATE);
    return 0;
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
    { "await", m_await },     { "expect", m_expect }, { "cancel", m_cancel },
    { "dispose", m_dispose }, { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "delegate", p_delegate, s_delegate },
    { "message", p_message, NULL },
    { "method", p_method, NULL },
    { "state", p_state, NULL },
    { "attempts", p_attempts, NULL },
    { "cancelled", p_cancelled, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", m_gc },
    { "__close", m_dispose },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_request = { "OutgoingRequest", NULL, methods,
                                      properties, metamethods };

void bind_request(lua_State *L)
{
    lclass_register(L, &class_request);
    for (size_t i = 0; i < array_length(kinds); i++)
        lclass_register(L, &kinds[i]);
}
