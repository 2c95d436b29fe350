/* SPDX-License-Identifier: MIT */
/* Call: what a scenario function gets. */
#include <string.h>

#include "loop/loop.h"
#include "script/args.h"
#include "script/lcall.h"
#include "script/lerror.h"
#include "script/sending.h"
#include "stats/metrics.h"

struct lcall *check_call(lua_State *L, int idx)
{
    struct lcall **p = lclass_check(L, idx, &class_call);

    if (!*p)
        luaL_error(L, "this call is over");
    return *p;
}

static struct lcall *check(lua_State *L)
{
    return check_call(L, 1);
}

/* ---- measuring ---- */

static int m_check(lua_State *L)
{
    struct lcall *c = check(L);
    struct slice name = args_slice(L, 2);

    luaL_checkany(L, 3);
    metric_check(metrics_get(c->load->metrics, METRIC_CHECK, name),
                 lua_toboolean(L, 3));
    lua_pushboolean(L, lua_toboolean(L, 3));
    return 1;
}

/* Names of the script's own stand apart from the engine's ("outcome …"). */
static int m_count(lua_State *L)
{
    struct lcall *c = check(L);
    lua_Integer n = luaL_optinteger(L, 3, 1);

    lua_pushfstring(L, "count %s", luaL_checkstring(L, 2));
    metric_add(metrics_get(c->load->metrics, METRIC_COUNTER, args_slice(L, -1)),
               n);
    return 0;
}

static void record(struct lcall *c, struct slice name, int64_t ns)
{
    metric_record(metrics_get(c->load->metrics, METRIC_TREND, name), ns);
}

/* Upvalues: Call, name, start. */
static int stop_clock(lua_State *L)
{
    struct lcall **p = lua_touserdata(L, lua_upvalueindex(1));
    size_t n;
    const char *name = lua_tolstring(L, lua_upvalueindex(2), &n);
    int64_t start = lua_tointeger(L, lua_upvalueindex(3));
    int64_t took;

    if (!*p)
        return 0;
    took = loop_now_exact((*p)->load->host->loop) - start;
    record(*p, slice_of(name, n), took);
    lua_pushnumber(L, (double)took / 1e9);
    return 1;
}

static int m_time(lua_State *L)
{
    struct lcall *c = check(L);
    struct slice name = args_slice(L, 2);

    if (!lua_isnoneornil(L, 3)) {
        double seconds = luaL_checknumber(L, 3);

        luaL_argcheck(L, seconds >= 0, 3, "seconds, 0 or more");
        record(c, name, (int64_t)(seconds * 1e9));
        return 0;
    }
    lua_settop(L, 2);
    lua_pushinteger(L, loop_now_exact(c->load->host->loop));
    lua_pushcclosure(L, stop_clock, 3);
    return 1;
}

/* ---- members ---- */

static int load_value(lua_State *L, int which)
{
    lclass_check(L, 1, &class_call);
    lua_getiuservalue(L, 1, 1);
    lua_getiuservalue(L, -1, which);
    return 1;
}

static int p_agent(lua_State *L)
{
    return load_value(L, LOAD_AGENT);
}

static int p_target(lua_State *L)
{
    return load_value(L, LOAD_TARGET);
}

static int p_set(lua_State *L)
{
    return load_value(L, LOAD_SET);
}

static int p_number(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check(L)->number);
    return 1;
}

static int p_incoming(lua_State *L)
{
    struct lcall *c = check(L);

    struct lincoming *p;

    if (!c->incoming) {
        lua_pushnil(L);
        return 1;
    }
    push_incoming(L, c->load->host, c->incoming);
    p = lua_touserdata(L, -1);
    if (!p->call)
        p->call = call_ref(c);
    return 1;
}

static int p_call_id(lua_State *L)
{
    struct lcall *c = check(L);

    lua_pushstring(L, c->call_id[0] ? c->call_id : NULL);
    return 1;
}

static int m_tostring(lua_State *L)
{
    struct lcall **p = lclass_check(L, 1, &class_call);

    if (*p)
        lua_pushfstring(L, "Call (number %d)", (int)(*p)->number);
    else
        lua_pushliteral(L, "Call (over)");
    return 1;
}

static int m_gc(lua_State *L)
{
    struct lcall **p = lua_touserdata(L, 1);

    if (*p)
        (*p)->self = NULL;
    *p = NULL;
    return 0;
}

static const luaL_Reg methods[] = {
    { "invite", send_invite },   { "info", send_info },
    { "message", send_message }, { "notify", send_notify },
    { "options", send_options }, { "publish", send_publish },
    { "refer", send_refer },     { "register", send_register },
    { "request", send_any },     { "subscribe", send_subscribe },
    { "check", m_check },        { "count", m_count },
    { "time", m_time },          { NULL, NULL },
};

static const struct lproperty properties[] = {
    { "agent", p_agent, NULL },
    { "target", p_target, NULL },
    { "set", p_set, NULL },
    { "number", p_number, NULL },
    { "incoming", p_incoming, NULL },
    { "call_id", p_call_id, NULL },
    { NULL, NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__tostring", m_tostring },
    { "__gc", m_gc },
    { NULL, NULL },
};

const struct lclass class_call = { "Call", NULL, methods, properties,
                                   metamethods };

void bind_call(lua_State *L)
{
    lclass_register(L, &class_call);
}
