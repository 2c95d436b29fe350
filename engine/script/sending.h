/* SPDX-License-Identifier: MIT */
/* Methods of UserAgent, Call, Session: each sends a request and returns it. */
#ifndef SIPWRIGHT_SCRIPT_SENDING_H
#define SIPWRIGHT_SCRIPT_SENDING_H

#include "script/bind.h"

/* (sender, [uri,] options, delegate); no URI where the sender has a dialog. */
int send_bye(lua_State *L);
int send_info(lua_State *L);
int send_invite(lua_State *L);
int send_message(lua_State *L);
int send_notify(lua_State *L);
int send_options(lua_State *L);
int send_prack(lua_State *L);
int send_publish(lua_State *L);
int send_subscribe(lua_State *L);
int send_update(lua_State *L);
/* (sender, method, [uri,] options, delegate) */
int send_any(lua_State *L);
/* (sender, options, delegate) */
int send_register(lua_State *L);
/* (sender, [uri,] refer_to, options, delegate): a URI, a whole value, or a
 * Session, which the one who is referred shall replace (RFC 3891) */
int send_refer(lua_State *L);
/* A SUBSCRIBE with Expires: 0. */
int send_unsubscribe(lua_State *L);

#endif
