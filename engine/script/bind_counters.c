/* SPDX-License-Identifier: MIT */
/* objects(), counters(), drops(): what is alive, what has passed or not. */
#include <lauxlib.h>
#include <string.h>

#include "net/net.h"
#include "script/bind.h"
#include "transaction/tx.h"

static void set(lua_State *L, const char *key, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, key);
}

static void add_objects(const struct engine *e, struct engine_objects *sum)
{
    struct engine_objects o;

    if (!e)
        return;
    engine_count(e, &o);
    sum->agents += o.agents;
    sum->requests += o.requests;
    sum->incoming += o.incoming;
    sum->sessions += o.sessions;
    sum->subscriptions += o.subscriptions;
    sum->dialogs += o.dialogs;
    sum->transactions += o.transactions;
    sum->lingering += o.lingering;
    sum->sockets += o.sockets;
}

static int f_objects(lua_State *L)
{
    struct host *h = host_of(L);
    struct engine_objects sum = { 0 };

    add_objects(h->engine, &sum);
    add_objects(h->peer, &sum);
    lua_createtable(L, 0, 9);
    set(L, "agents", sum.agents);
    set(L, "requests", sum.requests);
    set(L, "incoming", sum.incoming);
    set(L, "sessions", sum.sessions);
    set(L, "subscriptions", sum.subscriptions);
    set(L, "dialogs", sum.dialogs);
    set(L, "transactions", sum.transactions);
    set(L, "lingering", sum.lingering);
    set(L, "sockets", sum.sockets);
    return 1;
}

static const char *const sides[] = { "own", "peer", NULL };

/* drops(), drops("peer"): how many messages went no further, by reason. */
static int f_drops(lua_State *L)
{
    const struct drops *d =
        &host_of(L)->drops[luaL_checkoption(L, 1, "own", sides)];

    lua_newtable(L);
    for (size_t i = 0; i < DROPS_REASONS && d->rows[i].reason; i++)
        set(L, d->rows[i].reason, d->rows[i].count);
    return 1;
}

/* counters() of our side, counters("peer") of the embedded peer's. */
static int f_counters(lua_State *L)
{
    struct host *h = host_of(L);
    struct engine *e =
        luaL_checkoption(L, 1, "own", sides) ? h->peer : h->engine;
    const struct tx_counters *tx;
    const struct net_counters *net;

    lua_createtable(L, 0, 16);
    if (!e)
        return 1;
    tx = tx_counters(engine_transactions(e));
    net = net_counters(engine_net(e));
    set(L, "sent", net->sent);
    set(L, "received", net->received);
    set(L, "sent_bytes", net->sent_bytes);
    set(L, "received_bytes", net->received_bytes);
    set(L, "send_calls", net->send_calls);
    set(L, "receive_calls", net->receive_calls);
    set(L, "send_errors", net->send_errors);
    set(L, "kernel_drops", net->kernel_drops);
    set(L, "icmp", net->icmp);
    set(L, "retransmitted", tx->retransmitted);
    set(L, "absorbed", tx->absorbed);
    set(L, "timeouts", tx->timeouts);
    set(L, "late_after_dispose", tx->late);
    set(L, "dropped", engine_drops(e));
    return 1;
}

void bind_counters(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "objects", f_objects },
        { "counters", f_counters },
        { "drops", f_drops },
        { NULL, NULL },
    };

    luaL_setfuncs(L, functions, 0);
}
