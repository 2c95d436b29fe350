/* SPDX-License-Identifier: MIT */
/* Options of requests and answers that are about sessions. */
#include "script/args.h"
#include "script/bind.h"
#include "script/loptions.h"

void args_session_timer(lua_State *L, int idx,
                        struct session_timer_options *out)
{
    struct slice who = loptions_string(L, idx, "refresher");

    out->session_expires =
        (uint32_t)loptions_int(L, idx, "session_expires", 1, UINT32_MAX, 0);
    out->min_se = (uint32_t)loptions_int(L, idx, "min_se", 1, UINT32_MAX, 0);
    if (slice_eq(who, SLICE("uac")))
        out->refresher = REFRESHER_UAC;
    else if (slice_eq(who, SLICE("uas")))
        out->refresher = REFRESHER_UAS;
    else if (slice_present(who))
        loptions_raise(L, "option \"refresher\" must be \"uac\" or \"uas\"");
}

struct slice args_replaces(lua_State *L, int idx)
{
    lua_getfield(L, idx, "replaces");
    if (lclass_test(L, -1, &class_session)) {
        lua_getfield(L, -1, "replaces");
        lua_remove(L, -2);
    } else if (lua_type(L, -1) != LUA_TSTRING) {
        loptions_raise(L,
                       "option \"replaces\" must be a Session or a string, "
                       "got %s",
                       luaL_typename(L, -1));
    }
    return args_slice(L, -1);
}
