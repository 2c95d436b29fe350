/* SPDX-License-Identifier: MIT */
/*
 * Typed views as Lua tables, read by libosip2's parser: message:address(),
 * message.sdp. Text that it refuses gives nil and an error.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "message/typed.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/lerror.h"

static void set_text(lua_State *L, const char *key, const char *value)
{
    if (!value)
        return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, const char *value)
{
    if (!value)
        return;
    lua_pushinteger(L, (lua_Integer)strtol(value, NULL, 10));
    lua_setfield(L, -2, key);
}

/* {name = value}; true for a parameter without one. */
static void set_params(lua_State *L, const char *key, const osip_list_t *list)
{
    lua_newtable(L);
    for (int i = 0; !osip_list_eol(list, i); i++) {
        const osip_generic_param_t *p = osip_list_get(list, i);

        if (p->gvalue)
            lua_pushstring(L, p->gvalue);
        else
            lua_pushboolean(L, 1);
        lua_setfield(L, -2, p->gname);
    }
    lua_setfield(L, -2, key);
}

static void push_uri(lua_State *L, const osip_uri_t *u)
{
    lua_createtable(L, 0, 6);
    set_text(L, "scheme", u->scheme);
    set_text(L, "user", u->username);
    set_text(L, "password", u->password);
    set_text(L, "host", u->host);
    set_number(L, "port", u->port);
    set_text(L, "text", u->string);
    set_params(L, "params", &u->url_params);
}

/* message:address(name, index): display, uri, params of a name-addr. */
int typed_address(lua_State *L)
{
    const struct message *m = lclass_check(L, 1, &class_message);
    struct slice name = args_slice(L, 2);
    lua_Integer index = luaL_optinteger(L, 3, 1);
    struct slice value;
    osip_from_t *a;

    luaL_argcheck(L, index >= 1, 3, "counts from 1");
    value = message_header(m, name, (size_t)index - 1);
    if (!slice_present(value))
        return lerror_return(L, "not_found", "the message has no %s", name.p);
    if (typed_name_addr(&a, value))
        return lerror_return(L, "protocol", "%s is not a name and address",
                             name.p);
    lua_createtable(L, 0, 3);
    set_text(L, "display", a->displayname);
    push_uri(L, a->url);
    lua_setfield(L, -2, "uri");
    set_params(L, "params", &a->gen_params);
    osip_from_free(a);
    return 1;
}

static void set_list(lua_State *L, const char *key, const osip_list_t *list)
{
    lua_newtable(L);
    for (int i = 0; !osip_list_eol(list, i); i++) {
        lua_pushstring(L, osip_list_get(list, i));
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, key);
}

static bool is_direction(const char *name)
{
    return !strcmp(name, "sendrecv") || !strcmp(name, "sendonly") ||
           !strcmp(name, "recvonly") || !strcmp(name, "inactive");
}

/* Attributes in order as {name, value}; the direction apart. */
static void set_attributes(lua_State *L, const osip_list_t *list)
{
    lua_newtable(L);
    for (int i = 0; !osip_list_eol(list, i); i++) {
        const sdp_attribute_t *a = osip_list_get(list, i);

        lua_createtable(L, 0, 2);
        set_text(L, "name", a->a_att_field);
        set_text(L, "value", a->a_att_value);
        lua_rawseti(L, -2, i + 1);
        if (is_direction(a->a_att_field)) {
            lua_pushstring(L, a->a_att_field);
            lua_setfield(L, -3, "direction");
        }
    }
    lua_setfield(L, -2, "attributes");
}

static void push_media(lua_State *L, const sdp_media_t *m)
{
    const sdp_connection_t *c = osip_list_get(&m->c_connections, 0);

    lua_createtable(L, 0, 8);
    set_text(L, "type", m->m_media);
    set_number(L, "port", m->m_port);
    set_text(L, "protocol", m->m_proto);
    set_list(L, "formats", &m->m_payloads);
    set_attributes(L, &m->a_attributes);
    if (c)
        set_text(L, "address", c->c_addr);
}

int typed_sdp_view(lua_State *L)
{
    const struct message *m = lclass_check(L, 1, &class_message);
    sdp_message_t *sdp;

    if (!m->w.body.n || typed_sdp(&sdp, m->w.body))
        return lerror_return(L, "protocol", "the body is no SDP");
    lua_createtable(L, 0, 8);
    set_text(L, "username", sdp->o_username);
    set_text(L, "session_id", sdp->o_sess_id);
    set_text(L, "session_version", sdp->o_sess_version);
    set_text(L, "origin_address", sdp->o_addr);
    set_text(L, "session_name", sdp->s_name);
    if (sdp->c_connection)
        set_text(L, "address", sdp->c_connection->c_addr);
    set_attributes(L, &sdp->a_attributes);
    lua_newtable(L);
    for (int i = 0; !osip_list_eol(&sdp->m_medias, i); i++) {
        push_media(L, osip_list_get(&sdp->m_medias, i));
        lua_rawseti(L, -2, i + 1);
    }
    lua_setfield(L, -2, "media");
    sdp_message_free(sdp);
    return 1;
}
