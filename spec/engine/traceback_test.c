/* SPDX-License-Identifier: MIT */
/* Units of the protected call and of what a traceback leaves out. */
#include "task_world.h"

/* The text that a failed call of the last value of `text` leaves. */
static const char *failure(struct world *w, const char *text)
{
    if (luaL_loadbuffer(w->L, text, strlen(text), "@test.lua"))
        fail_msg("%s", lua_tostring(w->L, -1));
    lua_pushinteger(w->L, 1);
    lua_pushinteger(w->L, 2);
    assert_false(script_call(w->s, w->L, 2, 3));
    assert_int_equal(lua_gettop(w->L), 1);
    return lua_tostring(w->L, 1);
}

static void a_call_gives_results(void **state)
{
    struct world *w = *state;

    lua_pushliteral(w->L, "below");
    luaL_loadstring(w->L, "local a, b = ... return a + b");
    lua_pushinteger(w->L, 1);
    lua_pushinteger(w->L, 2);
    assert_true(script_call(w->s, w->L, 2, 2));
    assert_int_equal(lua_gettop(w->L), 3);
    assert_int_equal(lua_tointeger(w->L, 2), 3);
    assert_true(lua_isnil(w->L, 3));
}

static void a_failed_call_leaves_the_text(void **state)
{
    assert_string_equal(failure(*state, "\nlocal f = error f 'oh'"),
                        "test.lua:2: oh\n"
                        "stack traceback:\n"
                        "\ttest.lua:2: in main chunk");
}

static void tables_show_their_text(void **state)
{
    const char *text =
        failure(*state, "error(setmetatable({}, { __tostring = function()\n"
                        "  return 'I\\nam' end }))");
    assert_string_equal(text, "I\nam\n"
                              "stack traceback:\n"
                              "\ttest.lua:1: in main chunk");
}

static void a_value_without_text_stays_readable(void **state)
{
    const char *text =
        failure(*state, "error(setmetatable({}, { __tostring = error }))");
    assert_non_null(strstr(text, "(error object is a table value)\n"));
}

static void nil_is_a_text_too(void **state)
{
    assert_non_null(strstr(failure(*state, "error(nil)"), "nil\nstack"));
}

static void a_text_of_a_tostring_that_waits(void **state)
{
    const char *text =
        failure(*state, "error(setmetatable({}, { __tostring = function()\n"
                        "  sip.sleep(1) return 'x' end }))");
    assert_non_null(strstr(text, "(error object is a table value)\n"));
}

/* A checkout called sipwright holds scripts of the user as well. */
static void frames_of_the_engine_are_left_out(void **state)
{
    const char *text = failure(
        *state,
        "local function file(name, code) return load(code, '@' .. name) end\n"
        "local ours = file('/usr/share/lua/5.4/sipwright/x.lua',\n"
        "  'local f = ... f()  return 1')\n"
        "local tree = file('/home/me/sipwright/lua/sipwright/y.lua',\n"
        "  'local f, g = ... return f(g)')\n"
        "local theirs = file('/home/me/sipwright/scenarios/z.lua',\n"
        "  'error \"oh\"')\n"
        "tree(ours, theirs) return 1");
    assert_string_equal(text,
                        "/home/me/sipwright/scenarios/z.lua:1: oh\n"
                        "stack traceback:\n"
                        "\t/home/me/sipwright/scenarios/z.lua:1: in local 'f'\n"
                        "\ttest.lua:8: in main chunk");
}

static void a_deep_recursion_has_a_traceback(void **state)
{
    const char *text =
        failure(*state, "local function f() return 1 + f() end f()");
    assert_non_null(strstr(text, "stack overflow"));
    assert_non_null(strstr(text, "(skipping "));
    assert_non_null(strstr(text, "test.lua:1: in main chunk"));
}

static void tasks_survive_a_deep_recursion(void **state)
{
    lua(*state, "local function f() return 1 + f() end\n"
                "for i = 1, 3 do\n"
                "  local ok, err = sip.spawn(f):join()\n"
                "  assert(not ok and tostring(err):find 'stack overflow')\n"
                "end assert(sip.spawn(type, 1):join())");
}

static void an_error_in_an_error_is_reported(void **state)
{
    lua(*state, "local ok, err = sip.spawn(function()\n"
                "  local c <close> = setmetatable({}, { __close = function()\n"
                "    error 'second' end })\n"
                "  error 'first' end):join()\n"
                "assert(not ok and tostring(err):find 'first'\n"
                "  or tostring(err):find 'second')");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_world(a_call_gives_results),
        with_world(a_failed_call_leaves_the_text),
        with_world(tables_show_their_text),
        with_world(a_value_without_text_stays_readable),
        with_world(nil_is_a_text_too),
        with_world(a_text_of_a_tostring_that_waits),
        with_world(frames_of_the_engine_are_left_out),
        with_world(a_deep_recursion_has_a_traceback),
        with_world(tasks_survive_a_deep_recursion),
        with_world(an_error_in_an_error_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
