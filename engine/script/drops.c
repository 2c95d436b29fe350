/* SPDX-License-Identifier: MIT */
/* Messages that went no further: counted by reason, and told to the script. */
#include "script/drops.h"

#include <lauxlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "script/call.h"
#include "script/host.h"
#include "script/task.h"

enum { QUEUED_MAX = 256 };

/* One that on_drop shall hear of, with a copy of its bytes behind. */
struct drop {
    struct list link;
    struct script_job job;
    struct host *host;
    const char *reason;
    struct addr from;
    bool peer;
    size_t n;
    char bytes[];
};

static void drop_free(struct drop *d)
{
    list_unlink(&d->link);
    script_job_cancel(&d->job);
    d->host->dropped_count--;
    mem_free(d);
}

static void drop_tell(void *arg)
{
    struct drop *d = arg;
    struct host *h = d->host;
    lua_State *L = h->L;
    char text[ADDR_TEXT];
    bool ok;

    if (h->on_drop == LUA_NOREF) {
        drop_free(d);
        return;
    }
    lua_checkstack(L, LUA_MINSTACK);
    lua_rawgeti(L, LUA_REGISTRYINDEX, h->on_drop);
    lua_pushstring(L, d->reason);
    lua_pushlstring(L, d->bytes, d->n);
    lua_pushlstring(L, text, addr_text(&d->from, text));
    lua_pushstring(L, d->peer ? "peer" : "own");
    drop_free(d);
    ok = script_call(h->script, L, 4, 0);
    if (!ok) {
        host_report(h, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

/* It happens in the middle of things: the script hears of it afterwards. Of a
 * flood the counters alone tell. */
static void drop_queue(struct host *h, bool peer, const char *reason,
                       struct slice bytes, const struct addr *from)
{
    struct drop *d;

    if (h->on_drop == LUA_NOREF || h->dropped_count == QUEUED_MAX)
        return;
    d = mem_zalloc(sizeof(*d) + bytes.n);
    d->host = h;
    d->reason = reason;
    d->from = *from;
    d->peer = peer;
    d->n = bytes.n;
    if (bytes.n)
        memcpy(d->bytes, bytes.p, bytes.n);
    list_append(&h->dropped, &d->link);
    h->dropped_count++;
    script_job_init(&d->job, drop_tell, d);
    script_post(h->script, &d->job);
}

static void on_drop(void *arg, const char *reason, struct slice bytes,
                    const struct addr *from)
{
    struct drops *d = arg;
    size_t i = 0;

    drop_queue(d->host, d == &d->host->drops[1], reason, bytes, from);
    while (i < DROPS_REASONS && d->rows[i].reason &&
           strcmp(d->rows[i].reason, reason) != 0)
        i++;
    if (i == DROPS_REASONS)
        return;
    d->rows[i].reason = reason;
    d->rows[i].count++;
}

void drops_attach(struct host *h, struct engine *e, bool peer)
{
    h->drops[peer].host = h;
    engine_on_drop(e, on_drop, &h->drops[peer]);
}

void drops_close(struct host *h)
{
    h->on_drop = LUA_NOREF;
    while (!list_empty(&h->dropped))
        drop_free(container_of(list_first(&h->dropped), struct drop, link));
}
