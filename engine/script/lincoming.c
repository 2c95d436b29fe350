/* SPDX-License-Identifier: MIT */
/* From a request that came to its Lua object: its class by method, its birth,
 * its CANCEL, its end. */
#include "script/lincoming.h"

static bool push_delegate(lua_State *L, void *owner, struct entry *e)
{
    struct lincoming *p = owner;
    int top = lua_gettop(L);

    if (p->anchor == LUA_NOREF)
        return false;
    anchor_push(L, p->anchor);
    if (lua_getiuservalue(L, -1, LINCOMING_DELEGATE) == LUA_TTABLE &&
        lua_getfield(L, -1, "on_cancel") == LUA_TFUNCTION) {
        lua_replace(L, top + 1);
        lua_settop(L, top + 1);
        push_incoming(L, p->host, e->in);
        return true;
    }
    lua_settop(L, top);
    return false;
}

static void push_entry(lua_State *L, void *owner, struct entry *e, int self)
{
    struct lincoming *p = owner;

    (void)self;
    push_incoming(L, p->host, e->in);
}

static void drop_if_over(struct lincoming *p)
{
    if (!p->box.pending && (!p->in || !incoming_open(p->in)))
        anchor_drop(p->host, &p->anchor);
}

static void settle(void *owner, struct entry *e, bool seen)
{
    struct lincoming *p = owner;

    (void)seen;
    incoming_settle(e->in);
    drop_if_over(p);
}

static struct slice call_id(void *owner)
{
    struct lincoming *p = owner;

    return incoming_message(p->in)->w.call_id;
}

static const struct inbox_ops inbox_ops = {
    .delegate = push_delegate,
    .push = push_entry,
    .settle = settle,
    .call_id = call_id,
};

static void on_cancelled(void *arg, struct incoming *in,
                         struct incoming *cancel)
{
    struct lincoming *p = arg;

    (void)in;
    p->told = true;
    inbox_put(&p->box, entry_request(cancel));
}

static void on_gone(void *arg, struct incoming *in)
{
    struct lincoming *p = arg;

    /* The 487 of a CANCEL goes out before the CANCEL is told. */
    if (incoming_was_cancelled(in) && !p->told)
        return;
    if (!p->box.pending)
        anchor_drop(p->host, &p->anchor);
}

static const struct incoming_ops ops = { .cancelled = on_cancelled,
                                         .gone = on_gone };

/* By method; one that has no name here is an IncomingRequest. */
static const struct lclass kinds[METHOD_COUNT] = {
    [METHOD_ACK] = { "IncomingAckRequest", &class_incoming, NULL, NULL, NULL },
    [METHOD_BYE] = { "IncomingByeRequest", &class_incoming, NULL, NULL, NULL },
    [METHOD_CANCEL] = { "IncomingCancelRequest", &class_incoming, NULL, NULL,
                        NULL },
    [METHOD_INFO] = { "IncomingInfoRequest", &class_incoming, NULL, NULL,
                      NULL },
    [METHOD_INVITE] = { "IncomingInviteRequest", &class_incoming, NULL, NULL,
                        NULL },
    [METHOD_MESSAGE] = { "IncomingMessageRequest", &class_incoming, NULL, NULL,
                         NULL },
    [METHOD_NOTIFY] = { "IncomingNotifyRequest", &class_incoming, NULL, NULL,
                        NULL },
    [METHOD_OPTIONS] = { "IncomingOptionsRequest", &class_incoming, NULL, NULL,
                         NULL },
    [METHOD_PRACK] = { "IncomingPrackRequest", &class_incoming, NULL, NULL,
                       NULL },
    [METHOD_PUBLISH] = { "IncomingPublishRequest", &class_incoming, NULL, NULL,
                         NULL },
    [METHOD_REFER] = { "IncomingReferRequest", &class_incoming, NULL, NULL,
                       NULL },
    [METHOD_REGISTER] = { "IncomingRegisterRequest", &class_incoming, NULL,
                          NULL, NULL },
    [METHOD_SUBSCRIBE] = { "IncomingSubscribeRequest", &class_incoming, NULL,
                           NULL, NULL },
    [METHOD_UPDATE] = { "IncomingUpdateRequest", &class_incoming, NULL, NULL,
                        NULL },
};

static const struct lclass *class_of(const struct incoming *in)
{
    const struct lclass *kind = &kinds[incoming_method(in)];

    return kind->name ? kind : &class_incoming;
}

void lincoming_register(lua_State *L)
{
    lclass_register(L, &class_incoming);
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (kinds[i].name)
            lclass_register(L, &kinds[i]);
    }
}

void push_incoming(lua_State *L, struct host *h, struct incoming *in)
{
    struct lincoming *p = incoming_arg(in);

    if (p && p->anchor != LUA_NOREF) {
        anchor_push(L, p->anchor);
        return;
    }
    if (view_push(L, in))
        return;
    p = lclass_new(L, class_of(in), sizeof(*p), LINCOMING_USER_VALUES);
    view_add(L, in);
    p->host = h;
    p->anchor = LUA_NOREF;
    inbox_init(&p->box, h, &inbox_ops, p);
    p->in = incoming_ref(in);
    if (!incoming_open(in))
        return;                           /* nothing more can come */
    p->told = incoming_was_cancelled(in); /* by `cancelled`: it came before */
    incoming_set_ops(in, &ops, p);
    p->anchor = anchor_add(L, -1);
}

int lincoming_gc(lua_State *L)
{
    struct lincoming *p = lua_touserdata(L, 1);

    if (!p->in)
        return 0;
    if (incoming_arg(p->in) == p)
        incoming_set_ops(p->in, NULL, NULL);
    inbox_fini(&p->box);
    call_unref(p->call);
    p->call = NULL;
    incoming_unref(p->in);
    p->in = NULL;
    return 0;
}
