/* SPDX-License-Identifier: MIT */
/*
 * IncomingResponse: a view of an entry in its request's inbox, which its user
 * value keeps alive.
 */
#include <string.h>

#include "agent/problems.h"
#include "agent/reliable.h"
#include "base/err.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/lerror.h"

/* User values of an IncomingResponse. */
enum {
    RESPONSE_REQUEST = 1,
    RESPONSE_MESSAGE, /* what the copy of an entry refers to */
    RESPONSE_USER_VALUES = RESPONSE_MESSAGE
};

struct lresponse {
    struct lrequest *lr;
    struct entry *e;
};

/* An entry that goes once it was told: the userdata has a copy of it, and of
 * its message in another one. */
struct kept_response {
    struct lresponse p; /* first */
    struct entry e;
};

static void push_kept(lua_State *L, struct lrequest *lr, const struct entry *e)
{
    struct kept_response *k =
        lclass_new(L, &class_response, sizeof(*k), RESPONSE_USER_VALUES);

    k->p.lr = lr;
    k->p.e = &k->e;
    k->e = *e;
    push_message(L, e->message);
    k->e.message = lua_touserdata(L, -1);
    lua_setiuservalue(L, -2, RESPONSE_MESSAGE);
}

void push_response(lua_State *L, struct lrequest *lr, struct entry *e,
                   int request_idx)
{
    struct lresponse *p;

    request_idx = lua_absindex(L, request_idx);
    if (e->refresh) {
        push_kept(L, lr, e);
    } else {
        p = lclass_new(L, &class_response, sizeof(*p), RESPONSE_REQUEST);
        p->lr = lr;
        p->e = e;
    }
    lua_pushvalue(L, request_idx);
    lua_setiuservalue(L, -2, RESPONSE_REQUEST);
}

static struct lresponse *check(lua_State *L)
{
    struct lresponse *p = lclass_check(L, 1, &class_response);

    if (!p->lr->box.ops) /* finalized before the __gc that asks */
        luaL_error(L, "the request of this response is gone");
    return p;
}

static int p_status(lua_State *L)
{
    lua_pushinteger(L, check(L)->e->status);
    return 1;
}

static struct slice reason_of(const struct entry *e)
{
    return e->message ? e->message->w.reason
                      : slice_str(reason_phrase(e->status));
}

static int p_reason(lua_State *L)
{
    push_slice(L, reason_of(check(L)->e));
    return 1;
}

static int p_ok(lua_State *L)
{
    int status = check(L)->e->status;

    lua_pushboolean(L, status >= 200 && status < 300);
    return 1;
}

static int p_message(lua_State *L)
{
    push_message(L, check(L)->e->message);
    return 1;
}

static int p_synthetic(lua_State *L)
{
    lua_pushboolean(L, check(L)->e->synthetic);
    return 1;
}

static int p_cause(lua_State *L)
{
    const struct entry *e = check(L)->e;

    lua_pushstring(L, e->cause[0] ? e->cause : NULL);
    return 1;
}

static int p_cancelled(lua_State *L)
{
    lua_pushboolean(L, check(L)->e->cancelled);
    return 1;
}

static int p_request(lua_State *L)
{
    check(L);
    lua_getiuservalue(L, 1, RESPONSE_REQUEST);
    return 1;
}

/* Early for a 1xx with a To tag, confirmed for a 2xx to INVITE. */
static int p_session(lua_State *L)
{
    struct lresponse *p = check(L);

    if (p->e->session)
        push_session(L, p->lr->host, p->e->session, p->lr->call);
    else
        lua_pushnil(L);
    return 1;
}

static int p_reliable(lua_State *L)
{
    const struct message *m = check(L)->e->message;

    lua_pushboolean(L, m && reliable_is(m));
    return 1;
}

static int p_rseq(lua_State *L)
{
    const struct message *m = check(L)->e->message;
    uint32_t rseq = m ? reliable_rseq(m) : 0;

    if (rseq)
        lua_pushinteger(L, rseq);
    else
        lua_pushnil(L);
    return 1;
}

static int p_problems(lua_State *L)
{
    uint32_t problems = check(L)->e->problems;
    const char *word;

    lua_newtable(L);
    for (lua_Integer i = 1; (word = problems_next(&problems)); i++) {
        lua_pushstring(L, word);
        lua_rawseti(L, -2, i);
    }
    return 1;
}

/* Of a 2xx the session's, of a refusal the transaction's. */
static int m_ack(lua_State *L)
{
    struct lresponse *p = check(L);
    const struct entry *e = p->e;
    struct args_store store;
    struct request_options o;
    int err = ERR_STATE;

    host_refuse_in_where(L);
    host_refresh(p->lr->host);
    if (e->status < 300)
        args_ack(L, 2, &o, &store);
    else
        args_ack_failure(L, 2, &o, &store);
    if (e->session)
        err = session_ack(e->session, &o);
    else if (e->message && p->lr->r)
        err = request_ack(p->lr->r, e->message, &o);
    args_raise(L, &store);
    if (err)
        return lerror_return_err(L, err, "ack");
    lua_pushboolean(L, true);
    return 1;
}

static int m_prack(lua_State *L)
{
    struct lresponse *p = check(L);
    struct send_args a = { .kind = &kind_prack,
                           .host = p->lr->host,
                           .options_idx = 2 };
    char rack[RACK_TEXT];
    size_t n;

    if (!p->e->session)
        return lerror_return(L, "state",
                             "prack: this response makes no early session");
    a.usage = session_usage(p->e->session);
    a.call = p->lr->call && !call_over(p->lr->call) ? p->lr->call : NULL;
    n = rack_text(p->e->message, rack);
    if (n)
        a.rack = slice_of(rack, n);
    return send_request(L, &a);
}

static int m_tostring(lua_State *L)
{
    const struct entry *e = check(L)->e;
    struct slice reason = reason_of(e);

    lua_pushlstring(L, reason.p, reason.n);
    lua_pushfstring(L, "%d %s", e->status, lua_tostring(L, -1));
    if (e->cause[0])
        lua_pushfstring(L, "%s (%s)", lua_tostring(L, -1), e->cause);
    return 1;
}

static const luaL_Reg methods[] = {
    { "ack", m_ack },
    { "prack", m_prack },
    { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "status", p_status, NULL },
    { "reason", p_reason, NULL },
    { "ok", p_ok, NULL },
    { "message", p_message, NULL },
    { "synthetic", p_synthetic, NULL },
    { "cause", p_cause, NULL },
    { "cancelled", p_cancelled, NULL },
    { "session", p_session, NULL },
    { "reliable", p_reliable, NULL },
    { "rseq", p_rseq, NULL },
    { "problems", p_problems, NULL },
    { "request", p_request, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_response = { "IncomingResponse", NULL, methods,
                                       properties, metamethods };

void bind_response(lua_State *L)
{
    lclass_register(L, &class_response);
}
