/* SPDX-License-Identifier: MIT */
/* What OutgoingRegisterRequest and OutgoingPublishRequest have of their own. */
#include "agent/registration.h"
#include "base/err.h"
#include "script/bind.h"
#include "script/lrequest.h"

/* The latest 2xx, of refreshes too, or NULL. */
static const struct message *accepted(lua_State *L)
{
    return request_accepted(check_request(L, 1)->r);
}

/* "expires" and "q" are numbers where they can be, the others texts. */
static void set_parameter(lua_State *L, const struct wire_param *p)
{
    bool number =
        slice_ieq(p->name, SLICE("expires")) || slice_ieq(p->name, SLICE("q"));

    push_slice(L, p->name);
    if (slice_present(p->value))
        push_slice(L, p->value);
    else
        lua_pushboolean(L, true);
    if (number && lua_type(L, -1) == LUA_TSTRING &&
        lua_stringtonumber(L, lua_tostring(L, -1)) != 0) {
        lua_setfield(L, -5, slice_ieq(p->name, SLICE("q")) ? "q" : "expires");
        lua_pop(L, 2);
    } else {
        lua_settable(L, -3);
    }
}

/* { uri =, expires =, q =, parameters = {} } */
static void push_binding(lua_State *L, const struct registration_contact *k)
{
    struct wire_param p;
    size_t pos = 0;

    lua_newtable(L);
    push_slice(L, k->uri);
    lua_setfield(L, -2, "uri");
    lua_newtable(L);
    while (wire_param_next(k->params, ';', &pos, &p))
        set_parameter(L, &p);
    lua_setfield(L, -2, "parameters");
}

static int p_bindings(lua_State *L)
{
    const struct message *m = accepted(L);
    struct header_cursor c = { 0 };
    struct registration_contact k;
    lua_Integer n = 0;

    if (!m) {
        lua_pushnil(L);
        return 1;
    }
    lua_newtable(L);
    while (registration_next(m, &c, &k)) {
        if (!slice_present(k.uri))
            continue;
        push_binding(L, &k);
        lua_seti(L, -2, ++n);
    }
    return 1;
}

static int p_expires(lua_State *L)
{
    uint32_t seconds;

    if (registration_granted(check_request(L, 1)->r, &seconds))
        lua_pushinteger(L, seconds);
    else
        lua_pushnil(L);
    return 1;
}

static int p_service_route(lua_State *L)
{
    const struct message *m = accepted(L);

    if (m)
        push_header_values(L, m->w.headers, SLICE("Service-Route"));
    else
        lua_pushnil(L);
    return 1;
}

static int p_etag(lua_State *L)
{
    const struct message *m = accepted(L);

    push_slice(L,
               m ? message_header(m, SLICE("SIP-ETag"), 0) : slice_of(NULL, 0));
    return 1;
}

const struct lproperty register_properties[] = {
    { "bindings", p_bindings, NULL },
    { "expires", p_expires, NULL },
    { "service_route", p_service_route, NULL },
    { NULL, NULL, NULL },
};

const struct lproperty publish_properties[] = {
    { "etag", p_etag, NULL },
    { NULL, NULL, NULL },
};
