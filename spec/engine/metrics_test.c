/* SPDX-License-Identifier: MIT */
/* Units of the registry of trends, counters and checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/err.h"
#include "stats/histogram.h"
#include "stats/metrics.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

static int setup(void **state)
{
    struct metrics *m = NULL;
    int err = metrics_new(&m);

    *state = m;
    return err;
}

static int teardown(void **state)
{
    metrics_free(*state);
    return 0;
}

static void assert_name(const struct metric *t, const char *name)
{
    assert_non_null(t);
    assert_true(slice_eq(metric_name(t), slice_str(name)));
}

static void a_name_gives_the_same_metric_each_time(void **state)
{
    struct metrics *m = *state;
    struct metric *t = metrics_get(m, METRIC_TREND, SLICE("invite.answer"));

    assert_ptr_equal(metrics_get(m, METRIC_TREND, SLICE("invite.answer")), t);
    assert_ptr_equal(metrics_find(m, METRIC_TREND, SLICE("invite.answer")), t);
    assert_null(metrics_find(m, METRIC_TREND, SLICE("invite.answe")));
    assert_null(metrics_find(m, METRIC_COUNTER, SLICE("invite.answer")));
    assert_ptr_not_equal(metrics_get(m, METRIC_COUNTER, SLICE("invite.answer")),
                         t);
    assert_name(t, "invite.answer");
}

static void kinds_are_walked_in_order_of_first_use(void **state)
{
    struct metrics *m = *state;
    const struct metric *t;

    assert_null(metrics_next(m, METRIC_COUNTER, NULL));
    metrics_get(m, METRIC_COUNTER, SLICE("zebra"));
    metrics_get(m, METRIC_CHECK, SLICE("elsewhere"));
    metrics_get(m, METRIC_COUNTER, SLICE("apple"));
    metrics_get(m, METRIC_COUNTER, SLICE("zebra"));
    metrics_get(m, METRIC_COUNTER, SLICE(""));

    t = metrics_next(m, METRIC_COUNTER, NULL);
    assert_name(t, "zebra");
    t = metrics_next(m, METRIC_COUNTER, t);
    assert_name(t, "apple");
    t = metrics_next(m, METRIC_COUNTER, t);
    assert_name(t, "");
    assert_null(metrics_next(m, METRIC_COUNTER, t));
}

static void an_empty_trend_is_all_zero(void **state)
{
    struct trend_summary s;

    metric_summary(metrics_get(*state, METRIC_TREND, SLICE("t")), &s);
    assert_int_equal(s.count, 0);
    assert_int_equal(s.min, 0);
    assert_int_equal(s.mean, 0);
    assert_int_equal(s.p999, 0);
    assert_int_equal(s.max, 0);
}

static void one_value_is_every_percentile(void **state)
{
    struct metric *t = metrics_get(*state, METRIC_TREND, SLICE("t"));
    struct trend_summary s;

    for (int i = 0; i < 3; i++)
        metric_record(t, 200 * MS);
    metric_summary(t, &s);
    assert_int_equal(s.count, 3);
    assert_int_equal(s.min, 200 * MS);
    assert_int_equal(s.mean, 200 * MS);
    assert_int_equal(s.p50, 200 * MS);
    assert_int_equal(s.p999, 200 * MS);
    assert_int_equal(s.max, 200 * MS);
}

static void near(int64_t value, int64_t wanted)
{
    assert_in_range(value, wanted - wanted / 1000, wanted + wanted / 1000);
}

static void percentiles_have_three_digits(void **state)
{
    struct metric *t = metrics_get(*state, METRIC_TREND, SLICE("t"));
    struct trend_summary s;

    for (int i = 1; i <= 10000; i++)
        metric_record(t, i * MS);
    metric_summary(t, &s);
    assert_int_equal(s.count, 10000);
    assert_int_equal(s.min, MS);
    assert_int_equal(s.max, 10 * SECOND);
    assert_int_equal(s.mean, 5000 * MS + MS / 2);
    near(s.p50, 5000 * MS);
    near(s.p90, 9000 * MS);
    near(s.p95, 9500 * MS);
    near(s.p99, 9900 * MS);
    near(s.p999, 9990 * MS);
}

static void values_are_kept_in_microseconds(void **state)
{
    struct metric *t = metrics_get(*state, METRIC_TREND, SLICE("t"));
    const struct histogram *h = metric_histogram(t);

    metric_record(t, 1499);
    assert_int_equal(histogram_max(h), 1);
    metric_record(t, 1500);
    assert_int_equal(histogram_max(h), 2);
    metric_record(t, -5);
    assert_int_equal(histogram_min(h), 0);
    assert_int_equal(histogram_clipped(h), 0);
    metric_record(t, 3600 * SECOND);
    assert_int_equal(histogram_clipped(h), 0);
    metric_record(t, 3601 * SECOND);
    assert_int_equal(histogram_clipped(h), 1);
    metric_record(t, INT64_MAX);
    assert_int_equal(histogram_count(h), 6);
}

static void counters_add_and_checks_tell_apart(void **state)
{
    struct metric *n = metrics_get(*state, METRIC_COUNTER, SLICE("n"));
    struct metric *c = metrics_get(*state, METRIC_CHECK, SLICE("n"));

    metric_add(n, 5);
    metric_add(n, -7);
    assert_int_equal(metric_value(n), -2);
    metric_add(n, INT64_MIN);
    metric_check(c, true);
    metric_check(c, false);
    metric_check(c, true);
    assert_int_equal(metric_passed(c), 2);
    assert_int_equal(metric_failed(c), 1);
}

static void names_without_end_share_one_metric(void **state)
{
    struct metrics *m = *state;
    const struct metric *t = NULL;
    size_t kinds = 0;
    char name[32];

    for (int i = 0; i < METRICS_NAMES + 500; i++) {
        int n = snprintf(name, sizeof(name), "call %d", i);
        struct slice s = slice_of(name, (size_t)n);
        metric_add(metrics_get(m, METRIC_COUNTER, s), 1);
    }
    while ((t = metrics_next(m, METRIC_COUNTER, t)))
        kinds++;
    assert_int_equal(kinds, METRICS_NAMES + 1);
    t = metrics_find(m, METRIC_COUNTER, SLICE(METRICS_OTHERS));
    assert_int_equal(metric_value(t), 500);
    t = metrics_get(m, METRIC_COUNTER, SLICE("call 7"));
    assert_int_equal(metric_value(t), 1);
}

#define unit(f) cmocka_unit_test_setup_teardown((f), setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(a_name_gives_the_same_metric_each_time),
        unit(kinds_are_walked_in_order_of_first_use),
        unit(an_empty_trend_is_all_zero),
        unit(one_value_is_every_percentile),
        unit(percentiles_have_three_digits),
        unit(values_are_kept_in_microseconds),
        unit(counters_add_and_checks_tell_apart),
        unit(names_without_end_share_one_metric),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
