/* SPDX-License-Identifier: MIT */
/* Units of the histogram, against exact sorted values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "stats/histogram.h"

static struct histogram *make(int64_t lowest, int64_t highest, int digits)
{
    struct histogram *h = NULL;
    assert_int_equal(histogram_new(&h, lowest, highest, digits), ERR_NONE);
    return h;
}

static void shapes_are_checked(void **state)
{
    (void)state;
    struct histogram *h = NULL;
    assert_int_equal(histogram_new(&h, 0, 100, 3), ERR_ARGUMENT);
    assert_int_equal(histogram_new(&h, 10, 19, 3), ERR_ARGUMENT);
    assert_int_equal(histogram_new(&h, 1, 100, 0), ERR_ARGUMENT);
    assert_int_equal(histogram_new(&h, 1, 100, 6), ERR_ARGUMENT);
    assert_int_equal(histogram_new(&h, INT64_MAX / 4, INT64_MAX, 5),
                     ERR_ARGUMENT);
    assert_null(h);
    histogram_free(NULL);
    histogram_free(make(10, 20, 1));
    histogram_free(make(1, INT64_MAX, 1));
}

static void empty_is_all_zero(void **state)
{
    (void)state;
    struct histogram *h = make(1, 1000000, 3);
    assert_true(histogram_count(h) == 0 && histogram_clipped(h) == 0);
    assert_true(histogram_min(h) == 0 && histogram_max(h) == 0);
    assert_true(histogram_mean(h) == 0 && histogram_stddev(h) == 0);
    assert_true(histogram_percentile(h, 50) == 0);
    histogram_free(h);
}

/* To three digits, values below 2048 units have a group of their own. */
static void small_values_are_exact(void **state)
{
    (void)state;
    struct histogram *h = make(1, 3600000000, 3);

    for (int64_t v = 1; v <= 1000; v++)
        histogram_record(h, v);
    assert_true(histogram_count(h) == 1000);
    assert_true(histogram_min(h) == 1 && histogram_max(h) == 1000);
    assert_true(histogram_percentile(h, 0) == 1);
    assert_true(histogram_percentile(h, -3) == 1);
    assert_true(histogram_percentile(h, 0.01) == 1);
    assert_true(histogram_percentile(h, 0.1) == 1);
    assert_true(histogram_percentile(h, 50) == 500);
    assert_true(histogram_percentile(h, 50.01) == 501);
    assert_true(histogram_percentile(h, 99.9) == 999);
    assert_true(histogram_percentile(h, 99.99) == 1000);
    assert_true(histogram_percentile(h, 100) == 1000);
    assert_true(histogram_percentile(h, 200) == 1000);
    assert_true(fabs(histogram_mean(h) - 500.5) < 1e-9);
    assert_true(fabs(histogram_stddev(h) - sqrt((1e6 - 1) / 12)) < 1e-9);
    histogram_free(h);
}

/* The worked example that HdrHistogram users know: 10,007 to three digits. */
static void equivalent_values_fall_together(void **state)
{
    (void)state;
    struct histogram *h = make(1, 100000000, 3);

    histogram_record(h, 10007);
    assert_true(histogram_min(h) == 10000);
    assert_true(histogram_max(h) == 10007);
    assert_true(histogram_mean(h) == 10004);
    histogram_free(h);

    h = make(1024, 100000000, 3);
    histogram_record(h, 500);
    assert_true(histogram_min(h) == 0 && histogram_max(h) == 1023);
    histogram_record(h, 1500);
    assert_true(histogram_max(h) == 2047);
    histogram_free(h);
}

static void out_of_range_is_clipped(void **state)
{
    (void)state;
    struct histogram *h = make(1, 1000, 3);

    histogram_record(h, -5);
    assert_true(histogram_min(h) == 0 && histogram_clipped(h) == 0);
    histogram_record(h, 1000);
    assert_true(histogram_clipped(h) == 0);
    histogram_record(h, 1001);
    histogram_record(h, INT64_MAX);
    assert_true(histogram_clipped(h) == 2 && histogram_count(h) == 4);
    assert_true(histogram_max(h) == 1000);
    histogram_free(h);

    h = make(1, INT64_MAX, 5);
    histogram_record(h, INT64_MAX);
    assert_true(histogram_max(h) == INT64_MAX && histogram_clipped(h) == 0);
    histogram_free(h);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void check_precision(int64_t lowest, int digits)
{
    enum { N = 20000 };
    struct histogram *h = make(lowest, 3600000000, digits);
    int64_t *exact = mem_alloc(N * sizeof(*exact));
    double allowed = pow(10, -digits), sum = 0, squares = 0;
    struct rng r;

    rng_init(&r, (uint64_t)digits, 7);
    for (int i = 0; i < N; i++) {
        /* Spread over all magnitudes, above the unit. */
        exact[i] = (int64_t)exp(rng_double(&r) * log(3.6e9 / 1e6)) * lowest +
                   (int64_t)rng_below(&r, 1000000);
        histogram_record(h, exact[i]);
        sum += (double)exact[i];
    }
    for (int i = 0; i < N; i++)
        squares += pow((double)exact[i] - sum / N, 2);
    qsort(exact, N, sizeof(*exact), by_value);
    for (int i = 1; i <= 100; i++) {
        int64_t want = exact[N / 100 * i - 1];
        int64_t got = histogram_percentile(h, i);
        assert_true(got >= want);
        assert_true((double)(got - want) <=
                    (double)want * allowed + (double)lowest);
    }
    assert_true(histogram_min(h) <= exact[0]);
    assert_true(histogram_max(h) >= exact[N - 1]);
    assert_true(fabs(histogram_mean(h) / (sum / N) - 1) < allowed);
    assert_true(fabs(histogram_stddev(h) / sqrt(squares / N) - 1) < allowed);
    mem_free(exact);
    histogram_free(h);
}

static void percentiles_hold_their_precision(void **state)
{
    (void)state;
    for (int digits = 1; digits <= 5; digits++) {
        check_precision(1, digits);
        check_precision(100, digits);
    }
}

struct dump {
    uint64_t total;
    int64_t last;
    uint64_t mixed;
};

static void dump_group(void *arg, int64_t value, uint64_t count)
{
    struct dump *d = arg;

    assert_true(value > d->last && count > 0);
    d->last = value;
    d->total += count;
    d->mixed = d->mixed * 31 + (uint64_t)value * 7 + count;
}

static struct dump dump(const struct histogram *h)
{
    struct dump d = { 0, -1, 0 };
    histogram_each(h, dump_group, &d);
    return d;
}

static void merging_equals_recording_all(void **state)
{
    (void)state;
    struct histogram *parts[3], *all = make(1000, 60000000000, 3);
    struct histogram *sum = make(1000, 60000000000, 3);
    struct histogram *other = make(1000, 60000000000, 2);
    struct rng r;

    rng_init(&r, 3, 3);
    for (size_t i = 0; i < 3; i++)
        parts[i] = make(1000, 60000000000, 3);
    for (size_t i = 0; i < 10000; i++) {
        int64_t v = (int64_t)rng_below(&r, 70000000000);
        histogram_record(all, v);
        histogram_record(parts[i % 2], v); /* the third stays empty */
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(histogram_merge(sum, parts[i]), ERR_NONE);
    assert_int_equal(histogram_merge(sum, other), ERR_ARGUMENT);

    assert_true(dump(sum).mixed == dump(all).mixed);
    assert_true(dump(sum).total == 10000);
    assert_true(dump(sum).last == histogram_max(all));
    assert_true(histogram_clipped(sum) == histogram_clipped(all));
    assert_true(histogram_clipped(sum) > 0);
    assert_true(histogram_min(sum) == histogram_min(all));
    assert_true(histogram_mean(sum) == histogram_mean(all));
    assert_true(histogram_stddev(sum) == histogram_stddev(all));
    assert_true(histogram_percentile(sum, 95) == histogram_percentile(all, 95));

    histogram_reset(sum);
    assert_true(histogram_count(sum) == 0 && histogram_clipped(sum) == 0);
    assert_true(dump(sum).total == 0);
    assert_int_equal(histogram_merge(sum, all), ERR_NONE);
    assert_true(dump(sum).mixed == dump(all).mixed);

    for (size_t i = 0; i < 3; i++)
        histogram_free(parts[i]);
    histogram_free(other);
    histogram_free(all);
    histogram_free(sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_checked),
        cmocka_unit_test(empty_is_all_zero),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(equivalent_values_fall_together),
        cmocka_unit_test(out_of_range_is_clipped),
        cmocka_unit_test(percentiles_hold_their_precision),
        cmocka_unit_test(merging_equals_recording_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
