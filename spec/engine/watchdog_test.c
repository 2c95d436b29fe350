/* SPDX-License-Identifier: MIT */
/* Units of the watchdog: what runs without a wait is stopped, and only that. */
#include "task_world.h"

static int set_up_strict(void **state)
{
    if (set_up(state))
        return -1;
    script_set_watchdog(((struct world *)*state)->s, 0.03);
    /* overruns(f): f as a task is stopped by the watchdog. */
    lua(*state,
        "function overruns(f)\n"
        "  local ok, err = sip.spawn(f):join()\n"
        "  err = tostring(err)\n"
        "  assert(not ok and err:find('test.lua:%d+: ran 0.03 s of '\n"
        "    .. 'processor time without a wait %(an endless loop%?%)'), err)\n"
        "  return err end\n"
        "function endless() while true do end end\n");
    return 0;
}

static void an_endless_loop_is_stopped(void **state)
{
    lua(*state, "local text = overruns(function()\n"
                "  while true do end end)\n"
                "assert(text:find '^test.lua:2: ran')\n"
                "assert(text:find '\\n\\ttest.lua:%d: in function', 1)\n"
                "assert(sip.spawn(type, 1):join())");
}

static void pcall_does_not_hide_from_it(void **state)
{
    lua(*state, "overruns(function() while true do pcall(endless) end end)\n"
                "overruns(function()\n"
                "  while true do xpcall(endless, endless) end end)");
}

static void neither_does_a_place_that_cannot_yield(void **state)
{
    lua(*state,
        "overruns(function() table.sort({ 2, 1 }, endless) end)\n"
        "overruns(function() table.sort({ 2, 1 }, function()\n"
        "  while true do pcall(endless) end end) end)\n"
        "overruns(function() return #string.gsub('x', 'x', endless) end)");
}

static void nor_coroutines_of_the_user(void **state)
{
    lua(*state,
        "overruns(function() coroutine.wrap(endless)() end)\n"
        "overruns(function()\n"
        "  while true do coroutine.resume(coroutine.create(endless)) end end)\n"
        "overruns(function()\n"
        "  while true do coroutine.wrap(function()\n"
        "    coroutine.wrap(function() while true do pcall(endless) end "
        "end)()\n"
        "  end)() end end)");
}

static void nor_a_coroutine_on_which_somebody_waits_by_yields(void **state)
{
    lua(*state, "overruns(function()\n"
                "  local co = coroutine.wrap(function()\n"
                "    while true do coroutine.yield() end end)\n"
                "  while true do co() end end)");
}

static void a_protected_call_is_stopped(void **state)
{
    lua(*state,
        "local ok, e = call(endless)\n"
        "assert(not ok and e:find 'ran 0.03 s')\n"
        "ok, e = call(function() while true do pcall(endless) end end)\n"
        "assert(not ok and e:find 'ran 0.03 s')\n"
        "assert(sip.spawn(function()\n"
        "  local ok, e = call(endless)\n"
        "  assert(not ok and e:find 'ran 0.03 s') end):join())");
}

static void the_close_of_a_cancelled_task_is_stopped(void **state)
{
    struct world *w = *state;

    lua(w, "local function task()\n"
           "  local c <close> = setmetatable({}, { __close = endless })\n"
           "  block() end\n"
           "local one = sip.spawn(task) sip.sleep(0)\n"
           "one:cancel()\n"
           "local ok, err = one:join() assert(err.code == 'cancelled')\n"
           "assert(sip.spawn(type, 1):join())");
    assert_int_equal(task_count(w->s), 0);
}

static void closes_run_after_the_stop(void **state)
{
    struct world *w = *state;

    lua(w, "overruns(function()\n"
           "  local c <close> = setmetatable({}, { __close = function()\n"
           "    note 'closed' end })\n"
           "  endless() end)");
    assert_string_equal(w->trace, "closed");
}

/* Uses several times the limit, but never all of it between two waits. */
static void who_waits_is_left_alone(void **state)
{
    lua(*state, "local t = os.clock()\n"
                "assert(sip.spawn(function()\n"
                "  while os.clock() - t < 0.15 do\n"
                "    local t = os.clock()\n"
                "    while os.clock() - t < 0.005 do end\n"
                "    sip.sleep(0) end end):join())");
}

static void the_main_thread_is_left_alone(void **state)
{
    lua(*state, "sip.spawn(type, 1):join()\n"
                "local t = os.clock()\n"
                "while os.clock() - t < 0.1 do end");
}

static void zero_switches_it_off(void **state)
{
    struct world *w = *state;

    script_set_watchdog(w->s, 0);
    lua(w, "local t = os.clock()\n"
           "assert(sip.spawn(function()\n"
           "  while os.clock() - t < 0.1 do end end):join())\n"
           "assert(call(function() while os.clock() - t < 0.15 do end end))");
    script_set_watchdog(w->s, 0.02);
    lua(w, "assert(not sip.spawn(endless):join())");
}

static void no_hook_stays(void **state)
{
    struct world *w = *state;

    lua(w,
        "local inner = coroutine.create(function()\n"
        "  endless() end)\n"
        "overruns(function() while true do coroutine.resume(inner) end end)\n"
        "assert(sip.spawn(function()\n"
        "  assert(debug.gethook() == nil)\n"
        "  local n = 0\n"
        "  coroutine.wrap(function() for i = 1, 100 do n = n + i end end)()\n"
        "  assert(n == 5050) end):join())\n"
        "debug.sethook(function() end, '', 1000)\n"
        "call(endless) local _, mask, count = debug.gethook()\n"
        "assert(count == 1000) debug.sethook()");
}

int main(void)
{
#define strict(test) \
    cmocka_unit_test_setup_teardown(test, set_up_strict, tear_down)
    const struct CMUnitTest tests[] = {
        strict(an_endless_loop_is_stopped),
        strict(pcall_does_not_hide_from_it),
        strict(neither_does_a_place_that_cannot_yield),
        strict(nor_coroutines_of_the_user),
        strict(nor_a_coroutine_on_which_somebody_waits_by_yields),
        strict(a_protected_call_is_stopped),
        strict(the_close_of_a_cancelled_task_is_stopped),
        strict(closes_run_after_the_stop),
        strict(who_waits_is_left_alone),
        strict(the_main_thread_is_left_alone),
        strict(zero_switches_it_off),
        strict(no_hook_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
