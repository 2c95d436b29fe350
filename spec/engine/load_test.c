/* SPDX-License-Identifier: MIT */
/* Units of a load, on the virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "load/load.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "stats/metrics.h"

/* Calls that last for a while and then end well; 0: at once, within start;
 * below 0: until killed. */
struct world {
    struct loop *loop;
    struct metrics *metrics;
    struct load *load;
    int64_t holding, began;
    struct list calls;
    uint64_t starts, last_number;
    int64_t last_intended, last_start;
    int64_t killed_at, done_at;
    unsigned kills, dones;
    bool kill_later; /* kill_open leaves it to the test */
    uint64_t rate;   /* asserted for each start; 0: none */
    uint64_t stop_at_number, free_at_number;
};

struct call {
    struct list link;
    struct timer timer;
    struct world *world;
};

static void call_end(struct call *c, enum load_outcome outcome)
{
    struct world *w = c->world;

    timer_stop(&c->timer);
    list_unlink(&c->link);
    mem_free(c);
    load_call_ended(w->load, outcome);
}

static void call_over(void *arg)
{
    call_end(arg, LOAD_OK);
}

static void check_schedule(const struct world *w, uint64_t number,
                           int64_t intended)
{
    uint64_t twice = 2 * (number - 1) * (uint64_t)LOOP_SECOND;

    if (w->rate == 0)
        return;
    assert_int_equal(intended - w->began, (twice + w->rate) / (2 * w->rate));
    assert_int_equal(loop_now(w->loop), intended);
}

static void start(void *arg, uint64_t number, int64_t intended)
{
    struct world *w = arg;
    struct call *c;

    w->starts++;
    w->last_number = number;
    w->last_intended = intended;
    w->last_start = loop_now(w->loop);
    check_schedule(w, number, intended);
    if (number == w->stop_at_number)
        load_stop(w->load);
    if (number == w->free_at_number) {
        load_free(w->load);
        w->load = NULL;
        return;
    }
    if (w->holding == 0) {
        load_call_ended(w->load, LOAD_FAILED);
        return;
    }
    c = mem_zalloc(sizeof(*c));
    c->world = w;
    timer_init(&c->timer, call_over, c);
    list_append(&w->calls, &c->link);
    if (w->holding > 0)
        timer_start(w->loop, &c->timer, w->holding);
}

static void end_open(struct world *w, enum load_outcome outcome)
{
    list_each_safe (link, &w->calls)
        call_end(container_of(link, struct call, link), outcome);
}

static void kill_open(void *arg)
{
    struct world *w = arg;

    w->kills++;
    w->killed_at = loop_now(w->loop) - w->began;
    if (!w->kill_later)
        end_open(w, LOAD_KILLED);
}

static void done(void *arg)
{
    struct world *w = arg;

    w->dones++;
    w->done_at = loop_now(w->loop) - w->began;
    assert_true(load_is_done(w->load));
}

static const struct load_ops ops = { start, kill_open, done };

static int setup(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    *state = w;
    list_init(&w->calls);
    if (loop_new(&w->loop) != ERR_NONE)
        return -1;
    loop_set_virtual(w->loop, true);
    return metrics_new(&w->metrics);
}

static int teardown(void **state)
{
    struct world *w = *state;

    if (w->load)
        end_open(w, LOAD_KILLED);
    load_free(w->load);
    metrics_free(w->metrics);
    loop_free(w->loop);
    mem_free(w);
    return 0;
}

static void begin(struct world *w, struct load_options options)
{
    assert_int_equal(load_new(&w->load, w->loop, w->metrics, &options, &ops, w),
                     ERR_NONE);
    w->began = loop_now(w->loop);
    load_start(w->load);
    assert_int_equal(w->starts, 0);
}

/* Until nothing can happen any more. */
static void run(struct world *w)
{
    while (loop_turn(w->loop, LOOP_FOREVER))
        ;
}

static void run_until(struct world *w, int64_t offset)
{
    while (loop_turn(w->loop, w->began + offset))
        ;
}

static const struct load_counters *counters(const struct world *w)
{
    return load_counters(w->load);
}

static void sixteen_thousand_a_second_keep_their_schedule(void **state)
{
    struct world *w = *state;
    struct trend_summary late;

    w->rate = 16000;
    begin(w, (struct load_options){ .rate = 16000, .calls = 100000 });
    run(w);
    assert_int_equal(w->starts, 100000);
    assert_int_equal(w->last_number, 100000);
    assert_int_equal(w->last_intended - w->began, INT64_C(99999) * 62500);
    assert_int_equal(counters(w)->started, 100000);
    assert_int_equal(counters(w)->failed, 100000);
    assert_int_equal(counters(w)->dropped, 0);
    assert_int_equal(w->dones, 1);
    assert_int_equal(w->kills, 0);
    metric_summary(metrics_find(w->metrics, METRIC_TREND, SLICE(LOAD_LATENESS)),
                   &late);
    assert_int_equal(late.count, 100000);
    assert_int_equal(late.max, 0);
}

static void a_rate_that_does_not_divide_a_second_keeps_it_too(void **state)
{
    struct world *w = *state;

    w->rate = 7;
    w->holding = LOOP_SECOND;
    begin(w, (struct load_options){ .rate = 7,
                                    .duration = 300 * LOOP_SECOND,
                                    .graceful_stop = LOOP_SECOND });
    run(w);
    assert_int_equal(w->starts, 2100);
    assert_int_equal(counters(w)->succeeded, 2100);
    assert_int_equal(counters(w)->max_open_seen, 7);
}

static void duration_ends_arrivals_and_open_calls_get_their_grace(void **state)
{
    struct world *w = *state;

    w->holding = -1;
    begin(w, (struct load_options){ .rate = 10,
                                    .duration = 2 * LOOP_SECOND,
                                    .graceful_stop = 3 * LOOP_SECOND });
    run(w);
    /* The one that would be due at the very end comes no more. */
    assert_int_equal(w->starts, 20);
    assert_int_equal(w->kills, 1);
    assert_int_equal(w->killed_at, 5 * LOOP_SECOND);
    assert_int_equal(w->dones, 1);
    assert_int_equal(w->done_at, 5 * LOOP_SECOND);
    assert_int_equal(load_elapsed(w->load), 5 * LOOP_SECOND);
    assert_int_equal(counters(w)->killed, 20);
    assert_int_equal(counters(w)->open, 0);
    assert_int_equal(counters(w)->max_open_seen, 20);
}

static void calls_that_end_in_time_are_not_killed(void **state)
{
    struct world *w = *state;

    w->holding = 2 * LOOP_SECOND;
    begin(w, (struct load_options){ .rate = 10,
                                    .duration = LOOP_SECOND,
                                    .graceful_stop = 3 * LOOP_SECOND });
    run(w);
    assert_int_equal(w->kills, 0);
    assert_int_equal(counters(w)->succeeded, 10);
    assert_int_equal(w->done_at, 29 * LOOP_SECOND / 10);
}

static void no_grace_kills_at_the_end_of_the_duration(void **state)
{
    struct world *w = *state;

    w->holding = -1;
    begin(w, (struct load_options){ .rate = 1, .duration = 5 * LOOP_SECOND });
    run(w);
    assert_int_equal(w->killed_at, 5 * LOOP_SECOND);
    assert_int_equal(counters(w)->killed, 5);
}

static void a_number_of_calls_alone_leaves_them_their_time(void **state)
{
    struct world *w = *state;

    w->holding = 1000 * LOOP_SECOND;
    begin(w, (struct load_options){
                 .rate = 1, .calls = 3, .graceful_stop = 5 * LOOP_SECOND });
    run(w);
    assert_int_equal(w->kills, 0);
    assert_int_equal(counters(w)->succeeded, 3);
    assert_int_equal(w->done_at, 1002 * LOOP_SECOND);
}

static void whichever_comes_first_ends_arrivals(void **state)
{
    struct world *w = *state;

    w->holding = -1;
    begin(w, (struct load_options){ .rate = 10,
                                    .calls = 5,
                                    .duration = 4 * LOOP_SECOND,
                                    .graceful_stop = LOOP_SECOND });
    run(w);
    assert_int_equal(w->starts, 5);
    assert_int_equal(w->killed_at, 5 * LOOP_SECOND);
}

static void arrivals_over_the_limit_are_dropped_not_queued(void **state)
{
    struct world *w = *state;

    w->rate = 10; /* of those that start, each at its own time */
    w->holding = LOOP_SECOND;
    begin(w, (struct load_options){ .rate = 10, .calls = 40, .max_open = 4 });
    run(w);
    /* Four at the beginning of each second: the fifth finds four open until
     * the first ends, in the same instant as the eleventh comes. */
    assert_int_equal(counters(w)->started + counters(w)->dropped, 40);
    assert_int_equal(counters(w)->max_open_seen, 4);
    assert_int_equal(counters(w)->started, 16);
    assert_int_equal(counters(w)->dropped, 24);
    assert_int_equal(counters(w)->succeeded, 16);
    assert_int_equal(w->last_number, 34);
}

static void without_a_rate_the_limit_is_kept_full(void **state)
{
    struct world *w = *state;

    w->holding = LOOP_SECOND;
    begin(w, (struct load_options){ .max_open = 8, .calls = 100 });
    run_until(w, LOOP_SECOND / 2);
    assert_int_equal(counters(w)->open, 8);
    run(w);
    assert_int_equal(counters(w)->started, 100);
    assert_int_equal(counters(w)->succeeded, 100);
    assert_int_equal(counters(w)->dropped, 0);
    assert_int_equal(counters(w)->max_open_seen, 8);
    /* 13 rounds of a second each: 12 full ones and one of 4. */
    assert_int_equal(w->done_at, 13 * LOOP_SECOND);
    assert_int_equal(w->last_intended, w->last_start);
    assert_null(metrics_find(w->metrics, METRIC_TREND, SLICE(LOAD_LATENESS)));
}

static void full_for_a_duration(void **state)
{
    struct world *w = *state;

    w->holding = 3 * LOOP_SECOND;
    begin(w, (struct load_options){ .max_open = 2,
                                    .duration = 10 * LOOP_SECOND,
                                    .graceful_stop = LOOP_SECOND });
    run(w);
    assert_int_equal(counters(w)->started, 8); /* at 0, 3, 6 and 9 */
    assert_int_equal(counters(w)->succeeded, 6);
    assert_int_equal(counters(w)->killed, 2);
    assert_int_equal(w->killed_at, 11 * LOOP_SECOND);
}

static void calls_that_end_within_start_do_not_recurse(void **state)
{
    struct world *w = *state;

    begin(w, (struct load_options){ .max_open = 1, .calls = 50000 });
    run(w);
    assert_int_equal(w->starts, 50000);
    assert_int_equal(counters(w)->max_open_seen, 1);
    assert_int_equal(w->dones, 1);
}

static void instant_calls_without_end_leave_the_loop_its_turns(void **state)
{
    struct world *w = *state;

    begin(w, (struct load_options){ .max_open = 1 });
    loop_turn(w->loop, LOOP_FOREVER);
    assert_int_equal(w->starts, LOAD_STARTS_AT_ONCE);
    loop_turn(w->loop, LOOP_FOREVER);
    assert_int_equal(w->starts, 2 * LOAD_STARTS_AT_ONCE);
    load_stop(w->load);
    run(w);
    assert_int_equal(w->dones, 1);
    assert_int_equal(w->starts, 2 * LOAD_STARTS_AT_ONCE);
}

static void stop_takes_no_new_calls_and_gives_grace(void **state)
{
    struct world *w = *state;

    w->holding = -1;
    begin(w, (struct load_options){ .rate = 10,
                                    .duration = 100 * LOOP_SECOND,
                                    .graceful_stop = 5 * LOOP_SECOND });
    run_until(w, LOOP_SECOND);
    load_stop(w->load);
    run_until(w, 3 * LOOP_SECOND);
    load_stop(w->load);
    assert_int_equal(counters(w)->open, 11);
    run(w);
    assert_int_equal(w->starts, 11);
    assert_int_equal(w->kills, 1);
    assert_int_equal(w->killed_at, 6 * LOOP_SECOND);
}

static void stop_while_calls_run_out_begins_the_grace(void **state)
{
    struct world *w = *state;

    w->holding = -1;
    begin(w, (struct load_options){
                 .max_open = 3, .calls = 3, .graceful_stop = 2 * LOOP_SECOND });
    run_until(w, 50 * LOOP_SECOND);
    assert_int_equal(w->kills, 0);
    load_stop(w->load);
    run(w);
    assert_int_equal(w->killed_at, 52 * LOOP_SECOND);
    assert_int_equal(w->done_at, 52 * LOOP_SECOND);
}

static void kill_does_not_wait_but_done_does(void **state)
{
    struct world *w = *state;

    w->holding = -1;
    w->kill_later = true;
    begin(w, (struct load_options){ .rate = 10,
                                    .graceful_stop = 50 * LOOP_SECOND });
    run_until(w, LOOP_SECOND);
    load_kill(w->load);
    assert_int_equal(w->kills, 0);
    run_until(w, 2 * LOOP_SECOND);
    assert_int_equal(w->killed_at, LOOP_SECOND);
    load_kill(w->load);
    run_until(w, 3 * LOOP_SECOND);
    assert_int_equal(w->kills, 1);
    assert_int_equal(w->dones, 0);
    end_open(w, LOAD_KILLED);
    assert_int_equal(w->dones, 0);
    run(w);
    assert_int_equal(w->dones, 1);
    assert_int_equal(w->done_at, 3 * LOOP_SECOND);
    assert_int_equal(counters(w)->killed, 11);
    load_stop(w->load);
    load_kill(w->load);
    run(w);
    assert_int_equal(w->dones, 1);
}

static void stop_within_start_is_the_last_start(void **state)
{
    struct world *w = *state;

    w->holding = LOOP_SECOND;
    w->stop_at_number = 3;
    begin(w, (struct load_options){ .max_open = 10,
                                    .graceful_stop = 9 * LOOP_SECOND });
    run(w);
    assert_int_equal(w->starts, 3);
    assert_int_equal(counters(w)->succeeded, 3);
    assert_int_equal(w->dones, 1);
}

static void a_load_may_be_freed_within_start(void **state)
{
    struct world *w = *state;

    w->free_at_number = 4;
    begin(w, (struct load_options){ .max_open = 1 });
    run(w);
    assert_int_equal(w->starts, 4);
    assert_int_equal(w->dones, 0);
}

static void served_calls_are_counted_as_they_come(void **state)
{
    struct world *w = *state;
    uint64_t number = 0;

    begin(w,
          (struct load_options){ .served = true, .calls = 4, .max_open = 2 });
    assert_true(load_arrived(w->load, &number));
    assert_int_equal(number, 1);
    assert_true(load_arrived(w->load, &number));
    assert_false(load_arrived(w->load, &number));
    assert_int_equal(counters(w)->dropped, 1);
    load_call_ended(w->load, LOAD_OK);
    assert_true(load_arrived(w->load, &number));
    assert_int_equal(number, 4);
    load_call_ended(w->load, LOAD_OK);
    assert_false(load_arrived(w->load, &number));
    run(w);
    assert_int_equal(w->dones, 0);
    load_call_ended(w->load, LOAD_FAILED);
    run(w);
    assert_int_equal(w->dones, 1);
    assert_int_equal(w->starts, 0);
    assert_int_equal(counters(w)->started, 3);
    assert_int_equal(counters(w)->succeeded, 2);
    assert_int_equal(counters(w)->failed, 1);
}

static void serving_ends_with_its_duration(void **state)
{
    struct world *w = *state;
    uint64_t number;

    begin(w, (struct load_options){ .served = true,
                                    .duration = LOOP_SECOND,
                                    .graceful_stop = LOOP_SECOND });
    run(w);
    assert_int_equal(w->done_at, LOOP_SECOND);
    assert_false(load_arrived(w->load, &number));
}

/* On the real clock, a process that was away for a while. */
static void late_starts_still_happen_with_their_own_times(void **state)
{
    struct world *w = *state;
    struct trend_summary late;
    int64_t limit;

    loop_set_virtual(w->loop, false);
    begin(w, (struct load_options){ .rate = 1000, .calls = 20 });
    while (loop_now_exact(w->loop) < w->began + 30 * LOOP_MILLISECOND)
        ;
    limit = w->began + 5 * LOOP_SECOND;
    while (w->dones == 0 && loop_now_exact(w->loop) < limit)
        loop_turn(w->loop, limit);
    assert_int_equal(w->starts, 20);
    assert_int_equal(w->last_intended - w->began, 19 * LOOP_MILLISECOND);
    assert_true(w->last_start >= w->last_intended + 11 * LOOP_MILLISECOND);
    metric_summary(metrics_find(w->metrics, METRIC_TREND, SLICE(LOAD_LATENESS)),
                   &late);
    assert_int_equal(late.count, 20);
    assert_true(late.max >= 30 * LOOP_MILLISECOND);
    assert_true(late.min >= 11 * LOOP_MILLISECOND);
}

static void senseless_options_are_refused(void **state)
{
    struct world *w = *state;
    static const struct load_options bad[] = {
        { .calls = 5 },
        { .rate = -1 },
        { .rate = 1, .duration = -1 },
        { .rate = 1, .graceful_stop = -1 },
        { .rate = 1, .served = true },
    };

    for (size_t i = 0; i < array_length(bad); i++) {
        assert_int_equal(
            load_new(&w->load, w->loop, w->metrics, &bad[i], &ops, w),
            ERR_ARGUMENT);
        assert_null(w->load);
    }
    load_free(NULL);
}

#define unit(f) cmocka_unit_test_setup_teardown((f), setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(sixteen_thousand_a_second_keep_their_schedule),
        unit(a_rate_that_does_not_divide_a_second_keeps_it_too),
        unit(duration_ends_arrivals_and_open_calls_get_their_grace),
        unit(calls_that_end_in_time_are_not_killed),
        unit(no_grace_kills_at_the_end_of_the_duration),
        unit(a_number_of_calls_alone_leaves_them_their_time),
        unit(whichever_comes_first_ends_arrivals),
        unit(arrivals_over_the_limit_are_dropped_not_queued),
        unit(without_a_rate_the_limit_is_kept_full),
        unit(full_for_a_duration),
        unit(calls_that_end_within_start_do_not_recurse),
        unit(instant_calls_without_end_leave_the_loop_its_turns),
        unit(stop_takes_no_new_calls_and_gives_grace),
        unit(stop_while_calls_run_out_begins_the_grace),
        unit(kill_does_not_wait_but_done_does),
        unit(stop_within_start_is_the_last_start),
        unit(a_load_may_be_freed_within_start),
        unit(served_calls_are_counted_as_they_come),
        unit(serving_ends_with_its_duration),
        unit(late_starts_still_happen_with_their_own_times),
        unit(senseless_options_are_refused),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
