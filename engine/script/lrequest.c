/* SPDX-License-Identifier: MIT */
/* From a request of the agent floor to its Lua object, and back. */
#include "script/lrequest.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "script/expect.h"
#include "script/lerror.h"
#include "script/task.h"

static const char *delegate_name(const struct entry *e)
{
    int status = e->status;

    if (e->note)
        return e->note;
    if (e->refresh)
        return "on_refresh";
    if (status == 100)
        return "on_trying";
    if (status < 200)
        return "on_progress";
    if (status < 300)
        return "on_accept";
    return status < 400 ? "on_redirect" : "on_reject";
}

/* What comes for a subscription goes to its own delegate, or else to ours. */
static bool push_notify(lua_State *L, struct lrequest *lr, struct entry *e)
{
    struct lsubscription *p = lsubscription_of(e->subscription);

    if (p && lsubscription_delegate(L, p, e))
        return true;
    if (!e->in || subscription_disposed(e->subscription) ||
        incoming_method(e->in) != METHOD_NOTIFY ||
        request_state(lr->r) == REQUEST_DISPOSED)
        return false;
    anchor_push(L, lr->anchor);
    if (!delegate_push(L, "on_notify", NULL))
        return false;
    push_incoming(L, lr->host, e->in);
    push_subscription(L, lr->host, e->subscription, lr->call);
    return true;
}

static bool push_delegate(lua_State *L, void *owner, struct entry *e)
{
    struct lrequest *lr = owner;
    int top = lua_gettop(L);

    if (lr->anchor != LUA_NOREF && e->subscription)
        return push_notify(L, lr, e);
    if (lr->anchor == LUA_NOREF || request_state(lr->r) == REQUEST_DISPOSED)
        return false;
    anchor_push(L, lr->anchor);
    if (!delegate_push(L, delegate_name(e), NULL))
        return false;
    if (!e->note) {
        anchor_push(L, lr->anchor);
        push_response(L, lr, e, top + 2);
        lua_remove(L, top + 2);
    } else if (e->status) {
        lerror_push(L, err_name(e->status), "%s: %s", e->cause,
                    err_text(e->status));
    }
    return true;
}

static void push_entry(lua_State *L, void *owner, struct entry *e, int self)
{
    struct lrequest *lr = owner;

    if (e->in)
        push_incoming(L, lr->host, e->in);
    else
        push_response(L, lr, e, self);
}

static bool has_function(const struct lrequest *lr, const char *name)
{
    lua_State *L = lr->host->L;
    int top = lua_gettop(L);
    bool yes;

    lua_checkstack(L, LUA_MINSTACK);
    anchor_push(L, lr->anchor);
    yes = lua_getiuservalue(L, -1, LREQUEST_DELEGATE) == LUA_TTABLE &&
          lua_getfield(L, -1, name) == LUA_TFUNCTION;
    lua_settop(L, top);
    return yes;
}

/*
 * Trouble after the outcome, and the 2xx of a further fork, find who wants to
 * hear of them while there may be any. Those of load calls are ended in
 * silence: thousands of them would be kept for nothing.
 */
static bool wants_more(const struct lrequest *lr)
{
    if (lr->anchor == LUA_NOREF || !request_lingers(lr->r))
        return false;
    if (lr->delegated && has_function(lr, "on_error"))
        return true;
    if (lr->call || !request_may_fork(lr->r))
        return false;
    return !request_ends_forks(lr->r) ||
           (lr->delegated && has_function(lr, "on_accept"));
}

/* Nothing of the engine's will call it any more. */
void lrequest_drop_if_over(struct lrequest *lr)
{
    enum request_state state = lr->r ? request_state(lr->r) : REQUEST_DISPOSED;

    if (lr->box.pending || state < REQUEST_DONE ||
        (lr->r && request_listens(lr->r)) ||
        (state == REQUEST_DONE && (request_open(lr->r) || wants_more(lr))))
        return;
    anchor_drop(lr->host, &lr->anchor);
}

/* Once the outcome is settled nothing of the engine's refers to it, but for
 * those who want more. */
static void settle(void *owner, struct entry *e, bool seen)
{
    struct lrequest *lr = owner;
    struct request_event event = { .status = e->status,
                                   .message = e->message,
                                   .synthetic = e->synthetic,
                                   .session = e->session,
                                   .fork = e->fork,
                                   .cancelled = e->cancelled };

    if (e->in)
        settle_incoming(e, seen);
    else if (lr->r && !e->note)
        request_settle(lr->r, &event);
    if (e->subscription)
        lsubscription_settled(e->subscription);
    lrequest_drop_if_over(lr);
}

static void delegate_failed(void *owner, const char *text)
{
    struct lrequest *lr = owner;

    report_failure(lr->host, lr->call, text);
}

static struct slice call_id(void *owner)
{
    struct lrequest *lr = owner;
    struct message *m = lr->r ? request_message(lr->r) : NULL;

    return m ? m->w.call_id : slice_of(NULL, 0);
}

static const struct inbox_ops inbox_ops = {
    .responses = true,
    .delegate = push_delegate,
    .push = push_entry,
    .settle = settle,
    .failed = delegate_failed,
    .noted = expect_noted,
    .call_id = call_id,
};

static void on_event(void *arg, struct request *r,
                     const struct request_event *ev)
{
    struct lrequest *lr = arg;
    struct entry *e;

    if (lr->call && !ev->refresh)
        call_event(lr->call, r, ev);
    /* Of too many provisional responses, or 2xx of forks, the last are left
     * to the engine; the outcome never is. */
    if (lr->anchor == LUA_NOREF ||
        (lr->box.count > INBOX_KEPT * 4 && (ev->status < 200 || lr->outcome))) {
        request_settle(r, ev);
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
        inbox_put(&lr->box, entry_note("on_error", err, what));
}

static void on_disposed(void *arg, struct request *r)
{
    struct lrequest *lr = arg;

    (void)r;
    lr->box.disposed = true;
    expect_wake(&lr->box, NULL);
    lrequest_drop_if_over(lr);
}

static void on_subscribed(void *arg, struct request *r, struct subscription *s)
{
    (void)r;
    lrequest_hear(arg, s);
}

static void on_notify_timeout(void *arg, struct request *r)
{
    struct lrequest *lr = arg;

    (void)r;
    if (lr->anchor != LUA_NOREF)
        inbox_put(&lr->box, entry_note("on_notify_timeout", 0, ""));
}

static void on_gone(void *arg, struct request *r)
{
    (void)r;
    lrequest_drop_if_over(arg);
}

static int on_challenged(void *arg, struct request *r,
                         struct message *challenge, struct buf *lines)
{
    struct lrequest *lr = arg;
    lua_State *L = lr->host->L;

    if (lr->anchor == LUA_NOREF)
        return ERR_NOT_FOUND;
    lua_checkstack(L, LUA_MINSTACK);
    anchor_push(L, lr->anchor);
    lua_getiuservalue(L, -1, LREQUEST_AUTH_HOOK);
    lua_remove(L, -2);
    if (!lua_isfunction(L, -1)) {
        lua_pop(L, 1);
        return ERR_NOT_FOUND;
    }
    return auth_hook_ask(lr->host, r, challenge, lines);
}

static const struct request_ops request_ops = {
    .event = on_event,
    .error = on_error,
    .disposed = on_disposed,
    .gone = on_gone,
    .challenged = on_challenged,
    .subscribed = on_subscribed,
    .notify_timeout = on_notify_timeout,
};

/* Of those that are over there is nothing to say. */
static int p_sessions(lua_State *L)
{
    struct lrequest *lr = check_request(L, 1);
    struct session *s;

    lua_newtable(L);
    for (size_t i = 0; (s = request_session(lr->r, i)); i++) {
        push_session(L, lr->host, s, lr->call);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static const struct lproperty invite_properties[] = {
    { "sessions", p_sessions, NULL },
    { NULL, NULL, NULL },
};

/* In the order of request_kinds[], without the first. */
static const struct lclass kinds[] = {
    { "OutgoingByeRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingCancelRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingInfoRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingInviteRequest", &class_request, NULL, invite_properties, NULL },
    { "OutgoingMessageRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingNotifyRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingPrackRequest", &class_request, NULL, NULL, NULL },
    { "OutgoingPublishRequest", &class_request, NULL, publish_properties,
      NULL },
    { "OutgoingReferRequest", &class_request, NULL, lrequest_subscribing,
      NULL },
    { "OutgoingRegisterRequest", &class_request, NULL, register_properties,
      NULL },
    { "OutgoingSubscribeRequest", &class_request, NULL, lrequest_subscribing,
      NULL },
    { "OutgoingUpdateRequest", &class_request, NULL, NULL, NULL },
};

static const struct lclass *class_of(const struct request_kind *kind)
{
    size_t i = 0;

    while (request_kinds[i] != kind)
        i++;
    return i ? &kinds[i - 1] : &class_request;
}

bool lrequest_subscribes(const struct lrequest *lr)
{
    return lr->box.also != NULL;
}

/* The userdata comes before the request: half made, it is collectable. */
struct lrequest *lrequest_new(lua_State *L, struct host *h,
                              const struct request_kind *kind,
                              struct lcall *call)
{
    struct lrequest *lr =
        lclass_new(L, class_of(kind), sizeof(*lr), LREQUEST_USER_VALUES);

    lr->host = h;
    lr->anchor = LUA_NOREF;
    lr->call = call_ref(call);
    inbox_init(&lr->box, h, &inbox_ops, lr);
    if (kind == &kind_subscribe || kind == &kind_refer)
        lr->box.also = "NOTIFY";
    return lr;
}

void lrequest_adopt(lua_State *L, struct lrequest *lr, struct request *r)
{
    struct subscription *s;

    lr->r = r;
    request_set_ops(r, &request_ops, lr);
    lr->anchor = anchor_add(L, -1);
    for (size_t i = 0; (s = request_subscription(r, i)); i++)
        lrequest_hear(lr, s);
    lrequest_drop_if_over(lr); /* a CANCEL of what has just had its outcome */
}

void lrequest_register(lua_State *L)
{
    lclass_register(L, &class_request);
    for (size_t i = 0; i < array_length(kinds); i++)
        lclass_register(L, &kinds[i]);
}
