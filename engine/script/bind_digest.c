/* SPDX-License-Identifier: MIT */
/* DigestServer: challenges and their check, for scripts that play a server. */
#include <string.h>

#include "auth/server.h"
#include "loop/loop.h"
#include "script/args.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/loptions.h"

struct ldigest {
    struct host *host;
    struct auth_server *server;
    enum digest_algorithm algorithm;
    unsigned qop;
};

static struct ldigest *check(lua_State *L)
{
    return lclass_check(L, 1, &class_digest_server);
}

static unsigned parse_qop(lua_State *L, struct slice text)
{
    unsigned qop = 0;
    struct slice part;
    size_t pos = 0;

    if (!slice_present(text))
        return QOP_AUTH;
    while (wire_list_next(text, &pos, &part)) {
        if (slice_ieq(part, SLICE("auth")))
            qop |= QOP_AUTH;
        else if (slice_ieq(part, SLICE("auth-int")))
            qop |= QOP_AUTH_INT;
        else
            luaL_error(L, "option \"qop\": auth, auth-int or both");
    }
    return qop;
}

static int new_server(lua_State *L)
{
    static const char *const known[] = { "realm", "algorithm", "qop",
                                         "lifetime", NULL };
    struct slice realm, algorithm;
    struct ldigest *d;

    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    loptions_check(L, 1, known, false);
    realm = loptions_string(L, 1, "realm");
    if (!slice_present(realm))
        luaL_error(L, "digest_server: it needs a realm");
    d = lclass_new(L, &class_digest_server, sizeof(*d), 0);
    d->host = host_of(L);
    algorithm = loptions_string(L, 1, "algorithm");
    d->algorithm = digest_algorithm_parse(algorithm);
    if (d->algorithm == DIGEST_UNKNOWN)
        luaL_error(L, "option \"algorithm\": %s is not known", algorithm.p);
    d->qop = parse_qop(L, loptions_string(L, 1, "qop"));
    d->server = auth_server_new(
        engine_digest(host_engine(L, false)), engine_rng(host_engine(L, false)),
        realm, loptions_seconds(L, 1, "lifetime", 300 * LOOP_SECOND));
    return 1;
}

static int m_challenge(lua_State *L)
{
    struct ldigest *d = check(L);
    struct buf value = { 0 };

    auth_server_challenge(d->server, d->algorithm, d->qop, lua_toboolean(L, 2),
                          loop_now(d->host->loop), &value);
    push_slice(L, buf_view(&value));
    buf_fini(&value);
    return 1;
}

/* The password function is at index 3 of L; its result stays on the stack
 * until the check is done. */
static struct slice ask_password(void *arg, struct slice user)
{
    lua_State *L = arg;
    size_t n;
    const char *p;

    lua_pushvalue(L, 3);
    lua_pushlstring(L, user.p, user.n);
    if (!script_call(script_of(L), L, 1, 1)) {
        host_report(host_of(L), lua_tostring(L, -1));
        return slice_of(NULL, 0);
    }
    p = lua_tolstring(L, -1, &n);
    return slice_of(p, p ? n : 0);
}

static int m_check(lua_State *L)
{
    static const char *const verdicts[] = { "ok", "none", "stale", "wrong",
                                            "broken" };
    struct ldigest *d = check(L);
    const struct message *m = lclass_check(L, 2, &class_message);
    struct slice user = { NULL, 0 };
    enum auth_verdict v;

    luaL_checktype(L, 3, LUA_TFUNCTION);
    v = auth_server_check(d->server, m, lua_toboolean(L, 4),
                          loop_now(d->host->loop), ask_password, L, &user);
    lua_pushstring(L, verdicts[v]);
    push_slice(L, user);
    return 2;
}

static int m_gc(lua_State *L)
{
    struct ldigest *d = lua_touserdata(L, 1);

    auth_server_free(d->server);
    d->server = NULL;
    return 0;
}

static const luaL_Reg methods[] = {
    { "challenge", m_challenge },
    { "check", m_check },
    { NULL, NULL },
};

static const luaL_Reg metamethods[] = { { "__gc", m_gc }, { NULL, NULL } };

const struct lclass class_digest_server = { "DigestServer", NULL, methods, NULL,
                                            metamethods };

void bind_digest(lua_State *L)
{
    lclass_register(L, &class_digest_server);
    lua_pushcfunction(L, new_server);
    lua_setfield(L, -2, "digest_server");
}
