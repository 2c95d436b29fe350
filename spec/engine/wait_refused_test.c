/* SPDX-License-Identifier: MIT */
/* Units of the places where a wait raises instead. */
#include "task_world.h"

/* refused(f): f raises the error of a wait at the script's own line. */
static const char refused[] =
    "function refused(f, ...)\n"
    "  local ok, e = pcall(f, ...)\n"
    "  assert(not ok, 'it did not raise')\n"
    "  assert(e:find('test.lua:%d+: cannot wait here: use sip.spawn'), e)\n"
    "end\n"
    "function wait() sip.sleep(1) end\n";

static int set_up_refused(void **state)
{
    if (set_up(state))
        return -1;
    lua(*state, refused);
    return 0;
}

static void in_a_coroutine_of_the_user(void **state)
{
    lua(*state, "refused(coroutine.wrap(wait))\n"
                "assert(sip.spawn(function()\n"
                "  refused(coroutine.wrap(wait)) end):join())");
}

static void in_a_protected_call(void **state)
{
    lua(*state, "local function f() refused(wait) end\n"
                "assert(call(f))\n"
                "assert(sip.spawn(function() assert(call(f)) end):join())\n"
                "local t = now() sip.sleep(1) assert(now() - t == 1)");
}

static void in_a_finalizer_on_the_main_thread(void **state)
{
    lua(*state, "local seen\n"
                "setmetatable({}, { __gc = function()\n"
                "  refused(wait) seen = true end })\n"
                "collectgarbage() assert(seen)");
}

/* Lua shows no name for what a finalizer tail-calls. */
static void in_what_a_finalizer_tail_calls(void **state)
{
    lua(*state, "local seen\n"
                "local function f() refused(wait) seen = true end\n"
                "setmetatable({}, { __gc = function() return f() end })\n"
                "collectgarbage() assert(seen)\n"
                "seen = false\n"
                "setmetatable({}, { __gc = function() return f() end })\n"
                "sip.spawn(collectgarbage):join() assert(seen)");
}

static void in_a_finalizer_in_a_task(void **state)
{
    lua(*state, "local seen\n"
                "sip.spawn(function()\n"
                "  setmetatable({}, { __gc = function()\n"
                "    refused(wait) seen = true end })\n"
                "  collectgarbage() end):join()\n"
                "assert(seen)");
}

static void where_a_task_cannot_yield(void **state)
{
    lua(*state, "local n = 0\n"
                "local function order(a, b) refused(wait) n = n + 1\n"
                "  return a < b end\n"
                "assert(sip.spawn(function()\n"
                "  table.sort({ 3, 1, 2 }, order)\n"
                "  string.gsub('x', 'x', function() refused(wait) end)\n"
                "end):join())\n"
                "assert(n > 0)");
}

/* There the loop is driven inside the sort, which harms nobody. */
static void but_the_main_thread_may_wait_in_a_sort(void **state)
{
    lua(*state, "local t = now()\n"
                "table.sort({ 2, 1 }, function(a, b)\n"
                "  sip.sleep(1) return a < b end)\n"
                "assert(now() - t >= 1)");
}

static void in_the_close_of_a_cancelled_task(void **state)
{
    lua(*state, "local seen\n"
                "local task = sip.spawn(function()\n"
                "  local c <close> = setmetatable({}, { __close = function()\n"
                "    refused(wait) seen = true end })\n"
                "  block() end)\n"
                "sip.sleep(0) task:cancel() assert(seen)");
}

static void a_job_cannot_wait_on_the_main_thread(void **state)
{
    lua(*state, "sip.spawn(function() refused(sip.run) end)\n"
                "refused = function(f) local ok, e = pcall(f)\n"
                "  assert(not ok and e:find 'main thread', e) end\n"
                "sip.sleep(0)");
}

/* Made when the extra space of threads held anything at all. */
static void a_coroutine_older_than_the_script_floor(void **state)
{
    struct world *w = *state;
    lua_State *L = luaL_newstate();
    memset(lua_getextraspace(L), 0x5a, LUA_EXTRASPACE);
    lua_State *co = lua_newthread(L);

    assert_null(script_of(co));
    struct script *s = script_new(L, w->loop, NULL, NULL);
    assert_ptr_equal(script_of(co), s);
    assert_ptr_equal(script_of(L), s);
    assert_ptr_equal(script_main(s), L);
    lua_close(L);
}

int main(void)
{
#define refusing(test) \
    cmocka_unit_test_setup_teardown(test, set_up_refused, tear_down)
    const struct CMUnitTest tests[] = {
        refusing(in_a_coroutine_of_the_user),
        refusing(in_a_protected_call),
        refusing(in_a_finalizer_on_the_main_thread),
        refusing(in_what_a_finalizer_tail_calls),
        refusing(in_a_finalizer_in_a_task),
        refusing(where_a_task_cannot_yield),
        refusing(but_the_main_thread_may_wait_in_a_sort),
        refusing(in_the_close_of_a_cancelled_task),
        refusing(a_job_cannot_wait_on_the_main_thread),
        with_world(a_coroutine_older_than_the_script_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
