/* SPDX-License-Identifier: MIT */
/* Options that say something of some methods only: with another they would be
 * ignored without a word. */
#include <lauxlib.h>
#include <string.h>

#include "script/args.h"
#include "script/loptions.h"

struct particular {
    const char *key;
    const char *methods; /* as the error tells them */
    bool any;            /* and those that the engine knows nothing of */
};

/* Of requests. A header line is of use in what only the script understands. */
static const struct particular of_requests[] = {
    { "event", "SUBSCRIBE, NOTIFY, PUBLISH", true },
    { "expires", "REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, INVITE, MESSAGE, REFER",
      true },
    { "state", "NOTIFY", false },
    { "reason", "NOTIFY", false },
    { "retry_after", "NOTIFY", false },
    { "registrar", "REGISTER", false },
    { "path", "REGISTER", false },
    { "etag", "PUBLISH", false },
    { "rack", "PRACK", false },
    { "reliable", "INVITE", false },
    { "replaces", "INVITE", false },
    { "force", "INVITE", false },
    { "session_expires", "INVITE, UPDATE", false },
    { "min_se", "INVITE, UPDATE", false },
    { "refresher", "INVITE, UPDATE", false },
    { NULL, NULL, false },
};

static const struct particular of_answers[] = {
    { "session_expires", "INVITE, UPDATE", false },
    { "refresher", "INVITE, UPDATE", false },
    { NULL, NULL, false },
};

static bool fits(const struct particular *p, struct slice method)
{
    struct slice one;
    size_t pos = 0;

    while (wire_list_next(slice_str(p->methods), &pos, &one)) {
        if (slice_eq(one, method))
            return true;
    }
    return p->any && request_kind_of(method) == &kind_request;
}

static void refuse_unfit(lua_State *L, int idx, const struct particular *rows,
                         struct slice method)
{
    if (!lua_istable(L, idx))
        return;
    luaL_checkstack(L, 4, NULL);
    for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
        const char *key =
            lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";

        for (const struct particular *p = rows; p->key; p++) {
            if (strcmp(p->key, key) != 0 || fits(p, method))
                continue;
            lua_pushlstring(L, method.p, method.n);
            loptions_raise(L, "option \"%s\" is for %s: %s has no use for it",
                           key, p->methods, lua_tostring(L, -1));
        }
    }
}

void args_fit_request(lua_State *L, int idx, struct slice method)
{
    refuse_unfit(L, idx, of_requests, method);
}

void args_fit_answer(lua_State *L, int idx, struct slice method)
{
    refuse_unfit(L, idx, of_answers, method);
}
