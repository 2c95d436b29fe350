/* SPDX-License-Identifier: MIT */
/* Units of waiting: who runs when, and what a timeout does. */
#include "task_world.h"

static void sleeping_moves_the_clock(void **state)
{
    lua(*state, "local t = now() sip.sleep(1.5) assert(now() - t == 1.5)");
}

static void a_wake_up_ends_a_wait_of_main(void **state)
{
    lua(*state, "local t = now() at(2, 'w')\n"
                "assert(block(5) == 'ready' and now() - t == 2)");
}

static void a_timeout_ends_a_wait_of_main(void **state)
{
    lua(*state, "local t = now()\n"
                "assert(block(3) == 'timeout' and now() - t == 3)\n"
                "assert(not fire())");
}

static void a_timeout_ends_a_wait_of_a_task(void **state)
{
    lua(*state, "local t, r = now()\n"
                "sip.spawn(function() r = block(3) end):join()\n"
                "assert(r == 'timeout' and now() - t == 3)\n"
                "assert(not fire())");
}

static void a_cancelled_wait_says_so(void **state)
{
    lua(*state, "sip.spawn(function() fire 'cancelled' end)\n"
                "assert(block() == 'cancelled')");
}

static void main_returns_when_nothing_can_happen(void **state)
{
    lua(*state, "assert(block() == 'timeout')");
    lua(*state, "sip.spawn(block) assert(block() == 'timeout')");
}

static void timeout_0_of_main_sees_what_is_ready(void **state)
{
    lua(*state, "local t = now()\n"
                "assert(block(0) == 'timeout')\n"
                "sip.spawn(fire)\n"
                "assert(block(0) == 'ready' and now() == t)\n");
}

static void timeout_0_of_main_lets_tasks_run_up_to_their_waits(void **state)
{
    struct world *w = *state;

    lua(w, "sip.spawn(function() note 'a' sip.sleep(1) note 'b' end)\n"
           "sip.sleep(0) note 'm'");
    assert_string_equal(w->trace, "a m");
}

static void timeout_0_of_a_task_lets_others_go_first(void **state)
{
    struct world *w = *state;

    lua(w, "sip.spawn(function() note 'a' sip.sleep(0) note 'c' end)\n"
           "sip.spawn(function() note 'b' end)\n"
           "sip.run()");
    assert_string_equal(w->trace, "a b c");
}

/* An event wakes the main thread and then posts a job. */
static void a_job_after_the_wake_up_of_main_waits_for_main(void **state)
{
    struct world *w = *state;

    lua(w, "at(1, 'wj') block() note 'main'");
    assert_string_equal(w->trace, "main");
    lua(w, "note 'again' sip.sleep(0) note 'after'");
    assert_string_equal(w->trace, "main again j after");
}

static void a_job_before_the_wake_up_of_main_runs_first(void **state)
{
    struct world *w = *state;

    lua(w, "at(1, 'jwk') block() note 'main'");
    assert_string_equal(w->trace, "j main");
}

static void a_job_after_the_wake_up_of_a_task_waits_for_it(void **state)
{
    struct world *w = *state;

    lua(w, "sip.spawn(function() block() note 'task' end)\n"
           "at(1, 'jwk') sip.run()");
    assert_string_equal(w->trace, "j task k");
}

static void tasks_woken_after_main_run_when_main_waits_again(void **state)
{
    struct world *w = *state;

    lua(w, "sip.spawn(function() block() note 'task' end)\n"
           "sip.spawn(function() sip.sleep(1) fire() fire() end)\n"
           "sip.sleep(0)\n" /* the task is the first in the list, main next */
           "block() note 'main' sip.sleep(0) note 'end'");
    assert_string_equal(w->trace, "task main end");
}

static void a_job_is_posted_once_until_it_ran(void **state)
{
    struct world *w = *state;

    post(w, "a");
    script_post(w->s, &w->jobs[0].job);
    post(w, "b");
    post(w, "c");
    script_job_cancel(&w->jobs[1].job);
    while (loop_turn(w->loop, 0))
        ;
    assert_string_equal(w->trace, "a c");
}

/* begin(): starts a wait, then fails before it suspends. */
static int begin_and_fail(lua_State *L)
{
    list_append(&world_of(L)->waiters, &wait_begin(L)->link);
    return luaL_error(L, "changed my mind");
}

static void a_wait_left_by_an_error_is_over(void **state)
{
    struct world *w = *state;

    lua_register(w->L, "begin", begin_and_fail);
    lua(w, "assert(not pcall(begin)) assert(fire())\n"
           "local t = now() sip.sleep(1) assert(now() - t == 1)\n"
           "local function task()\n"
           "  assert(not pcall(begin)) assert(fire())\n"
           "  local t = now() sip.sleep(1) assert(now() - t == 1)\n"
           "  assert(not pcall(begin)) assert(fire())\n"
           "end\n"
           "assert(sip.spawn(task):join())");
    assert_true(list_empty(&w->waiters));
}

/* ready(): woken before it suspends, and twice. */
static int wake_early(lua_State *L)
{
    struct wait *wait = wait_begin(L);

    wait_wake(wait, WAIT_READY);
    wait_wake(wait, WAIT_CANCELLED);
    return wait_end(L, wait, 5 * LOOP_SECOND, blocked, 0);
}

static void a_wake_up_may_come_before_the_suspension(void **state)
{
    struct world *w = *state;

    lua_register(w->L, "ready", wake_early);
    lua(w, "local t = now() assert(ready() == 'ready')\n"
           "assert(sip.spawn(function() assert(ready() == 'ready') end)\n"
           "  :join())\n"
           "assert(now() == t)");
}

static void waits_cross_pcall_and_metamethods_in_a_task(void **state)
{
    lua(*state,
        "local lazy = setmetatable({}, { __index = function(_, k)\n"
        "  sip.sleep(1) return k end })\n"
        "local task = sip.spawn(function()\n"
        "  local ok, v = pcall(function() return lazy.x end)\n"
        "  local bad, e = pcall(function() sip.sleep(1) error 'no' end)\n"
        "  return ok, v, bad, e end)\n"
        "local _, ok, v, bad, e = task:join()\n"
        "assert(ok and v == 'x' and not bad and e:find 'test.lua:5: no')");
}

static void waits_end_on_the_real_clock(void **state)
{
    struct world *w = *state;

    loop_set_virtual(w->loop, false);
    lua(w, "sip.spawn(function() sip.sleep(0.002) fire() end)\n"
           "assert(block(10) == 'ready')\n"
           "assert(block(0) == 'timeout' and block(0.001) == 'timeout')\n"
           "assert(block() == 'timeout')\n"
           "sip.spawn(function() sip.sleep(0.001) end) assert(sip.run(10))");
}

/* Two tasks that wake each other without end leave the loop its turns. */
static void tasks_that_never_rest_do_not_stop_the_clock(void **state)
{
    struct world *w = *state;

    loop_set_virtual(w->loop, false);
    lua(w, "local function busy() while true do fire() block() end end\n"
           "sip.spawn(busy) sip.spawn(busy)\n"
           "sip.sleep(0.01)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_world(sleeping_moves_the_clock),
        with_world(a_wake_up_ends_a_wait_of_main),
        with_world(a_timeout_ends_a_wait_of_main),
        with_world(a_timeout_ends_a_wait_of_a_task),
        with_world(a_cancelled_wait_says_so),
        with_world(main_returns_when_nothing_can_happen),
        with_world(timeout_0_of_main_sees_what_is_ready),
        with_world(timeout_0_of_main_lets_tasks_run_up_to_their_waits),
        with_world(timeout_0_of_a_task_lets_others_go_first),
        with_world(a_job_after_the_wake_up_of_main_waits_for_main),
        with_world(a_job_before_the_wake_up_of_main_runs_first),
        with_world(a_job_after_the_wake_up_of_a_task_waits_for_it),
        with_world(tasks_woken_after_main_run_when_main_waits_again),
        with_world(a_job_is_posted_once_until_it_ran),
        with_world(a_wait_left_by_an_error_is_over),
        with_world(a_wake_up_may_come_before_the_suspension),
        with_world(waits_cross_pcall_and_metamethods_in_a_task),
        with_world(waits_end_on_the_real_clock),
        with_world(tasks_that_never_rest_do_not_stop_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
