/* SPDX-License-Identifier: MIT */
/* Units of the timers, nearly all on the virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "loop/loop.h"
#include "loop/timer.h"

enum { LOG_SIZE = 4096 };

/* Which timers fired, in order, and at what time. */
struct log {
    struct loop *loop;
    int fired[LOG_SIZE];
    int64_t at[LOG_SIZE];
    size_t n;
};

struct probe {
    struct log *log;
    struct timer timer;
    int number;
    int64_t due;
};

static void note(void *arg)
{
    struct probe *p = arg;

    assert_false(timer_running(&p->timer));
    assert_true(p->log->n < LOG_SIZE);
    p->log->at[p->log->n] = loop_now(p->log->loop);
    p->log->fired[p->log->n++] = p->number;
}

static void probe_init(struct probe *p, struct log *log, int number,
                       timer_fn *fn)
{
    p->log = log;
    p->number = number;
    timer_init(&p->timer, fn, p);
}

static int set_up(void **state)
{
    struct log *log = mem_zalloc(sizeof(*log));

    if (loop_new(&log->loop))
        return -1;
    loop_set_virtual(log->loop, true);
    *state = log;
    return 0;
}

static int tear_down(void **state)
{
    struct log *log = *state;

    loop_free(log->loop);
    mem_free(log);
    return 0;
}

static void drain(struct log *log)
{
    while (loop_turn(log->loop, LOOP_FOREVER))
        ;
    assert_int_equal(timer_count(log->loop), 0);
}

static void expect_order(struct log *log, const int *numbers, size_t n)
{
    assert_int_equal(log->n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(log->fired[i], numbers[i]);
}

static void heap_and_lists_fire_in_one_order(void **state)
{
    struct log *log = *state;
    struct loop *l = log->loop;
    struct probe p[8];
    int64_t start = loop_now(l);

    for (int i = 0; i < 8; i++)
        probe_init(&p[i], log, i, note);
    timer_start_fixed(l, &p[0].timer, 500);
    timer_start(l, &p[1].timer, 500); /* equal: in order of starting */
    timer_start_fixed(l, &p[2].timer, 500);
    timer_start(l, &p[3].timer, 499);
    timer_start_fixed(l, &p[4].timer, 32 * LOOP_SECOND);
    timer_start(l, &p[5].timer, 501);
    timer_start_at(l, &p[6].timer, start + 500);
    timer_start(l, &p[7].timer, -3);
    assert_int_equal(timer_count(l), 8);
    drain(log);
    expect_order(log, (const int[]){ 7, 3, 0, 1, 2, 6, 5, 4 }, 8);
    assert_true(log->at[0] == start);
    assert_true(log->at[1] == start + 499);
    assert_true(log->at[7] == start + 32 * LOOP_SECOND);
}

static int by_due(const void *a, const void *b)
{
    const struct probe *x = *(struct probe *const *)a;
    const struct probe *y = *(struct probe *const *)b;

    if (x->due != y->due)
        return x->due < y->due ? -1 : 1;
    return x->timer.order < y->timer.order ? -1 : 1;
}

/* Starts, restarts and stops at random; the rest must fire as if sorted. */
static void a_thousand_random_timers_fire_sorted(void **state)
{
    enum { N = 1000 };
    struct log *log = *state;
    struct loop *l = log->loop;
    struct probe *p = mem_zalloc(N * sizeof(*p));
    struct probe **sorted = mem_zalloc(N * sizeof(struct probe *));
    size_t left = 0;
    struct rng r;

    rng_init(&r, 11, 0);
    for (int i = 0; i < N; i++)
        probe_init(&p[i], log, i, note);
    for (int step = 0; step < 10 * N; step++) {
        struct probe *one = &p[rng_below(&r, N)];
        int64_t delay = (int64_t)rng_below(&r, 300);
        uint64_t what = rng_below(&r, 5);

        one->due = loop_now(l) + delay;
        if (what == 0)
            timer_stop(&one->timer);
        else if (what == 1)
            timer_start_at(l, &one->timer, one->due);
        else if (what == 2)
            timer_start(l, &one->timer, delay);
        else
            timer_start_fixed(l, &one->timer, delay);
    }
    for (int i = 0; i < N; i++) {
        if (timer_running(&p[i].timer))
            sorted[left++] = &p[i];
    }
    assert_int_equal(timer_count(l), left);
    qsort(sorted, left, sizeof(struct probe *), by_due);
    drain(log);
    assert_int_equal(log->n, left);
    for (size_t i = 0; i < left; i++) {
        assert_int_equal(log->fired[i], sorted[i]->number);
        assert_true(log->at[i] == sorted[i]->due);
    }
    mem_free(sorted);
    mem_free(p);
}

/* More delays than lists, twice over, so lists that ran empty serve again. */
static void many_fixed_delays_are_no_limit(void **state)
{
    struct log *log = *state;
    struct probe p[200];

    for (int round = 0; round < 2; round++) {
        log->n = 0;
        for (int i = 0; i < 200; i++) {
            probe_init(&p[i], log, i, note);
            timer_start_fixed(log->loop, &p[i].timer, 1000 - i + round * 5000);
        }
        drain(log);
        assert_int_equal(log->n, 200);
        for (int i = 0; i < 200; i++)
            assert_int_equal(log->fired[i], 199 - i);
    }
}

static void stopping_is_idempotent(void **state)
{
    struct log *log = *state;
    struct timer zeroed = { 0 };
    struct probe p[3];

    timer_stop(&zeroed);
    assert_false(timer_running(&zeroed));
    for (int i = 0; i < 3; i++) {
        probe_init(&p[i], log, i, note);
        timer_start_fixed(log->loop, &p[i].timer, 5);
    }
    timer_stop(&p[1].timer);
    timer_stop(&p[1].timer);
    timer_start(log->loop, &p[2].timer, 4); /* from a list to the heap */
    assert_int_equal(timer_count(log->loop), 2);
    drain(log);
    expect_order(log, (const int[]){ 2, 0 }, 2);
}

static void repeat(void *arg)
{
    struct probe *p = arg;

    note(arg);
    if (p->number++ < 10)
        timer_start(p->log->loop, &p->timer, 10);
}

static void callback_may_restart_its_timer(void **state)
{
    struct log *log = *state;
    struct probe p;
    int64_t start = loop_now(log->loop);

    probe_init(&p, log, 0, repeat);
    timer_start_fixed(log->loop, &p.timer, 10);
    drain(log);
    assert_int_equal(log->n, 11);
    for (int i = 0; i < 11; i++)
        assert_true(log->at[i] == start + (i + 1) * 10);
}

struct pair {
    struct probe probe;
    struct probe *victim;
};

static void stop_victim(void *arg)
{
    struct pair *pair = arg;

    note(&pair->probe);
    timer_stop(&pair->victim->timer);
}

static void callback_may_stop_what_is_due(void **state)
{
    struct log *log = *state;
    struct probe victim, last;
    struct pair pair = { .victim = &victim };

    probe_init(&pair.probe, log, 1, stop_victim);
    pair.probe.timer.arg = &pair;
    probe_init(&victim, log, 2, note);
    probe_init(&last, log, 3, note);
    timer_start(log->loop, &pair.probe.timer, 7);
    timer_start_fixed(log->loop, &victim.timer, 7);
    timer_start(log->loop, &last.timer, 7);
    drain(log);
    expect_order(log, (const int[]){ 1, 3 }, 2);
}

static void free_both(void *arg)
{
    struct pair *pair = arg;

    note(&pair->probe);
    timer_stop(&pair->victim->timer);
    mem_free(pair->victim);
    mem_free(pair);
}

static void callback_may_free_its_owner_and_others(void **state)
{
    struct log *log = *state;

    for (int i = 0; i < 20; i++) {
        struct pair *pair = mem_zalloc(sizeof(*pair));
        pair->victim = mem_zalloc(sizeof(*pair->victim));
        probe_init(&pair->probe, log, i, free_both);
        pair->probe.timer.arg = pair;
        probe_init(pair->victim, log, 100 + i, note);
        if (i % 2) {
            timer_start(log->loop, &pair->probe.timer, 9);
            timer_start_fixed(log->loop, &pair->victim->timer, 9);
        } else {
            timer_start_fixed(log->loop, &pair->probe.timer, 9);
            timer_start(log->loop, &pair->victim->timer, 9);
        }
    }
    drain(log);
    assert_int_equal(log->n, 20);
}

static void restart_at_once(void *arg)
{
    struct probe *p = arg;

    note(arg);
    /* In the past even: that must not get ahead of what is due. */
    timer_start_at(p->log->loop, &p->timer, 1);
}

static void what_a_callback_starts_fires_in_the_next_round(void **state)
{
    struct log *log = *state;
    struct probe p[3];

    probe_init(&p[0], log, 0, restart_at_once);
    probe_init(&p[1], log, 1, note);
    probe_init(&p[2], log, 2, restart_at_once);
    timer_start(log->loop, &p[0].timer, 5);
    timer_start_fixed(log->loop, &p[1].timer, 5);
    timer_start_fixed(log->loop, &p[2].timer, 5);
    assert_true(loop_turn(log->loop, LOOP_FOREVER));
    expect_order(log, (const int[]){ 0, 1, 2 }, 3);
    assert_true(loop_turn(log->loop, LOOP_FOREVER));
    expect_order(log, (const int[]){ 0, 1, 2, 0, 2 }, 5);
    assert_true(log->at[0] == log->at[4]);
    timer_stop(&p[0].timer);
    timer_stop(&p[2].timer);
}

static void virtual_clock_stops_at_until(void **state)
{
    struct log *log = *state;
    struct loop *l = log->loop;
    struct probe p;
    int64_t start = loop_now(l);

    assert_true(loop_now_exact(l) == start);
    probe_init(&p, log, 1, note);
    timer_start(l, &p.timer, 100);
    assert_false(loop_turn(l, 0));
    assert_false(loop_turn(l, start - 50));
    assert_true(loop_now(l) == start);
    assert_false(loop_turn(l, start + 99));
    assert_true(loop_now(l) == start + 99);
    assert_true(loop_turn(l, start + 100));
    assert_int_equal(log->n, 1);
    assert_false(loop_turn(l, LOOP_FOREVER));
    assert_true(loop_now(l) == start + 100);
    assert_false(loop_turn(l, start + 1000));
    assert_true(loop_now(l) == start + 1000);
}

static void far_deadlines_do_not_overflow(void **state)
{
    struct log *log = *state;
    struct probe p[3];
    int64_t start = loop_now(log->loop);

    for (int i = 0; i < 3; i++)
        probe_init(&p[i], log, i, note);
    timer_start(log->loop, &p[0].timer, INT64_MAX);
    timer_start_fixed(log->loop, &p[1].timer, INT64_MAX);
    timer_start_at(log->loop, &p[2].timer, LOOP_FOREVER);
    drain(log);
    assert_int_equal(log->n, 3);
    assert_false(loop_turn(log->loop, INT64_MAX - 1));
    timer_start(log->loop, &p[0].timer, INT64_MAX);
    loop_set_virtual(log->loop, false);
    assert_true(loop_now(log->loop) - start < 3600 * LOOP_SECOND);
    assert_true(p[0].timer.at >= loop_now(log->loop));
    timer_stop(&p[0].timer);
}

static void switching_clocks_keeps_what_is_left(void **state)
{
    struct log *log = *state;
    struct loop *l = log->loop;
    struct probe p[3];

    for (int i = 0; i < 3; i++)
        probe_init(&p[i], log, i, note);
    timer_start(l, &p[0].timer, 3600 * LOOP_SECOND);
    timer_start(l, &p[1].timer, 7200 * LOOP_SECOND);
    timer_start_fixed(l, &p[2].timer, 7300 * LOOP_SECOND);
    assert_true(loop_turn(l, LOOP_FOREVER));
    assert_int_equal(log->n, 1);

    loop_set_virtual(l, false);
    assert_false(loop_is_virtual(l));
    assert_true(p[1].timer.at == loop_now(l) + 3600 * LOOP_SECOND);
    assert_true(p[2].timer.at == loop_now(l) + 3700 * LOOP_SECOND);
    assert_true(loop_turn(l, 0));
    assert_int_equal(log->n, 1);

    int64_t due = p[1].timer.at;
    loop_set_virtual(l, true);
    assert_true(p[1].timer.at == due);
    drain(log);
    expect_order(log, (const int[]){ 0, 1, 2 }, 3);
    assert_true(log->at[1] == due);
}

static void real_clock_waits_for_timers(void **state)
{
    struct log *log = *state;
    struct loop *l = log->loop;
    struct probe p[3];

    loop_set_virtual(l, false);
    int64_t start = loop_now(l);
    for (int i = 0; i < 3; i++)
        probe_init(&p[i], log, i, note);
    timer_start(l, &p[0].timer, 2 * LOOP_MILLISECOND);
    timer_start_fixed(l, &p[1].timer, LOOP_MILLISECOND);
    timer_start(l, &p[2].timer, 3 * LOOP_MILLISECOND);
    drain(log);
    expect_order(log, (const int[]){ 1, 0, 2 }, 3);
    assert_true(log->at[0] >= start + LOOP_MILLISECOND);
    assert_true(log->at[1] >= start + 2 * LOOP_MILLISECOND);
    assert_true(log->at[2] >= start + 3 * LOOP_MILLISECOND);
    assert_true(log->at[2] < start + 60 * LOOP_SECOND);
}

int main(void)
{
#define unit(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        unit(heap_and_lists_fire_in_one_order),
        unit(a_thousand_random_timers_fire_sorted),
        unit(many_fixed_delays_are_no_limit),
        unit(stopping_is_idempotent),
        unit(callback_may_restart_its_timer),
        unit(callback_may_stop_what_is_due),
        unit(callback_may_free_its_owner_and_others),
        unit(what_a_callback_starts_fires_in_the_next_round),
        unit(virtual_clock_stops_at_until),
        unit(far_deadlines_do_not_overflow),
        unit(switching_clocks_keeps_what_is_left),
        unit(real_clock_waits_for_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
