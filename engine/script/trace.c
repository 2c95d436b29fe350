/* SPDX-License-Identifier: MIT */
/* The ring of recent messages, and ladders of it. */
#include "script/trace.h"

#include <lauxlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "script/bind.h"
#include "script/host.h"
#include "trace/ladder.h"
#include "trace/ring.h"

void trace_attach(struct host *h, struct engine *e, bool peer)
{
    if (!h->ring && ring_new(&h->ring, 0) != ERR_NONE)
        return;
    ring_attach(h->ring, engine_net(e), &h->taps[peer]);
}

/* Before the engines go, whose nets feed it. */
void trace_close(struct host *h)
{
    if (h->engine)
        net_tap_remove(&h->taps[0]);
    if (h->peer)
        net_tap_remove(&h->taps[1]);
    ring_free(h->ring);
    h->ring = NULL;
}

void host_push_ladder(lua_State *L, const char *call_id, size_t n)
{
    struct host *h = host_of(L);
    struct buf text = { 0 };

    if (h->ring)
        ladder_write(h->ring, slice_of(call_id, n), &text);
    lua_pushlstring(L, text.p ? text.p : "", text.n);
    buf_fini(&text);
}

static int f_ladder(lua_State *L)
{
    size_t n;
    const char *id = luaL_checklstring(L, 1, &n);

    host_push_ladder(L, id, n);
    return 1;
}

void bind_trace(lua_State *L)
{
    lua_pushcfunction(L, f_ladder);
    lua_setfield(L, -2, "ladder");
}
