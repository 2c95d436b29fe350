/* SPDX-License-Identifier: MIT */
/* DigestServer, and the two methods of IncomingRequest that it is for: scripts
 * that play a server challenge with it, and check what comes back. */
#include <string.h>

#include "auth/server.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "script/call.h"
#include "script/lincoming.h"
#include "script/loptions.h"

enum { ALGORITHMS_MAX = 6 };

struct ldigest {
    struct host *host;
    struct auth_server *server;
    enum digest_algorithm algorithms[ALGORITHMS_MAX]; /* as they are offered */
    size_t count;
    unsigned qop;
    bool proxy;
};

static struct ldigest *check(lua_State *L, int idx)
{
    struct ldigest *d = lclass_check(L, idx, &class_digest_server);

    if (!d->server) /* finalized before the __gc that asks */
        luaL_error(L, "this digest server is gone");
    return d;
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
            loptions_raise(L, "option \"qop\": auth, auth-int or both");
    }
    return qop;
}

static void add_algorithm(lua_State *L, struct ldigest *d, const char *option,
                          struct slice name)
{
    enum digest_algorithm a = digest_algorithm_parse(name);

    if (a == DIGEST_UNKNOWN)
        loptions_raise(L, "option \"%s\": %s is not known", option, name.p);
    if (d->count == ALGORITHMS_MAX)
        loptions_raise(L, "option \"%s\": more than %d", option,
                       ALGORITHMS_MAX);
    d->algorithms[d->count++] = a;
}

/* One, or a list in the order in which they shall be offered (RFC 8760 2.4);
 * neither is MD5. */
static void read_algorithms(lua_State *L, struct ldigest *d)
{
    struct slice names[ALGORITHMS_MAX];
    struct slice one = loptions_string(L, 1, "algorithm");
    size_t n = args_lines(L, 1, "algorithms", names, ALGORITHMS_MAX);

    if (n && slice_present(one))
        loptions_raise(L, "options \"algorithm\" and \"algorithms\": either");
    for (size_t i = 0; i < n; i++)
        add_algorithm(L, d, "algorithms", names[i]);
    if (!n)
        add_algorithm(L, d, "algorithm", one);
}

static int new_server(lua_State *L)
{
    static const char *const known[] = { "realm", "algorithm", "algorithms",
                                         "qop",   "lifetime",  "proxy",
                                         NULL };
    struct slice realm;
    struct ldigest *d;

    lua_settop(L, 1);
    luaL_checktype(L, 1, LUA_TTABLE);
    loptions_check(L, 1, known, false);
    realm = loptions_string(L, 1, "realm");
    if (!slice_present(realm))
        loptions_raise(L, "digest_server: it needs a realm");
    d = lclass_new(L, &class_digest_server, sizeof(*d), 0);
    d->host = host_of(L);
    read_algorithms(L, d);
    d->qop = parse_qop(L, loptions_string(L, 1, "qop"));
    d->proxy = loptions_bool(L, 1, "proxy", false);
    d->server = auth_server_new(
        engine_digest(host_engine(L, false)), engine_rng(host_engine(L, false)),
        realm, loptions_seconds(L, 1, "lifetime", 300 * LOOP_SECOND));
    return 1;
}

/* ---- challenges ---- */

static void push_challenge(lua_State *L, struct ldigest *d, size_t i,
                           bool stale)
{
    struct buf value = { 0 };

    auth_server_challenge(d->server, d->algorithms[i], d->qop, stale,
                          loop_now(d->host->loop), &value);
    push_slice(L, buf_view(&value));
    buf_fini(&value);
}

/* challenge(stale): a value for each algorithm. */
static int m_challenge(lua_State *L)
{
    struct ldigest *d = check(L, 1);
    bool stale = lua_toboolean(L, 2);

    for (size_t i = 0; i < d->count; i++)
        push_challenge(L, d, i, stale);
    return (int)d->count;
}

/* The DigestServer on top of the stack, of a list or alone at 2; the lines take
 * its place. */
static struct ldigest *add_challenges(lua_State *L, struct response_options *o,
                                      struct args_store *store)
{
    bool ours = lclass_test(L, -1, &class_digest_server) != NULL;
    struct ldigest *d;
    bool stale;

    luaL_argcheck(L, ours, 2, "a DigestServer or a list of them");
    d = check(L, lua_gettop(L));
    lua_getiuservalue(L, 1, LINCOMING_STALE);
    stale = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    for (size_t i = 0; i < d->count; i++) {
        push_challenge(L, d, i, stale);
        incoming_add_line(
            L, d->proxy ? "Proxy-Authenticate" : "WWW-Authenticate", o, store);
    }
    return d;
}

/* 22.1: neither can be sent again with an answer. */
static void refuse_unanswerable(lua_State *L, const char *what)
{
    enum method m = incoming_method(check_incoming(L)->in);

    if (m == METHOD_ACK || m == METHOD_CANCEL)
        luaL_error(L, "%s cannot be %s (RFC 3261 22.1)",
                   m == METHOD_ACK ? "an ACK" : "a CANCEL", what);
}

/* incoming:challenge(server or servers, options) */
int incoming_challenge(lua_State *L)
{
    const struct ldigest *first = NULL;
    struct args_store store;
    struct response_options o;

    refuse_unanswerable(L, "challenged");
    host_refuse_in_where(L);
    lua_settop(L, 3);
    args_response(L, 3, &o, &store);
    if (lua_istable(L, 2)) {
        for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; i++) {
            const struct ldigest *d = add_challenges(L, &o, &store);

            first = first ? first : d;
        }
    } else {
        lua_pushvalue(L, 2);
        first = add_challenges(L, &o, &store);
    }
    luaL_argcheck(L, first, 2, "an empty list");
    return incoming_answer(L, first->proxy ? 407 : 401, &o, &store);
}

/* ---- answers ---- */

static void check_password(lua_State *L)
{
    luaL_argexpected(L,
                     lua_type(L, 3) == LUA_TSTRING || lua_istable(L, 3) ||
                         lua_isfunction(L, 3),
                     3, "string, table or function");
}

/* What is at index 3: the password, a table of them by user, or a function of
 * the user. The result stays on the stack until the check is done. */
static struct slice ask_password(void *arg, struct slice user)
{
    lua_State *L = arg;
    struct slice found = { NULL, 0 };

    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_pushvalue(L, 3);
    if (!lua_isstring(L, -1))
        lua_pushlstring(L, user.p, user.n);
    if (lua_istable(L, 3)) {
        lua_rawget(L, -2);
    } else if (lua_isfunction(L, 3) && !script_call(script_of(L), L, 1, 1)) {
        host_report(host_of(L), lua_tostring(L, -1));
        return found;
    }
    if (lua_type(L, -1) == LUA_TSTRING)
        found.p = lua_tolstring(L, -1, &found.n);
    return found;
}

/* Pushes verdict and user. */
static enum auth_verdict verify(lua_State *L, struct ldigest *d,
                                const struct message *m)
{
    static const char *const verdicts[] = { "ok", "none", "stale", "wrong",
                                            "broken" };
    struct slice user = { NULL, 0 };
    enum auth_verdict v;

    v = auth_server_check(d->server, m, d->proxy, loop_now(d->host->loop),
                          ask_password, L, &user);
    lua_pushstring(L, verdicts[v]);
    push_slice(L, user);
    return v;
}

static int m_check(lua_State *L)
{
    struct ldigest *d = check(L, 1);
    const struct message *m = lclass_check(L, 2, &class_message);

    check_password(L);
    verify(L, d, m);
    return 2;
}

/* incoming:verify(server, password): of an old nonce the next challenge by that
 * server tells. */
int incoming_verify(lua_State *L)
{
    struct lincoming *p = check_incoming(L);
    struct ldigest *d = check(L, 2);
    enum auth_verdict v;

    refuse_unanswerable(L, "verified: its credentials, if any, are those of "
                           "its INVITE");
    check_password(L);
    v = verify(L, d, incoming_message(p->in));
    if (v == AUTH_STALE)
        lua_pushvalue(L, 2);
    else
        lua_pushnil(L);
    lua_setiuservalue(L, 1, LINCOMING_STALE);
    return 2;
}

static int m_gc(lua_State *L)
{
    struct ldigest *d = lua_touserdata(L, 1);

    auth_server_free(d->server);
    d->server = NULL;
    return 0;
}

/* "DigestServer (example.com, SHA-256 MD5)" */
static int m_tostring(lua_State *L)
{
    struct ldigest *d = check(L, 1);
    luaL_Buffer b;

    luaL_buffinit(L, &b);
    luaL_addstring(&b, "DigestServer (");
    push_slice(L, auth_server_realm(d->server));
    luaL_addvalue(&b);
    for (size_t i = 0; i < d->count; i++) {
        luaL_addstring(&b, i ? " " : ", ");
        luaL_addstring(&b, digest_algorithm_name(d->algorithms[i]));
    }
    luaL_addchar(&b, ')');
    luaL_pushresult(&b);
    return 1;
}

static const luaL_Reg methods[] = {
    { "challenge", m_challenge },
    { "check", m_check },
    { NULL, NULL },
};

static const luaL_Reg metamethods[] = {
    { "__gc", m_gc },
    { "__tostring", m_tostring },
    { NULL, NULL },
};

const struct lclass class_digest_server = { "DigestServer", NULL, methods, NULL,
                                            metamethods };

void bind_digest(lua_State *L)
{
    lclass_register(L, &class_digest_server);
    lua_pushcfunction(L, new_server);
    lua_setfield(L, -2, "digest_server");
}
