/* SPDX-License-Identifier: MIT */
/* Units of the loop: descriptors, signals, jobs, hooks, and its turns. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "loop/timer.h"

/* One of everything, and a trace with a letter for each callback. */
struct world {
    struct loop *loop;
    int ends[2];
    struct loop_io io;
    struct loop_signal signal;
    struct loop_job jobs[3];
    struct loop_hook hooks[3];
    struct timer timer;
    int count;
    char trace[64];
};

static void note(struct world *w, char letter)
{
    size_t n = strlen(w->trace);
    assert_true(n + 1 < sizeof(w->trace));
    w->trace[n] = letter;
}

static int set_up(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    if (loop_new(&w->loop))
        return -1;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, w->ends))
        return -1;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    loop_io_stop(&w->io);
    loop_signal_stop(&w->signal);
    timer_stop(&w->timer);
    for (size_t i = 0; i < 3; i++) {
        loop_job_cancel(&w->jobs[i]);
        loop_hook_remove(&w->hooks[i]);
    }
    loop_free(w->loop);
    close(w->ends[0]);
    close(w->ends[1]);
    mem_free(w);
    return 0;
}

static void note_job(void *arg)
{
    note(arg, 'j');
}

static void note_timer(void *arg)
{
    note(arg, 't');
}

static void note_hook(void *arg)
{
    note(arg, 'h');
}

static void note_read(void *arg, int events)
{
    struct world *w = arg;
    char byte;

    assert_int_equal(events, EV_READ);
    assert_int_equal(read(w->ends[0], &byte, 1), 1);
    note(w, byte);
}

static void send_byte(struct world *w, char byte)
{
    assert_int_equal(write(w->ends[1], &byte, 1), 1);
}

static void watch(struct world *w)
{
    loop_io_start(w->loop, &w->io, w->ends[0], EV_READ, note_read, w);
}

static void nothing_left_ends_the_turns(void **state)
{
    struct world *w = *state;

    assert_false(loop_turn(w->loop, LOOP_FOREVER));
    assert_false(loop_turn(w->loop, 0));
    watch(w);
    assert_true(loop_turn(w->loop, 0));
    loop_io_stop(&w->io);
    loop_io_stop(&w->io);
    assert_false(loop_turn(w->loop, LOOP_FOREVER));
    loop_free(NULL);
}

static void descriptors_are_served(void **state)
{
    struct world *w = *state;

    watch(w);
    send_byte(w, 'a');
    send_byte(w, 'b');
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "ab");
    assert_true(loop_turn(w->loop, 0));
    assert_string_equal(w->trace, "ab");
}

static void note_write_once(void *arg, int events)
{
    struct world *w = arg;

    assert_int_equal(events, EV_WRITE);
    note(w, 'w');
    loop_io_stop(&w->io);
}

static void callback_may_stop_its_watcher(void **state)
{
    struct world *w = *state;

    loop_io_start(w->loop, &w->io, w->ends[0], EV_READ | EV_WRITE,
                  note_write_once, w);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_false(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "w");
}

struct owner {
    struct loop_io io;
    struct world *world;
};

static void free_owner(void *arg, int events)
{
    struct owner *o = arg;

    (void)events;
    note(o->world, 'f');
    loop_io_stop(&o->io);
    mem_free(o);
}

static void callback_may_free_its_owner(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < 2; i++) {
        struct owner *o = mem_zalloc(sizeof(*o));
        o->world = w;
        loop_io_start(w->loop, &o->io, w->ends[i], EV_WRITE, free_owner, o);
    }
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "ff");
    assert_false(loop_turn(w->loop, LOOP_FOREVER));
}

static void wait_ends_at_until(void **state)
{
    struct world *w = *state;

    watch(w);
    int64_t until = loop_now_exact(w->loop) + LOOP_MILLISECOND;
    while (loop_now(w->loop) < until)
        assert_true(loop_turn(w->loop, until));
    /* The clock went off: that wakes one later turn at most. */
    until = loop_now(w->loop) + LOOP_MILLISECOND;
    int turns = 0;
    for (; loop_now(w->loop) < until; turns++)
        assert_true(loop_turn(w->loop, until));
    assert_in_range(turns, 1, 2);
    assert_string_equal(w->trace, "");
}

static void on_signal(void *arg, int number)
{
    struct world *w = arg;

    assert_int_equal(number, SIGUSR1);
    note(w, 's');
}

static void signals_are_served(void **state)
{
    struct world *w = *state;

    loop_signal_start(w->loop, &w->signal, SIGUSR1, on_signal, w);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "s");
    loop_set_virtual(w->loop, true);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_false(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "ss");
    loop_signal_stop(&w->signal);
    loop_signal_stop(&w->signal);
    loop_set_virtual(w->loop, false);
    assert_false(loop_turn(w->loop, LOOP_FOREVER));
}

static void ignore_alarm(int number)
{
    (void)number;
}

/* Somebody else's signal interrupts the wait: the timer fires all the same. */
static void interrupted_waits_are_no_failure(void **state)
{
    struct world *w = *state;
    struct sigaction ours = { .sa_handler = ignore_alarm }, before;
    const struct itimerval ticks = { { 0, 300 }, { 0, 300 } }, off = { 0 };

    sigaction(SIGALRM, &ours, &before);
    setitimer(ITIMER_REAL, &ticks, NULL);
    timer_init(&w->timer, note_timer, w);
    timer_start(w->loop, &w->timer, 3 * LOOP_MILLISECOND);
    while (loop_turn(w->loop, LOOP_FOREVER))
        ;
    setitimer(ITIMER_REAL, &off, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_string_equal(w->trace, "t");
}

static void job_one(void *arg)
{
    struct world *w = arg;

    note(w, '1');
    loop_defer(w->loop, &w->jobs[2]);
    loop_defer(w->loop, &w->jobs[2]);
}

static void job_two(void *arg)
{
    note(arg, '2');
}

static void job_three(void *arg)
{
    struct world *w = arg;

    note(w, '3');
    if (w->count++ < 2)
        loop_defer(w->loop, &w->jobs[2]);
}

static void jobs_run_in_order_and_once(void **state)
{
    struct world *w = *state;

    loop_job_init(&w->jobs[0], job_one, w);
    loop_job_init(&w->jobs[1], job_two, w);
    loop_job_init(&w->jobs[2], job_three, w);
    loop_defer(w->loop, &w->jobs[0]);
    loop_defer(w->loop, &w->jobs[1]);
    loop_defer(w->loop, &w->jobs[0]);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "12333");
    assert_false(loop_turn(w->loop, LOOP_FOREVER));

    loop_defer(w->loop, &w->jobs[0]);
    loop_defer(w->loop, &w->jobs[1]);
    loop_job_cancel(&w->jobs[0]);
    loop_job_cancel(&w->jobs[0]);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "123332");
}

struct lone_job {
    struct loop_job job;
    struct world *world;
};

static void free_lone_job(void *arg)
{
    struct lone_job *lone = arg;

    note(lone->world, 'f');
    mem_free(lone);
}

static void job_may_free_itself(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 3; i++) {
        struct lone_job *lone = mem_zalloc(sizeof(*lone));
        lone->world = w;
        loop_job_init(&lone->job, free_lone_job, lone);
        loop_defer(w->loop, &lone->job);
    }
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "fff");
}

static void defer_again(void *arg)
{
    struct world *w = arg;
    loop_defer(w->loop, &w->jobs[0]);
}

static void endless_jobs_do_not_starve_descriptors(void **state)
{
    struct world *w = *state;

    watch(w);
    send_byte(w, 'x');
    loop_job_init(&w->jobs[0], defer_again, w);
    loop_defer(w->loop, &w->jobs[0]);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "x");
}

/* What a job did may be all that the caller waits for. */
static void a_turn_with_jobs_does_not_wait(void **state)
{
    struct world *w = *state;

    watch(w);
    loop_job_init(&w->jobs[0], note_job, w);
    loop_defer(w->loop, &w->jobs[0]);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "j");
}

static void read_and_defer(void *arg, int events)
{
    struct world *w = arg;

    note_read(w, events);
    loop_defer(w->loop, &w->jobs[0]);
}

static void a_turn_has_its_order(void **state)
{
    struct world *w = *state;

    loop_job_init(&w->jobs[0], note_job, w);
    loop_job_init(&w->jobs[1], job_two, w);
    loop_hook_add(w->loop, &w->hooks[0], note_hook, w);
    loop_io_start(w->loop, &w->io, w->ends[0], EV_READ, read_and_defer, w);
    timer_init(&w->timer, note_timer, w);
    timer_start(w->loop, &w->timer, 0);
    loop_defer(w->loop, &w->jobs[1]);
    send_byte(w, 'r');
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "2hrjt");
}

static void hook_sends(void *arg)
{
    struct world *w = arg;

    note(w, 'h');
    if (w->count-- > 0)
        send_byte(w, 'd');
}

/* Were the hook called after the wait, the wait would never end. */
static void hooks_run_before_the_wait(void **state)
{
    struct world *w = *state;

    watch(w);
    loop_hook_add(w->loop, &w->hooks[0], hook_sends, w);
    for (int is_virtual = 0; is_virtual < 2; is_virtual++) {
        w->count = 1;
        memset(w->trace, 0, sizeof(w->trace));
        loop_set_virtual(w->loop, is_virtual);
        assert_true(loop_turn(w->loop, LOOP_FOREVER));
        assert_string_equal(w->trace, "hd");
    }
}

static void hook_defers(void *arg)
{
    struct world *w = arg;

    note(w, 'h');
    loop_defer(w->loop, &w->jobs[0]);
}

static void job_of_a_hook_runs_without_a_wait(void **state)
{
    struct world *w = *state;

    watch(w);
    loop_job_init(&w->jobs[0], note_job, w);
    loop_hook_add(w->loop, &w->hooks[0], hook_defers, w);
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "hj");
}

static void hook_removes_all(void *arg)
{
    struct world *w = arg;

    note(w, 'R');
    for (size_t i = 0; i < 3; i++)
        loop_hook_remove(&w->hooks[i]);
}

static void hook_adds_another(void *arg)
{
    struct world *w = arg;

    note(w, 'A');
    if (!list_linked(&w->hooks[1].link))
        loop_hook_add(w->loop, &w->hooks[1], note_hook, w);
}

static void hooks_may_add_and_remove_hooks(void **state)
{
    struct world *w = *state;

    watch(w);
    loop_hook_add(w->loop, &w->hooks[0], note_hook, w);
    loop_hook_add(w->loop, &w->hooks[1], hook_removes_all, w);
    loop_hook_add(w->loop, &w->hooks[2], note_hook, w);
    assert_true(loop_turn(w->loop, 0));
    assert_true(loop_turn(w->loop, 0));
    assert_string_equal(w->trace, "hR");

    loop_hook_add(w->loop, &w->hooks[0], hook_adds_another, w);
    assert_true(loop_turn(w->loop, 0));
    assert_true(loop_turn(w->loop, 0));
    assert_string_equal(w->trace, "hRAAh");
}

static void ping_pong(void *arg, int events)
{
    struct world *w = arg;

    note_read(w, events);
    if (++w->count < 5)
        send_byte(w, 'p');
}

static void virtual_time_waits_for_descriptors(void **state)
{
    struct world *w = *state;
    loop_set_virtual(w->loop, true);
    int64_t start = loop_now(w->loop);

    loop_io_start(w->loop, &w->io, w->ends[0], EV_READ, ping_pong, w);
    timer_init(&w->timer, note_timer, w);
    timer_start(w->loop, &w->timer, 1);
    send_byte(w, 'p');
    for (int i = 0; i < 5; i++) {
        assert_true(loop_turn(w->loop, LOOP_FOREVER));
        assert_true(loop_now(w->loop) == start);
    }
    assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "pppppt");
    assert_false(loop_turn(w->loop, LOOP_FOREVER));
}

static void send_from_timer(void *arg)
{
    struct world *w = arg;

    note(w, 't');
    send_byte(w, 'd');
}

static void real_clock_serves_both_kinds(void **state)
{
    struct world *w = *state;

    watch(w);
    timer_init(&w->timer, send_from_timer, w);
    timer_start(w->loop, &w->timer, LOOP_MILLISECOND);
    while (!strchr(w->trace, 'd'))
        assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_string_equal(w->trace, "td");
}

/* A timer stops while the clock is armed for it, then others take over. */
static void stopped_timers_do_not_disturb(void **state)
{
    struct world *w = *state;
    int64_t start = loop_now_exact(w->loop);

    watch(w);
    timer_init(&w->timer, note_timer, w);
    for (int i = 0; i < 2; i++) {
        timer_start_at(w->loop, &w->timer, start + 300 * LOOP_MILLISECOND);
        send_byte(w, 'a');
        assert_true(loop_turn(w->loop, LOOP_FOREVER));
        timer_stop(&w->timer);
    }
    timer_start(w->loop, &w->timer, LOOP_MILLISECOND);
    while (!strchr(w->trace, 't'))
        assert_true(loop_turn(w->loop, LOOP_FOREVER));
    assert_true(loop_now(w->loop) >= w->timer.at);
    assert_string_equal(w->trace, "aat");
}

static int64_t wall_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * LOOP_SECOND + t.tv_nsec;
}

static void clocks_agree(void **state)
{
    struct world *w = *state;
    struct loop *l = w->loop;

    int64_t now = loop_now(l);
    assert_true(loop_now_exact(l) >= now);
    assert_true(loop_now(l) == now);
    assert_true(llabs(loop_wall(l) - wall_clock()) < 60 * LOOP_SECOND);

    loop_set_virtual(l, true);
    loop_set_virtual(l, true);
    assert_true(loop_is_virtual(l));
    assert_true(loop_now(l) >= now);
    int64_t wall = loop_wall(l);
    assert_false(loop_turn(l, loop_now(l) + 86400 * LOOP_SECOND));
    assert_true(loop_wall(l) == wall + 86400 * LOOP_SECOND);
    loop_set_virtual(l, false);
    assert_true(llabs(loop_wall(l) - wall_clock()) < 60 * LOOP_SECOND);
}

static void loops_are_independent(void **state)
{
    struct world *w = *state;
    struct loop *other = NULL;

    assert_int_equal(loop_new(&other), ERR_NONE);
    loop_set_virtual(other, true);
    timer_init(&w->timer, note_timer, w);
    timer_start(other, &w->timer, 3600 * LOOP_SECOND);
    assert_false(loop_turn(w->loop, LOOP_FOREVER));
    assert_true(loop_turn(other, LOOP_FOREVER));
    assert_string_equal(w->trace, "t");
    loop_free(other);
}

int main(void)
{
#define unit(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        unit(nothing_left_ends_the_turns),
        unit(descriptors_are_served),
        unit(callback_may_stop_its_watcher),
        unit(callback_may_free_its_owner),
        unit(wait_ends_at_until),
        unit(signals_are_served),
        unit(interrupted_waits_are_no_failure),
        unit(jobs_run_in_order_and_once),
        unit(job_may_free_itself),
        unit(endless_jobs_do_not_starve_descriptors),
        unit(a_turn_with_jobs_does_not_wait),
        unit(a_turn_has_its_order),
        unit(hooks_run_before_the_wait),
        unit(job_of_a_hook_runs_without_a_wait),
        unit(hooks_may_add_and_remove_hooks),
        unit(virtual_time_waits_for_descriptors),
        unit(real_clock_serves_both_kinds),
        unit(stopped_timers_do_not_disturb),
        unit(clocks_agree),
        unit(loops_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
