/* SPDX-License-Identifier: MIT */
/* Units of failures by cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "load/failures.h"

static int setup(void **state)
{
    struct failures *f = NULL;
    int err = failures_new(&f);

    *state = f;
    return err;
}

static int teardown(void **state)
{
    failures_free(*state);
    return 0;
}

static void add(struct failures *f, uint64_t number, const char *text)
{
    failures_add(f, number, slice_str(text), SLICE("id@host"));
}

static void assert_text(struct slice s, const char *text)
{
    assert_int_equal(s.n, strlen(text));
    assert_memory_equal(s.p, text, s.n);
}

static void the_first_line_is_the_cause(void **state)
{
    struct failures *f = *state;
    const struct failure *all[FAILURES_MOST];

    add(f, 3, "a.lua:1: wanted 2xx, got 486\r\ntraceback of call 3");
    failures_add(f, 9, SLICE("a.lua:1: wanted 2xx, got 486\nof call 9"),
                 (struct slice){ 0 });
    assert_int_equal(failures_sorted(f, all), 1);
    assert_text(all[0]->cause, "a.lua:1: wanted 2xx, got 486");
    assert_int_equal(all[0]->count, 2);
    assert_int_equal(all[0]->number, 3);
    assert_text(all[0]->detail,
                "a.lua:1: wanted 2xx, got 486\r\ntraceback of call 3");
    assert_text(all[0]->call_id, "id@host");
}

static void the_most_frequent_comes_first(void **state)
{
    struct failures *f = *state;
    const struct failure *all[FAILURES_MOST];

    assert_int_equal(failures_sorted(f, all), 0);
    add(f, 1, "rare");
    add(f, 2, "also rare");
    for (uint64_t i = 3; i < 8; i++)
        add(f, i, "frequent");
    assert_int_equal(failures_sorted(f, all), 3);
    assert_text(all[0]->cause, "frequent");
    assert_text(all[1]->cause, "rare");
    assert_text(all[2]->cause, "also rare");
    assert_int_equal(failures_total(f), 7);
}

static void causes_beyond_the_limit_are_counted_together(void **state)
{
    struct failures *f = *state;
    const struct failure *all[FAILURES_MOST];
    char text[32];

    for (uint64_t i = 1; i <= 100; i++) {
        snprintf(text, sizeof(text), "cause %llu", (unsigned long long)i);
        add(f, i, text);
    }
    add(f, 101, "cause 64");
    assert_int_equal(failures_sorted(f, all), FAILURES_MOST);
    assert_text(all[0]->cause, FAILURES_OTHERS);
    assert_int_equal(all[0]->count, 36);
    assert_int_equal(all[0]->number, 65);
    assert_text(all[0]->detail, "cause 65");
    assert_text(all[1]->cause, "cause 64");
    assert_int_equal(all[1]->count, 2);
    assert_text(all[2]->cause, "cause 1");
    assert_int_equal(failures_total(f), 101);
}

static void texts_are_bounded(void **state)
{
    struct failures *f = *state;
    const struct failure *all[FAILURES_MOST];
    struct buf b = { 0 };

    /* 120 characters of two bytes; the cut falls into the last one. */
    buf_char(&b, 'x');
    while (b.n < 3 * FAILURES_DETAIL_BYTES)
        buf_lit(&b, "\xc3\xa9");
    failures_add(f, 1, buf_view(&b), SLICE("i"));
    assert_int_equal(failures_sorted(f, all), 1);
    assert_int_equal(all[0]->cause.n, FAILURES_CAUSE_BYTES - 1);
    assert_int_equal(all[0]->detail.n, FAILURES_DETAIL_BYTES - 1);
    buf_fini(&b);
}

static void a_failure_without_text_has_a_cause(void **state)
{
    struct failures *f = *state;
    const struct failure *all[FAILURES_MOST];

    failures_add(f, 1, (struct slice){ 0 }, (struct slice){ 0 });
    add(f, 2, " \n\n");
    add(f, 3, "\n  at the second line \nmore");
    assert_int_equal(failures_sorted(f, all), 2);
    assert_text(all[0]->cause, "no reason given");
    assert_int_equal(all[0]->count, 2);
    assert_false(slice_present(all[0]->call_id));
    assert_text(all[1]->cause, "at the second line");
}

#define unit(f) cmocka_unit_test_setup_teardown((f), setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(the_first_line_is_the_cause),
        unit(the_most_frequent_comes_first),
        unit(causes_beyond_the_limit_are_counted_together),
        unit(texts_are_bounded),
        unit(a_failure_without_text_has_a_cause),
    };
    return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
