/* SPDX-License-Identifier: MIT */
/* Units of the repetition of responses, on the virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "dialog/repeat.h"
#include "loop/loop.h"

enum { COPIES = 64 };

struct world {
    struct loop *loop;
    struct repeat *repeat; /* on the heap: freed inside callbacks */
    int64_t start;
    int64_t sent[COPIES]; /* since the start; the first copy is not here */
    size_t copies;
    int64_t given_up;  /* since the start; below 0: not */
    size_t stop_after; /* stop in that copy; 0: never */
    bool free_there;   /* and free it too */
};

static void end(struct world *w)
{
    repeat_stop(w->repeat);
    if (w->free_there) {
        mem_free(w->repeat);
        w->repeat = NULL;
    }
}

static void on_send(void *arg)
{
    struct world *w = arg;

    assert_true(w->copies < COPIES);
    assert_true(repeat_running(w->repeat));
    w->sent[w->copies++] = loop_now(w->loop) - w->start;
    if (w->copies == w->stop_after)
        end(w);
}

static void on_give_up(void *arg)
{
    struct world *w = arg;

    assert_false(repeat_running(w->repeat));
    assert_true(w->given_up < 0);
    w->given_up = loop_now(w->loop) - w->start;
    if (w->free_there)
        end(w);
}

static const struct repeat_ops ops = { on_send, on_give_up };

static int set_up(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    if (loop_new(&w->loop))
        return -1;
    loop_set_virtual(w->loop, true);
    w->repeat = mem_zalloc(sizeof(*w->repeat));
    w->given_up = -1;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    loop_free(w->loop);
    mem_free(w->repeat);
    mem_free(w);
    return 0;
}

static void start(struct world *w, int64_t t1, int64_t cap)
{
    w->start = loop_now(w->loop);
    repeat_start(w->repeat, w->loop, t1, cap, &ops, w);
}

static void run(struct world *w)
{
    while (loop_turn(w->loop, LOOP_FOREVER))
        continue;
}

static void expect_times(const struct world *w, const int64_t *times,
                         size_t count, int64_t given_up)
{
    assert_int_equal(w->copies, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(w->sent[i], times[i] * LOOP_MILLISECOND);
    assert_int_equal(w->given_up, given_up * LOOP_MILLISECOND);
}

static void a_2xx_goes_out_eleven_times(void **state)
{
    static const int64_t times[] = { 500,   1500,  3500,  7500,  11500,
                                     15500, 19500, 23500, 27500, 31500 };
    struct world *w = *state;

    start(w, 500 * LOOP_MILLISECOND, 4 * LOOP_SECOND);
    assert_true(repeat_running(w->repeat));
    assert_int_equal(w->copies, 0);
    run(w);
    expect_times(w, times, array_length(times), 32000);
    assert_false(repeat_running(w->repeat));
    assert_int_equal(timer_count(w->loop), 0);
}

static void a_reliable_1xx_doubles_without_a_cap(void **state)
{
    static const int64_t times[] = { 500, 1500, 3500, 7500, 15500, 31500 };
    struct world *w = *state;

    start(w, 500 * LOOP_MILLISECOND, 0);
    run(w);
    expect_times(w, times, array_length(times), 32000);
}

static void odd_nanoseconds_are_kept(void **state)
{
    struct world *w = *state;

    start(w, 333333333, 1000000001);
    run(w);
    assert_int_equal(w->sent[0], 333333333);
    assert_int_equal(w->sent[1], 3 * INT64_C(333333333));
    assert_int_equal(w->sent[2], 3 * INT64_C(333333333) + 1000000001);
    assert_int_equal(w->given_up, 64 * INT64_C(333333333));
}

static void a_copy_that_would_be_late_is_left_out(void **state)
{
    struct world *w = *state;

    start(w, LOOP_SECOND, LOOP_SECOND * 3);
    run(w);
    /* 1, 3, 6, 9 … 63; 66 would be late. */
    assert_int_equal(w->copies, 22);
    assert_int_equal(w->sent[21], 63 * LOOP_SECOND);
    assert_int_equal(w->given_up, 64 * LOOP_SECOND);
}

static void nothing_goes_out_at_the_moment_of_giving_up(void **state)
{
    struct world *w = *state;

    /* Every second: the 64th copy would fall on the end. */
    start(w, LOOP_SECOND, LOOP_SECOND);
    run(w);
    assert_int_equal(w->copies, 63);
    assert_int_equal(w->sent[62], 63 * LOOP_SECOND);
    assert_int_equal(w->given_up, 64 * LOOP_SECOND);
}

static void no_time_at_all_gives_up_at_once(void **state)
{
    struct world *w = *state;

    start(w, 0, 0);
    run(w);
    assert_int_equal(w->copies, 0);
    assert_int_equal(w->given_up, 0);
}

static void stopping_is_final_and_idempotent(void **state)
{
    struct world *w = *state;
    struct repeat never = { 0 };

    repeat_stop(&never);
    assert_false(repeat_running(&never));
    start(w, LOOP_SECOND, 0);
    loop_turn(w->loop, LOOP_FOREVER);
    assert_int_equal(w->copies, 1);
    repeat_stop(w->repeat);
    repeat_stop(w->repeat);
    assert_false(repeat_running(w->repeat));
    run(w);
    assert_int_equal(w->copies, 1);
    assert_int_equal(w->given_up, -1);
}

static void it_may_be_freed_inside_send(void **state)
{
    struct world *w = *state;

    w->stop_after = 3;
    w->free_there = true;
    start(w, LOOP_SECOND, 0);
    run(w);
    assert_int_equal(w->copies, 3);
    assert_null(w->repeat);
    assert_int_equal(timer_count(w->loop), 0);
}

static void it_may_be_freed_inside_give_up(void **state)
{
    struct world *w = *state;

    w->free_there = true;
    start(w, LOOP_SECOND, 0);
    run(w);
    assert_null(w->repeat);
    assert_int_equal(w->given_up, 64 * LOOP_SECOND);
}

static void without_copies_the_limit_stays(void **state)
{
    static const struct repeat_ops silent = { NULL, on_give_up };
    struct world *w = *state;

    w->start = loop_now(w->loop);
    repeat_start(w->repeat, w->loop, 500 * LOOP_MILLISECOND, 0, &silent, w);
    assert_true(repeat_running(w->repeat));
    run(w);
    expect_times(w, NULL, 0, 32000);
}

static void starting_again_starts_anew(void **state)
{
    static const int64_t times[] = { 100, 300, 700, 1500, 3100, 6300 };
    struct world *w = *state;

    start(w, LOOP_SECOND, 0);
    loop_turn(w->loop, LOOP_FOREVER);
    w->copies = 0;
    start(w, 100 * LOOP_MILLISECOND, 0);
    run(w);
    expect_times(w, times, array_length(times), 6400);
}

#define unit(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(a_2xx_goes_out_eleven_times),
        unit(a_reliable_1xx_doubles_without_a_cap),
        unit(odd_nanoseconds_are_kept),
        unit(a_copy_that_would_be_late_is_left_out),
        unit(nothing_goes_out_at_the_moment_of_giving_up),
        unit(no_time_at_all_gives_up_at_once),
        unit(stopping_is_final_and_idempotent),
        unit(it_may_be_freed_inside_send),
        unit(it_may_be_freed_inside_give_up),
        unit(starting_again_starts_anew),
        unit(without_copies_the_limit_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
