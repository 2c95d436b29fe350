/* SPDX-License-Identifier: MIT */
/* Units of option tables: unknown keys, wrong types, ranges, hints. */
#include "lua_support.h"

#include "script/loptions.h"

static const char *const KNOWN[] = {
    "body", "extra_headers", "expires", "timeout", "auto", "rate", "t1", NULL,
};
static const char *const AUTO[] = { "ack", "prack", NULL };

static int check(lua_State *L)
{
    int top = lua_gettop(L);

    lua_pushboolean(L, loptions_check(L, 1, KNOWN, false));
    assert_int_equal(lua_gettop(L), top + 1);
    return 1;
}

static int check_array(lua_State *L)
{
    lua_pushboolean(L, loptions_check(L, 1, KNOWN, true));
    return 1;
}

static int check_relative(lua_State *L)
{
    lua_pushboolean(L, loptions_check(L, -1, KNOWN, false));
    return 1;
}

static int read_bool(lua_State *L)
{
    lua_pushboolean(L, loptions_bool(L, 1, "auto", lua_toboolean(L, 2)));
    return 1;
}

static int read_int(lua_State *L)
{
    lua_Integer high = luaL_optinteger(L, 2, LUA_MAXINTEGER);

    lua_pushinteger(L, loptions_int(L, 1, "expires", 0, high, 600));
    return 1;
}

static int read_number(lua_State *L)
{
    lua_pushnumber(L, loptions_number(L, 1, "rate", 0.5));
    return 1;
}

static int read_seconds(lua_State *L)
{
    lua_pushinteger(L, loptions_seconds(L, 1, "timeout", -1));
    return 1;
}

static int arg_seconds(lua_State *L)
{
    lua_pushinteger(L, loptions_arg_seconds(L, 1, -1));
    return 1;
}

static int read_string(lua_State *L)
{
    struct slice s = loptions_string(L, 1, "body");

    if (slice_present(s))
        lua_pushlstring(L, s.p, s.n);
    else
        lua_pushliteral(L, "absent");
    return 1;
}

static int read_table(lua_State *L)
{
    int top = lua_gettop(L);

    if (!loptions_table(L, 1, "auto", AUTO, false)) {
        assert_int_equal(lua_gettop(L), top);
        lua_pushliteral(L, "absent");
        return 1;
    }
    assert_int_equal(lua_gettop(L), top + 1);
    lua_pushboolean(L, loptions_bool(L, -1, "prack", true));
    return 1;
}

static int read_lines(lua_State *L)
{
    lua_pushinteger(L, loptions_table(L, 1, "extra_headers", NULL, true)
                           ? (lua_Integer)lua_rawlen(L, -1)
                           : -1);
    return 1;
}

static lua_State *new_state(void)
{
    static const luaL_Reg functions[] = {
        { "check", check },
        { "check_array", check_array },
        { "bool", read_bool },
        { "int", read_int },
        { "number", read_number },
        { "seconds", read_seconds },
        { "str", read_string },
        { "auto", read_table },
        { "lines", read_lines },
        { "arg_seconds", arg_seconds },
        { "relative", check_relative },
        { NULL, NULL },
    };
    lua_State *L = lua_open();

    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_settop(L, 0);
    return L;
}

static void accepts_known_keys(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return check()", "false");
    assert_lua(L, "return check(nil)", "false");
    assert_lua(L, "return check {}", "true");
    assert_lua(L, "return check { body = 1, extra_headers = {}, t1 = 2 }",
               "true");
    assert_lua(L, "return check_array { 'a', 'b', body = 1 }", "true");
    lua_close(L);
}

static void names_the_unknown_key_at_the_callers_line(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "\nlocal x = check { exta_headers = {} }",
               "spec:2: unknown option \"exta_headers\" "
               "(did you mean \"extra_headers\"?)");
    assert_lua(L, "local x = check { colour = 1 }",
               "spec:1: unknown option \"colour\"");
    assert_lua(L, "local x = check { ['body\\0x'] = 1 }",
               "spec:1: unknown option \"body\" (did you mean \"body\"?)");
    assert_lua(L, "local x = check { 'a' }",
               "spec:1: unknown option [1] (options have names)");
    assert_lua(L, "local x = check_array { [1.5] = 'a' }",
               "spec:1: unknown option [1.5] (options have names)");
    assert_lua(L, "local x = check_array { [true] = 'a' }",
               "spec:1: unknown option [true] (options have names)");
    assert_lua(L, "local x = check_array { 'a', 'b', bdy = 1 }",
               "spec:1: unknown option \"bdy\" (did you mean \"body\"?)");
    assert_lua(L, "local x = check 'body'",
               "spec:1: bad argument #1 to 'check' "
               "(table expected, got string)");
    assert_lua(L, "local x = relative(7)",
               "spec:1: options must be a table, got number");
    lua_close(L);
}

static void reads_booleans(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return bool({ auto = true }, false)", "true");
    assert_lua(L, "return bool({ auto = false }, true)", "false");
    assert_lua(L, "return bool({}, true)", "true");
    assert_lua(L, "return bool(nil, true)", "true");
    assert_lua(L, "local x = bool({ auto = 1 })",
               "spec:1: option \"auto\" must be a boolean, got number");
    lua_close(L);
}

static void reads_integers(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return int { expires = 60 }", "60");
    assert_lua(L, "return int { expires = 60.0 }", "60");
    assert_lua(L, "return int {}", "600");
    assert_lua(L, "return int()", "600");
    assert_lua(L, "return int({ expires = 10 }, 10)", "10");
    assert_lua(L, "local x = int { expires = '60' }",
               "spec:1: option \"expires\" must be a number, got string");
    assert_lua(L, "local x = int { expires = io.stdout }",
               "spec:1: option \"expires\" must be a number, got FILE*");
    assert_lua(L, "local x = int { expires = 1.5 }",
               "spec:1: option \"expires\" must be an integer, got 1.5");
    assert_lua(L, "local x = int { expires = -1 }",
               "spec:1: option \"expires\" must be at least 0, got -1");
    assert_lua(L, "local x = int({ expires = 11 }, 10)",
               "spec:1: option \"expires\" must be between 0 and 10, got 11");
    lua_close(L);
}

static void reads_numbers(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return number { rate = 2.25 }", "2.25");
    assert_lua(L, "return number { rate = 2 }", "2.0");
    assert_lua(L, "return number { rate = math.huge }", "inf");
    assert_lua(L, "return number {}", "0.5");
    assert_lua(L, "local x = number { rate = {} }",
               "spec:1: option \"rate\" must be a number, got table");
    assert_lua(L, "local x = number { rate = 0/0 }",
               "spec:1: option \"rate\" must be a number, got nan");
    lua_close(L);
}

static void reads_seconds(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return seconds { timeout = 1.5 }", "1500000000");
    assert_lua(L, "return seconds { timeout = 0 }", "0");
    assert_lua(L, "return seconds { timeout = 0.3 }", "300000000");
    assert_lua(L, "return seconds {}", "-1");
    assert_lua(L,
               "return seconds { timeout = math.huge } =="
               "math.maxinteger // 4",
               "true");
    assert_lua(L, "local x = seconds { timeout = -0.5 }",
               "spec:1: option \"timeout\" must not be negative, got -0.5");
    assert_lua(L, "local x = seconds { timeout = 0/0 }",
               "spec:1: option \"timeout\" must be a number, got nan");
    assert_lua(L, "return arg_seconds(2)", "2000000000");
    assert_lua(L, "return arg_seconds()", "-1");
    assert_lua(L, "return arg_seconds(1e300) == math.maxinteger // 4", "true");
    assert_lua(L, "local x = arg_seconds(-1)",
               "spec:1: bad argument #1 to 'arg_seconds' "
               "(seconds must not be negative)");
    assert_lua(L, "local x = arg_seconds(0/0)",
               "spec:1: bad argument #1 to 'arg_seconds' "
               "(seconds must not be negative)");
    assert_lua(L, "local x = arg_seconds('5')",
               "spec:1: bad argument #1 to 'arg_seconds' "
               "(number expected, got string)");
    lua_close(L);
}

static void reads_strings(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return str { body = 'v=0\\0' } == 'v=0\\0'", "true");
    assert_lua(L, "return str { body = '' }", "");
    assert_lua(L, "return str {}", "absent");
    assert_lua(L, "return str()", "absent");
    assert_lua(L, "local x = str { body = 5 }",
               "spec:1: option \"body\" must be a string, got number");
    lua_close(L);
}

static void reads_tables_inside(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return auto {}", "absent");
    assert_lua(L, "return auto { auto = {} }", "true");
    assert_lua(L, "return auto { auto = { prack = false } }", "false");
    assert_lua(L, "local x = auto { auto = 1 }",
               "spec:1: option \"auto\" must be a table, got number");
    assert_lua(L, "local x = auto { auto = { pracc = 1 } }",
               "spec:1: unknown option \"pracc\" in \"auto\" "
               "(did you mean \"prack\"?)");
    assert_lua(L, "local x = auto { auto = { 1 } }",
               "spec:1: unknown option [1] in \"auto\" (options have names)");
    assert_lua(L, "return lines { extra_headers = { 'X: 1', 'Y: 2' } }", "2");
    assert_lua(L, "local x = lines { extra_headers = { x = 1 } }",
               "spec:1: unknown option \"x\" in \"extra_headers\"");
    lua_close(L);
}

static void runs_no_lua(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L,
               "return str(setmetatable({}, { __index = function()"
               "  error('called') end }))",
               "absent");
    lua_close(L);
}

static const char *nearest(const char *wrong)
{
    return loptions_nearest(KNOWN, wrong);
}

static void finds_the_nearest_name(void **state)
{
    char tall[201];
    (void)state;

    assert_string_equal(nearest("expire"), "expires");   /* left out */
    assert_string_equal(nearest("expiress"), "expires"); /* too many */
    assert_string_equal(nearest("expirez"), "expires");  /* changed */
    assert_string_equal(nearest("exprise"), "expires");  /* moved */
    assert_string_equal(nearest("bdoy"), "body");        /* swapped */
    assert_string_equal(nearest("BODY"), "body");
    assert_string_equal(nearest("T1"), "t1");
    assert_string_equal(nearest("extraHeaders"), "extra_headers");
    assert_string_equal(nearest("time_out"), "timeout");
    assert_null(nearest("t2")); /* a third of two letters is none */
    assert_null(nearest("boxes"));
    assert_null(nearest(""));
    assert_null(nearest("something_else"));
    memset(tall, 'x', sizeof(tall) - 1);
    tall[sizeof(tall) - 1] = '\0';
    assert_null(nearest(tall));
    tall[64] = '\0';
    assert_null(nearest(tall));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_known_keys),
        cmocka_unit_test(names_the_unknown_key_at_the_callers_line),
        cmocka_unit_test(reads_booleans),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(reads_seconds),
        cmocka_unit_test(reads_strings),
        cmocka_unit_test(reads_tables_inside),
        cmocka_unit_test(runs_no_lua),
        cmocka_unit_test(finds_the_nearest_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
