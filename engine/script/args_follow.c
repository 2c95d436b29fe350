/* SPDX-License-Identifier: MIT */
/* Options of what follows a request, ACK and CANCEL, and of its credentials:
 * each refuses what it has no use for. */
#include <lauxlib.h>
#include <string.h>

#include "agent/auto.h"
#include "auth/client.h"
#include "script/args.h"
#include "script/loptions.h"

void args_auth(lua_State *L, int idx, struct request_options *out,
               struct args_store *store)
{
    static const char *const known[] = { "user", "password", "hook", "retries",
                                         NULL };

    if (!loptions_table(L, idx, "auth", known, true))
        return;
    out->username = loptions_string(L, -1, "user");
    out->password = loptions_string(L, -1, "password");
    if (lua_rawlen(L, -1) > 0) {
        if (lua_rawlen(L, -1) != 2)
            loptions_raise(L, "option \"auth\" is { user, password }, or "
                              "these by name");
        lua_rawgeti(L, -1, 1);
        out->username = args_line(L, "auth");
        lua_rawgeti(L, -2, 2);
        out->password = args_line(L, "auth");
        lua_pop(L, 2);
    }
    out->auth_retries =
        (unsigned)loptions_int(L, -1, "retries", 1, AUTH_RETRIES_MAX, 0);
    if (lua_getfield(L, -1, "hook") != LUA_TNIL) {
        if (!lua_isfunction(L, -1))
            loptions_raise(L, "option \"hook\" must be a function, got %s",
                           luaL_typename(L, -1));
        lua_replace(L, -2);
        store->hook = lua_gettop(L); /* stays on the stack */
        return;
    }
    lua_pop(L, 2);
}

void args_ack(lua_State *L, int idx, struct request_options *o,
              struct args_store *store)
{
    static const char *const known[] = {
        "body",        "extra_headers", "from",    "to",    "contact",
        "request_uri", "cseq",          "call_id", "route", "headers",
        "via",         "raw",           "edit",    NULL,
    };

    loptions_check(L, idx, known, false);
    args_request(L, idx, AUTO_USUAL, o, store);
}

/* What can be done to a text that is a copy of another message's lines. */
#define KEYS_OF_A_COPY "extra_headers", "headers", "raw", "edit"

void args_ack_failure(lua_State *L, int idx, struct request_options *o,
                      struct args_store *store)
{
    static const char *const known[] = { KEYS_OF_A_COPY, NULL };

    loptions_check(L, idx, known, false);
    args_request(L, idx, AUTO_USUAL, o, store);
}

void args_cancel(lua_State *L, int idx, struct request_options *o,
                 struct args_store *store)
{
    static const char *const known[] = { KEYS_OF_A_COPY, "force", "on_cross",
                                         NULL };
    struct slice on_cross;

    memset(o, 0, sizeof(*o));
    o->automatic = AUTO_USUAL;
    store->line_count = 0;
    store->error = store->hook = 0;
    o->lines = store->lines;
    if (!loptions_check(L, idx, known, false))
        return;
    store->line_count =
        args_lines(L, idx, "extra_headers", store->lines, ARGS_LINES);
    o->line_count = store->line_count;
    o->raw = loptions_string(L, idx, "raw");
    o->force = loptions_bool(L, idx, "force", false);
    on_cross = loptions_string(L, idx, "on_cross");
    o->bye_crossed = slice_eq(on_cross, SLICE("bye"));
    if (slice_present(on_cross) && !o->bye_crossed)
        loptions_raise(L, "option \"on_cross\" may be \"bye\", got \"%s\"",
                       on_cross.p);
    args_header_edits(L, idx, &o->edits, store);
    if (args_edit(L, idx, store)) {
        o->edit = args_run_edit;
        o->edit_arg = store;
    }
}
