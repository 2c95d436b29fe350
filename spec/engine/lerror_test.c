/* SPDX-License-Identifier: MIT */
/* Units of error tables. */
#include "lua_support.h"

#include "base/err.h"
#include "script/lerror.h"

static int fail_text(lua_State *L)
{
    return lerror_return(L, "timeout", "no %s after %d s", "answer", 5);
}

static int fail_err(lua_State *L)
{
    return lerror_return_err(L, ERR_REFUSED, "127.0.0.1:9");
}

static int fail_bare(lua_State *L)
{
    return lerror_return_err(L, ERR_TIMEOUT, NULL);
}

static int fail_long(lua_State *L)
{
    lua_Integer n = luaL_checkinteger(L, 1);

    return lerror_return(L, "long", "%*s|", (int)n, "x");
}

static lua_State *new_state(void)
{
    static const luaL_Reg functions[] = {
        { "fail", fail_text },
        { "fail_err", fail_err },
        { "fail_bare", fail_bare },
        { "fail_long", fail_long },
        { NULL, NULL },
    };
    lua_State *L = lua_open();

    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_settop(L, 0);
    return L;
}

static void returns_nil_and_a_table(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return select('#', fail())", "2");
    assert_lua(L, "return (fail())", "nil");
    assert_lua(L, "return select(2, fail())", "no answer after 5 s");
    assert_lua(L, "return select(2, fail()).code", "timeout");
    assert_lua(L, "return select(2, fail()).message", "no answer after 5 s");
    assert_lua(L, "return type(select(2, fail()))", "table");
    assert_lua(L, "return getmetatable(select(2, fail())).__name", "Error");
    assert_lua(L, "assert(fail())", "no answer after 5 s");
    lua_close(L);
}

static void shows_the_detail_below(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L,
               "local _, err = fail(); err.detail = 'wanted 180\\ncame 486'"
               "return err",
               "no answer after 5 s\nwanted 180\ncame 486");
    assert_lua(L,
               "local _, e = fail(); e.message = 7; e.detail = false; "
               "return e",
               "7\nfalse");
    assert_lua(L, "local _, e = fail(); e.message = nil; return e", "nil");
    lua_close(L);
}

static void maps_errors_of_the_engine(void **state)
{
    lua_State *L = new_state();
    char wanted[128];
    (void)state;

    (void)snprintf(wanted, sizeof(wanted), "127.0.0.1:9: %s",
                   err_text(ERR_REFUSED));
    assert_lua(L, "return select(2, fail_err())", wanted);
    assert_lua(L, "return select(2, fail_err()).code", "refused");
    assert_lua(L, "return select(2, fail_bare())", err_text(ERR_TIMEOUT));
    assert_lua(L, "return select(2, fail_bare()).code", "timeout");
    lua_close(L);
}

static void keeps_long_messages_whole(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L,
               "for _, n in ipairs { 1, 253, 254, 255, 256, 5000, 100000 } do"
               "  local _, e = fail_long(n)"
               "  assert(e.message == (' '):rep(n - 1) .. 'x|', n)"
               "end",
               "nil");
    lua_close(L);
}

static void pushes_one_value(void **state)
{
    lua_State *L = new_state();
    (void)state;

    lerror_push(L, "disposed", "gone");
    assert_int_equal(lua_gettop(L), 1);
    assert_int_equal(lua_getfield(L, 1, "code"), LUA_TSTRING);
    assert_string_equal(lua_tostring(L, -1), "disposed");
    lerror_push(L, "disposed", "gone");
    assert_true(lua_getmetatable(L, 1));
    assert_true(lua_getmetatable(L, 3));
    assert_true(lua_rawequal(L, -1, -2));
    lua_close(L);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_nil_and_a_table),
        cmocka_unit_test(shows_the_detail_below),
        cmocka_unit_test(maps_errors_of_the_engine),
        cmocka_unit_test(keeps_long_messages_whole),
        cmocka_unit_test(pushes_one_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
