/* SPDX-License-Identifier: MIT */
/* When a refresh is due, and what is remembered for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "agent/refresh.h"
#include "agent/softstate.h"
#include "base/mem.h"
#include "loop/loop.h"

/* ---- when ---- */

static void due(void **state)
{
    static const struct {
        uint32_t granted;
        int64_t milliseconds;
    } rows[] = {
        { 1, 500 },
        { 2, 1000 },
        { 9, 4500 },
        { 10, 5000 },
        { 11, 6000 },
        { 20, 15000 },
        { 50, 45000 },
        { 60, 54000 },
        { 600, 540000 },
        { 3600, 3240000 },
        { UINT32_MAX, 3865470565500 },
    };

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++)
        assert_int_equal(refresh_delay(rows[i].granted),
                         rows[i].milliseconds * LOOP_MILLISECOND);
}

static void again_after_failures(void **state)
{
    static const int64_t longest[] = { 60, 120, 240, 480, 960, 1800, 1800 };
    struct rng rng;
    int64_t wait;

    (void)state;
    rng_init(&rng, 1, 0);
    for (unsigned n = 1; n <= array_length(longest); n++) {
        for (unsigned i = 0; i < 1000; i++) {
            wait = refresh_backoff(&rng, n);
            assert_in_range(wait, longest[n - 1] * LOOP_SECOND / 2,
                            longest[n - 1] * LOOP_SECOND);
        }
    }
    assert_in_range(refresh_backoff(&rng, UINT32_MAX), 900 * LOOP_SECOND,
                    1800 * LOOP_SECOND);
}

/* ---- the records ---- */

static struct softstate *take(struct softstates *all, uint64_t scope,
                              unsigned user)
{
    char aor[32];
    const struct softstate_key key = {
        .method = SLICE("REGISTER"),
        .scope = scope,
        .uri = SLICE("sip:example.com"),
        .what = slice_of(aor, (size_t)snprintf(aor, sizeof(aor), "u%u", user)),
    };

    return softstate_take(all, &key);
}

static void found_again(void **state)
{
    struct softstates all;
    struct softstate *a, *b, *scoped;

    (void)state;
    softstates_init(&all);
    a = take(&all, 0, 1);
    softstate_set_call_id(a, SLICE("id"));
    a->cseq = 7;
    softstate_unref(a);
    b = take(&all, 0, 1);
    assert_ptr_equal(a, b);
    assert_int_equal(b->cseq, 7);
    scoped = take(&all, 1, 1);
    assert_ptr_not_equal(scoped, b);
    assert_true(scoped->scoped);
    softstate_unref(scoped);
    softstate_forget(&all, b);
    softstate_forget(&all, b); /* once is enough */
    assert_true(slice_eq(b->call_id, SLICE("id")));
    a = take(&all, 0, 1);
    assert_ptr_not_equal(a, b);
    assert_int_equal(a->cseq, 0);
    softstate_unref(a);
    softstate_unref(b);
    softstates_fini(&all);
}

/* The user of each call a new one: no growth without end, and none that is in
 * use goes. */
static void bounded(void **state)
{
    struct softstates all;
    struct softstate *held;
    size_t most;

    (void)state;
    softstates_init(&all);
    held = take(&all, 0, 0);
    held->cseq = 3;
    for (unsigned i = 1; i < 20000; i++)
        softstate_unref(take(&all, 0, i));
    most = all.by_key.count;
    for (unsigned i = 20000; i < 40000; i++)
        softstate_unref(take(&all, 0, i));
    assert_int_equal(all.by_key.count, most);
    softstate_unref(held);
    held = take(&all, 0, 0);
    assert_int_equal(held->cseq, 3);
    softstate_unref(held);
    softstates_fini(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due),
        cmocka_unit_test(again_after_failures),
        cmocka_unit_test(found_again),
        cmocka_unit_test(bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
