/* SPDX-License-Identifier: MIT */
/* Session: what may be read of it beside what all usages have. */
#include "base/buf.h"
#include "script/bind.h"

static int p_state(lua_State *L)
{
    lua_pushstring(L,
                   session_state_name(session_state(check_session(L, 1)->s)));
    return 1;
}

static int p_cause(lua_State *L)
{
    push_slice(L, session_cause(check_session(L, 1)->s));
    return 1;
}

/* How many requests its mailbox has dropped because it was full. */
static int p_lost(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)check_session(L, 1)->box.lost);
    return 1;
}

static int p_signaling(lua_State *L)
{
    lua_pushstring(L,
                   signaling_name(session_signaling(check_session(L, 1)->s)));
    return 1;
}

static int p_local_sdp(lua_State *L)
{
    push_slice(L, session_sdp(check_session(L, 1)->s, OFFER_LOCAL));
    return 1;
}

static int p_remote_sdp(lua_State *L)
{
    push_slice(L, session_sdp(check_session(L, 1)->s, OFFER_REMOTE));
    return 1;
}

static int p_session_expires(lua_State *L)
{
    bool local;
    uint32_t seconds = session_expires(check_session(L, 1)->s, &local);

    if (seconds)
        lua_pushinteger(L, seconds);
    else
        lua_pushnil(L);
    return 1;
}

static int p_refresher(lua_State *L)
{
    bool local;
    uint32_t seconds = session_expires(check_session(L, 1)->s, &local);

    if (seconds)
        lua_pushstring(L, local ? "local" : "remote");
    else
        lua_pushnil(L);
    return 1;
}

static int p_replaces(lua_State *L)
{
    struct buf value = { 0 };

    session_replaces(check_session(L, 1)->s, &value);
    lua_pushlstring(L, value.p, value.n);
    buf_fini(&value);
    return 1;
}

const struct lproperty session_properties[] = {
    { "state", p_state, NULL },
    { "cause", p_cause, NULL },
    { "lost", p_lost, NULL },
    { "signaling", p_signaling, NULL },
    { "local_sdp", p_local_sdp, NULL },
    { "remote_sdp", p_remote_sdp, NULL },
    { "session_expires", p_session_expires, NULL },
    { "refresher", p_refresher, NULL },
    { "replaces", p_replaces, NULL },
    { NULL, NULL, NULL },
};
