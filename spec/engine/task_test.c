/* SPDX-License-Identifier: MIT */
/* Units of tasks as C starts and cancels them, and of their pool. */
#include "task_world.h"

#include "base/err.h"

/* What `ended` was told. */
struct report {
    int calls;
    enum task_end how;
    int n;
    char text[512];
    struct task *task;
};

static void ended(void *arg, enum task_end how, lua_State *L, int n)
{
    struct report *r = arg;

    r->calls++;
    r->how = how;
    r->n = n;
    snprintf(r->text, sizeof(r->text), "%s",
             n > 0 ? luaL_tolstring(L, -n, NULL) : "");
    lua_pushliteral(L, "dropped");
}

static void start(struct world *w, struct report *r, const char *text)
{
    *r = (struct report){ 0 };
    if (luaL_loadbuffer(w->L, text, strlen(text), "@test.lua"))
        fail_msg("%s", lua_tostring(w->L, -1));
    lua_pushinteger(w->L, 7);
    r->task = task_start(w->s, w->L, 1, ended, r);
    assert_int_equal(lua_gettop(w->L), 0);
}

static void turn(struct world *w)
{
    while (loop_turn(w->loop, 0))
        ;
}

static void a_task_gets_arguments_and_gives_results(void **state)
{
    struct world *w = *state;
    struct report r;

    start(w, &r, "local x = ... return x * 6, nil");
    assert_int_equal(r.calls, 0);
    assert_int_equal(task_count(w->s), 1);
    turn(w);
    assert_int_equal(r.calls, 1);
    assert_int_equal(r.how, TASK_RETURNED);
    assert_int_equal(r.n, 2);
    assert_string_equal(r.text, "42");
    assert_int_equal(task_count(w->s), 0);
}

static void a_failed_task_gives_its_traceback(void **state)
{
    struct world *w = *state;
    struct report r;

    start(w, &r, "local function f()\n error 'oh' end\n f()");
    turn(w);
    assert_int_equal(r.how, TASK_FAILED);
    assert_int_equal(r.n, 1);
    assert_string_equal(r.text, "test.lua:2: oh\n"
                                "stack traceback:\n"
                                "\ttest.lua:2: in local 'f'\n"
                                "\ttest.lua:3: in main chunk");
}

static void a_queued_task_is_cancelled_unseen(void **state)
{
    struct world *w = *state;
    struct report r;

    start(w, &r, "note 'ran'");
    assert_int_equal(task_cancel(r.task), ERR_NONE);
    assert_int_equal(r.calls, 1);
    assert_int_equal(r.how, TASK_CANCELLED);
    assert_int_equal(r.n, 0);
    turn(w);
    assert_int_equal(r.calls, 1);
    assert_string_equal(w->trace, "");
}

static const char closes[] =
    "local c <close> = setmetatable({}, { __close = function()\n"
    "  note 'close' end })\n"
    "note 'wait' block(5) note 'never'";

static void a_waiting_task_is_cancelled_and_closes(void **state)
{
    struct world *w = *state;
    struct report r;

    start(w, &r, closes);
    turn(w);
    assert_int_equal(task_cancel(r.task), ERR_NONE);
    assert_int_equal(r.how, TASK_CANCELLED);
    assert_string_equal(w->trace, "wait close");
    assert_true(list_empty(&w->waiters));
    assert_int_equal(timer_count(w->loop), 0);
}

static void a_woken_task_is_cancelled_before_its_turn(void **state)
{
    struct world *w = *state;
    struct report r;

    start(w, &r, closes);
    turn(w);
    assert_true(wake_first(w, WAIT_READY));
    assert_int_equal(task_cancel(r.task), ERR_NONE);
    turn(w);
    assert_int_equal(r.calls, 1);
    assert_string_equal(w->trace, "wait close");
}

static int cancel_running(lua_State *L)
{
    struct task *t = task_running(script_of(L));
    lua_pushinteger(L, task_cancel(t));
    return 1;
}

static void the_running_task_cannot_cancel_itself(void **state)
{
    struct world *w = *state;
    struct report r;

    lua_register(w->L, "cancel_running", cancel_running);
    start(w, &r, "return cancel_running()");
    assert_null(task_running(w->s));
    turn(w);
    assert_int_equal(r.how, TASK_RETURNED);
    assert_int_equal(atoi(r.text), ERR_STATE);
}

static void all_are_cancelled_in_order_of_start(void **state)
{
    struct world *w = *state;

    lua(w, "local function f(name)\n"
           "  local c <close> = setmetatable({}, { __close = function()\n"
           "    note(name) sip.spawn(note, 'late') end })\n"
           "  block() end\n"
           "sip.spawn(f, 'a') sip.spawn(f, 'b') sip.sleep(0)\n"
           "sip.spawn(f, 'queued')");
    task_cancel_all(w->s);
    assert_string_equal(w->trace, "a b");
    assert_int_equal(task_count(w->s), 2);
    task_cancel_all(w->s);
    assert_int_equal(task_count(w->s), 0);
    assert_string_equal(w->trace, "a b");
}

/* Standard error, while a test has it. */
static int saved_stderr;
static FILE *caught;

static void catch_stderr(void)
{
    fflush(stderr);
    caught = tmpfile();
    assert_non_null(caught);
    saved_stderr = dup(STDERR_FILENO);
    dup2(fileno(caught), STDERR_FILENO);
}

static void release_stderr(char *text, size_t size)
{
    fflush(stderr);
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    rewind(caught);
    text[fread(text, 1, size - 1, caught)] = '\0';
    fclose(caught);
}

static void without_an_owner_an_error_is_printed(void **state)
{
    struct world *w = *state;
    char text[512];

    catch_stderr();
    luaL_loadbuffer(w->L, "error 'lost'", 12, "@test.lua");
    task_start(w->s, w->L, 0, NULL, NULL);
    turn(w);
    release_stderr(text, sizeof(text));
    assert_string_equal(text, "error in a task: test.lua:1: lost\n"
                              "stack traceback:\n"
                              "\ttest.lua:1: in main chunk\n");
}

static void errors_in_the_close_of_a_cancelled_task_are_printed(void **state)
{
    struct world *w = *state;
    struct report r;
    char text[512];

    catch_stderr();
    start(w, &r,
          "local function c(f) return setmetatable({}, { __close = f }) end\n"
          "local a <close> = c(function() note 'a' end)\n"
          "local b <close> = c(function() coroutine.yield() end)\n"
          "local d <close> = c(function() error 'bad' end)\n"
          "block()");
    turn(w);
    assert_int_equal(task_cancel(r.task), ERR_NONE);
    release_stderr(text, sizeof(text));
    assert_int_equal(r.how, TASK_CANCELLED);
    assert_string_equal(w->trace, "a");
    assert_non_null(strstr(text, "error in a cancelled task: "));
    /* The coroutine may be spoilt: another one serves. */
    start(w, &r, "block() return 1");
    turn(w);
    wake_first(w, WAIT_READY);
    turn(w);
    assert_int_equal(r.how, TASK_RETURNED);
}

static void coroutines_are_used_again(void **state)
{
    struct world *w = *state;

    lua(w, "local co, n = {}, 0\n"
           "local function f(i)\n"
           "  local c = coroutine.running()\n"
           "  if not co[c] then co[c], n = true, n + 1 end\n"
           "  if i % 3 == 0 then sip.sleep(0) end\n"
           "  if i % 7 == 0 then error { code = i } end\n"
           "  return i end\n"
           "for i = 1, 500 do\n"
           "  local ok, r = sip.spawn(f, i):join()\n"
           "  assert(not ok == (i % 7 == 0) and (not ok or r == i)) end\n"
           "assert(n == 1 + 500 // 7, n)"); /* not after an error */
    assert_int_equal(w->s->idle_count, 1);
}

static void the_pool_is_bounded(void **state)
{
    struct world *w = *state;

    lua(w, "for i = 1, 1000 do sip.spawn(sip.sleep, 1) end\n"
           "assert(sip.run())\n"
           "for i = 1, 1000 do sip.spawn(sip.sleep, 1) end\n"
           "sip.run(0)");
    assert_int_equal(w->s->idle_count, 0);
    lua(w, "assert(sip.run())");
    assert_int_equal(w->s->idle_count, 256);
}

static void a_state_may_close_with_tasks_in_every_state(void **state)
{
    lua(*state, "for i = 1, 20 do sip.spawn(sip.sleep, i) end\n"
                "for i = 1, 20 do sip.spawn(block) end\n"
                "sip.sleep(3) fire() post 'x'\n"
                "sip.spawn(error, 'never')");
}

static void yielding_by_itself_is_an_error(void **state)
{
    struct world *w = *state;
    struct report r;

    start(w, &r, "\nlocal x = coroutine.yield(1, 2)");
    turn(w);
    assert_int_equal(r.how, TASK_FAILED);
    assert_non_null(strstr(r.text, "test.lua:2: a task cannot yield by itself"
                                   ": use sip.sleep\nstack traceback:\n"
                                   "\ttest.lua:2:"));
}

static void coroutines_of_the_user_work_in_tasks(void **state)
{
    lua(*state, "local _, sum = sip.spawn(function()\n"
                "  local sum = 0\n"
                "  for i in coroutine.wrap(function()\n"
                "    for i = 1, 4 do coroutine.yield(i) end end) do\n"
                "    sum = sum + i sip.sleep(1) end\n"
                "  return sum end):join()\n"
                "assert(sum == 10)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_world(a_task_gets_arguments_and_gives_results),
        with_world(a_failed_task_gives_its_traceback),
        with_world(a_queued_task_is_cancelled_unseen),
        with_world(a_waiting_task_is_cancelled_and_closes),
        with_world(a_woken_task_is_cancelled_before_its_turn),
        with_world(the_running_task_cannot_cancel_itself),
        with_world(all_are_cancelled_in_order_of_start),
        with_world(without_an_owner_an_error_is_printed),
        with_world(errors_in_the_close_of_a_cancelled_task_are_printed),
        with_world(coroutines_are_used_again),
        with_world(the_pool_is_bounded),
        with_world(a_state_may_close_with_tasks_in_every_state),
        with_world(yielding_by_itself_is_an_error),
        with_world(coroutines_of_the_user_work_in_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
