/* SPDX-License-Identifier: MIT */
/* Units of class Task and of spawn, sleep, run and current. */
#include "task_world.h"

static int set_up_stressed(void **state)
{
    if (set_up(state))
        return -1;
    lua(*state, "stress(true)");
    return 0;
}

static void join_gives_the_results(void **state)
{
    lua(*state, "local function f(...) sip.sleep(0) return ... end\n"
                "for _ = 1, 2 do\n"
                "  assert(select('#', sip.spawn(f):join()) == 1)\n"
                "  local t = table.pack(sip.spawn(f, nil):join())\n"
                "  assert(t.n == 2 and t[1] == true and t[2] == nil)\n"
                "  t = table.pack(sip.spawn(f, 'a', nil, 'c', nil):join())\n"
                "  assert(t.n == 5 and t[2] == 'a' and t[4] == 'c')\n"
                "end\n"
                "local many = sip.spawn(table.unpack, {}, 1, 5000)\n"
                "assert(select('#', many:join()) == 5001)\n"
                "assert(select('#', many:join()) == 5001)");
}

static void join_gives_the_error(void **state)
{
    lua(*state, "local task = sip.spawn(function()\n"
                "  error 'oh' end)\n"
                "for _ = 1, 2 do\n"
                "  local ok, err = task:join()\n"
                "  assert(ok == nil and err.code == 'error')\n"
                "  assert(tostring(err):find '^test.lua:2: oh\\nstack')\n"
                "end");
}

static void join_may_time_out_and_be_tried_again(void **state)
{
    lua(*state, "local task = sip.spawn(function() sip.sleep(3) return 1 end)\n"
                "local t = now()\n"
                "local ok, err = task:join(0)\n"
                "assert(not ok and err.code == 'timeout' and now() == t)\n"
                "ok, err = task:join(2)\n"
                "assert(not ok and err.code == 'timeout' and now() == t + 2)\n"
                "assert(not task.done)\n"
                "local yes, r = task:join(2)\n"
                "assert(yes and r == 1 and now() == t + 3 and task.done)");
}

static void many_may_join_one(void **state)
{
    lua(*state, "local task = sip.spawn(function() sip.sleep(1) return 5 end)\n"
                "local sum = 0\n"
                "for i = 1, 10 do sip.spawn(function()\n"
                "  local _, r = task:join() sum = sum + r end) end\n"
                "sip.run() assert(sum == 50)");
}

static void joining_oneself_is_refused(void **state)
{
    lua(*state, "local task\n"
                "task = sip.spawn(function() task:join() end)\n"
                "local ok, err = task:join()\n"
                "assert(tostring(err):find 'cannot join itself')");
}

static void cancel_ends_a_task(void **state)
{
    lua(*state, "local task = sip.spawn(sip.sleep, 5)\n"
                "sip.spawn(function() task:cancel() task:cancel() end)\n"
                "local t = now()\n"
                "local ok, err = task:join()\n"
                "assert(not ok and err.code == 'cancelled' and now() == t)\n"
                "assert(task.done) task:cancel()");
}

static void the_running_task_may_not_cancel_itself(void **state)
{
    lua(*state, "local _, ok, e = sip.spawn(function()\n"
                "  return pcall(function() sip.current():cancel() end) end)\n"
                "  :join()\n"
                "assert(not ok and e:find 'test.lua:2: a task cannot cancel')");
}

static void leaving_a_scope_cancels(void **state)
{
    lua(*state, "local kept\n"
                "do local task <close> = sip.spawn(block) kept = task\n"
                "  sip.sleep(0) end\n"
                "assert(kept.done and not fire())\n"
                "do local task <close> = sip.spawn(print and type, 1)\n"
                "  assert(task:join()) end");
}

static void a_cancelled_parent_cancels_what_it_closes(void **state)
{
    lua(*state, "local child\n"
                "local parent = sip.spawn(function()\n"
                "  local c <close> = sip.spawn(block) child = c\n"
                "  c:join() end)\n"
                "sip.sleep(0) parent:cancel()\n"
                "assert(child.done)");
}

static void a_forgotten_task_goes_on(void **state)
{
    struct world *w = *state;

    lua(w, "sip.spawn(function() sip.sleep(1) note 'done' end)\n"
           "collectgarbage() collectgarbage() sip.run()");
    assert_string_equal(w->trace, "done");
}

static void a_finished_task_is_collected(void **state)
{
    lua(*state, "local seen = setmetatable({}, { __mode = 'k' })\n"
                "for i = 1, 10 do\n"
                "  local task = sip.spawn(function() return {} end)\n"
                "  seen[task] = true task:join() end\n"
                "collectgarbage() collectgarbage()\n"
                "assert(next(seen) == nil)");
}

static void it_says_what_it_is(void **state)
{
    lua(*state, "local task\n"
                "task = sip.spawn(function()\n"
                "  assert(tostring(task) == 'Task test.lua:2 (running)')\n"
                "  assert(sip.current() == task) block() end)\n"
                "assert(tostring(task) == 'Task test.lua:2 (queued)')\n"
                "sip.sleep(0)\n"
                "assert(tostring(task) == 'Task test.lua:2 (waiting)')\n"
                "fire() assert(task:join())\n"
                "assert(tostring(task) == 'Task test.lua:2 (returned)')\n"
                "assert(sip.current() == nil)");
}

static void wrong_arguments_raise(void **state)
{
    lua(*state, "local function raises(what, f, ...)\n"
                "  local ok, e = pcall(f, ...)\n"
                "  assert(not ok and e:find(what, 1, true), e) end\n"
                "raises('function expected', sip.spawn)\n"
                "raises('function expected', sip.spawn, {})\n"
                "raises('must not be negative', sip.sleep, -1)\n"
                "raises('must not be negative', sip.sleep, 0 / 0)\n"
                "raises('number expected', sip.sleep)\n"
                "raises('number expected', sip.sleep, '1')\n"
                "local task = sip.spawn(block)\n"
                "raises('number expected', task.join, task, 'x')\n"
                "raises('Task expected', task.join, 1)");
}

static void run_waits_for_all(void **state)
{
    lua(*state,
        "assert(sip.run())\n"
        "for i = 1, 3 do sip.spawn(sip.sleep, i) end\n"
        "local t = now()\n"
        "local ok, err = sip.run(2.5)\n"
        "assert(not ok and err.code == 'timeout' and now() == t + 2.5)\n"
        "assert(tostring(err):find '1 task left')\n"
        "assert(sip.run(2) and now() == t + 3)\n"
        "sip.spawn(block) assert(not sip.run())");
}

static void sleeping_forever_is_no_timer(void **state)
{
    struct world *w = *state;

    lua(w, "sip.spawn(sip.sleep, math.huge) assert(not sip.run())");
    assert_int_equal(timer_count(w->loop), 0);
}

int main(void)
{
#define both(test)    \
    with_world(test), \
        cmocka_unit_test_setup_teardown(test, set_up_stressed, tear_down)
    const struct CMUnitTest tests[] = {
        both(join_gives_the_results),
        both(join_gives_the_error),
        both(join_may_time_out_and_be_tried_again),
        both(many_may_join_one),
        both(joining_oneself_is_refused),
        both(cancel_ends_a_task),
        both(the_running_task_may_not_cancel_itself),
        both(leaving_a_scope_cancels),
        both(a_cancelled_parent_cancels_what_it_closes),
        both(a_forgotten_task_goes_on),
        both(a_finished_task_is_collected),
        both(it_says_what_it_is),
        both(wrong_arguments_raise),
        both(run_waits_for_all),
        both(sleeping_forever_is_no_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
