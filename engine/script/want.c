/* SPDX-License-Identifier: MIT */
/* What an expect() wants: read from its arguments, and told in errors. */
#include "script/want.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "script/loptions.h"

struct want *want_new(lua_State *L)
{
    int room = lua_istable(L, 2) ? WANTS_MAX : 1;
    size_t size = sizeof(struct want) + (size_t)room * sizeof(struct want_one);
    struct want *q = memset(lua_newuserdatauv(L, size, 0), 0, size);

    q->room = room;
    return q;
}

static int one_text(const struct want_one *one, char *out, size_t size)
{
    if (!one->low)
        return snprintf(out, size, "%s", one->method);
    if (one->low == one->high)
        return snprintf(out, size, "%d", one->low);
    return snprintf(out, size, "%dxx", one->low / 100);
}

const char *want_text(const struct want *q, char out[WANT_TEXT])
{
    size_t n = 0;

    if (q->function)
        snprintf(out, WANT_TEXT, "what the function accepts");
    for (int i = 0; i < q->count && n < WANT_TEXT; i++) {
        if (i)
            n += (size_t)snprintf(out + n, WANT_TEXT - n, " or ");
        if (n < WANT_TEXT)
            n += (size_t)one_text(&q->any[i], out + n, WANT_TEXT - n);
    }
    return out;
}

bool want_responses(const struct want *q)
{
    return q->box->ops->responses && !q->only;
}

/* A status among requests would never come. */
static void need_responses(lua_State *L, const struct want *q, const char *what)
{
    if (!want_responses(q))
        loptions_raise(L,
                       "expect: requests come here, such as \"INVITE\", and no "
                       "responses such as %s",
                       what);
}

static void parse_word(lua_State *L, const struct want *q, struct want_one *one,
                       const char *word)
{
    size_t n = strlen(word);
    bool responses = want_responses(q);

    if (n == 3 && word[0] >= '1' && word[0] <= '6' &&
        !strcasecmp(word + 1, "xx")) {
        need_responses(L, q, word);
        one->low = (word[0] - '0') * 100;
        one->high = one->low + 99;
        return;
    }
    if (n == 3 && strspn(word, "0123456789") == 3) {
        need_responses(L, q, word);
        one->low = one->high = (int)strtol(word, NULL, 10);
        return;
    }
    if (responses && !strcmp(word, "*")) {
        one->low = 100;
        one->high = 699;
        return;
    }
    if (responses && !(q->box->also && !strcmp(word, q->box->also)))
        loptions_raise(L,
                       "expect: \"%s\" is neither a status such as 180 nor "
                       "a class such as \"2xx\"",
                       word);
    if (strlen(word) >= sizeof(one->method))
        luaL_error(L, "expect: \"%s\" is no method", word);
    snprintf(one->method, sizeof(one->method), "%s", word);
}

static void parse_one(lua_State *L, struct want *q, int idx)
{
    struct want_one *one = &q->any[q->count];
    int is_number;
    lua_Integer status;

    if (q->count == q->room)
        luaL_error(L, "expect: at most %d alternatives", WANTS_MAX);
    if (lua_type(L, idx) == LUA_TNUMBER) {
        need_responses(L, q, luaL_tolstring(L, idx, NULL));
        lua_pop(L, 1);
        status = lua_tointegerx(L, idx, &is_number);
        if (!is_number || status < 100 || status > 699)
            luaL_error(L, "expect: a status is 100 to 699");
        one->low = one->high = (int)status;
    } else if (lua_type(L, idx) == LUA_TSTRING) {
        parse_word(L, q, one, lua_tostring(L, idx));
    } else {
        luaL_error(L,
                   "expect: wants a status, a class like \"2xx\", a method, "
                   "a list of these or a function, got %s",
                   luaL_typename(L, idx));
    }
    q->count++;
}

void want_parse(lua_State *L, struct want *q)
{
    if (lua_isfunction(L, 2)) {
        q->function = true;
        return;
    }
    if (!lua_istable(L, 2)) {
        parse_one(L, q, 2);
        return;
    }
    for (lua_Integer i = 1; lua_geti(L, 2, i) != LUA_TNIL; i++) {
        parse_one(L, q, lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    if (!q->count)
        luaL_error(L, "expect: an empty list");
}
