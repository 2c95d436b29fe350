/* SPDX-License-Identifier: MIT */
/* Units of the load shapes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "load/arrival.h"

#define SECOND INT64_C(1000000000)

static struct arrival *shape_of(struct arrival_plan plan,
                                const struct arrival_shape *wanted)
{
    struct arrival *a = NULL;

    assert_int_equal(arrival_new(&a, &plan), ERR_NONE);
    assert_ptr_equal(a->shape, wanted);
    return a;
}

static void refused(struct arrival_plan plan)
{
    struct arrival *a = NULL;

    assert_int_equal(arrival_new(&a, &plan), ERR_ARGUMENT);
    assert_null(a);
}

static void plans_without_sense_are_refused(void **state)
{
    (void)state;
    refused((struct arrival_plan){ 0 });
    refused((struct arrival_plan){ .rate = -1 });
    refused((struct arrival_plan){ .rate = (double)NAN, .max_open = 1 });
    refused((struct arrival_plan){ .rate = (double)INFINITY });
    refused((struct arrival_plan){ .rate = 10, .served = true });
    arrival_free(NULL);
}

/* Halves go up: (2 k 10^9 + rate) / (2 rate), in integers. */
static void whole_rates_are_exact_to_the_nanosecond(void **state)
{
    static const uint64_t rates[] = { 1, 3, 7, 999, 16000, 33333, 1000003 };

    (void)state;
    for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
        uint64_t rate = rates[r];
        struct arrival *a = shape_of(
            (struct arrival_plan){ .rate = (double)rate }, &arrival_constant);

        for (uint64_t k = 0; k < 20000; k++) {
            uint64_t wanted = (2 * k * (uint64_t)SECOND + rate) / (2 * rate);
            assert_int_equal(arrival_due(a, k), wanted);
        }
        arrival_free(a);
    }
}

static void a_day_later_nothing_has_drifted(void **state)
{
    struct arrival *a =
        shape_of((struct arrival_plan){ .rate = 16000 }, &arrival_constant);
    const int64_t day = 24 * 3600;

    (void)state;
    for (int64_t s = day; s < day + 10; s++) {
        assert_int_equal(arrival_due(a, (uint64_t)s * 16000), s * SECOND);
        assert_int_equal(arrival_due(a, (uint64_t)s * 16000 + 1),
                         s * SECOND + 62500);
    }
    arrival_free(a);
}

static void fractions_of_a_call_a_second_work(void **state)
{
    struct arrival *a =
        shape_of((struct arrival_plan){ .rate = 0.25 }, &arrival_constant);

    (void)state;
    assert_int_equal(arrival_due(a, 0), 0);
    assert_int_equal(arrival_due(a, 1), 4 * SECOND);
    assert_int_equal(arrival_due(a, 3), 12 * SECOND);
    arrival_free(a);
}

static void a_rate_next_to_nothing_ends_after_its_first_call(void **state)
{
    struct arrival *a =
        shape_of((struct arrival_plan){ .rate = 1e-300 }, &arrival_constant);

    (void)state;
    assert_int_equal(arrival_due(a, 0), 0);
    assert_true(arrival_due(a, 1) == ARRIVAL_OVER);
    arrival_free(a);
}

static void other_shapes_are_not_by_the_clock(void **state)
{
    struct arrival *full =
        shape_of((struct arrival_plan){ .max_open = 5 }, &arrival_full);
    struct arrival *served =
        shape_of((struct arrival_plan){ .served = true }, &arrival_served);

    (void)state;
    assert_true(full->shape->waits);
    assert_int_equal(arrival_due(full, 0), 0);
    assert_int_equal(arrival_due(full, 1000), 0);
    assert_false(served->shape->waits);
    assert_true(arrival_due(served, 0) == ARRIVAL_OUTSIDE);
    arrival_free(full);
    arrival_free(served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_without_sense_are_refused),
        cmocka_unit_test(whole_rates_are_exact_to_the_nanosecond),
        cmocka_unit_test(a_day_later_nothing_has_drifted),
        cmocka_unit_test(fractions_of_a_call_a_second_work),
        cmocka_unit_test(a_rate_next_to_nothing_ends_after_its_first_call),
        cmocka_unit_test(other_shapes_are_not_by_the_clock),
    };
    return cmocka_run_group_tests_name("arrival", tests, NULL, NULL);
}
