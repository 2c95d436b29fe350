/* SPDX-License-Identifier: MIT */
/* The loop's time: the monotonic clock by one timerfd, or the virtual one. */
#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "loop/loop_private.h"

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * LOOP_SECOND + (int64_t)t.tv_nsec;
}

/*
 * Not read: arming anew clears the descriptor as well, and saves a call. Until
 * then it stays readable, which no turn that waits ever sees.
 */
static void on_clock(struct ev_loop *ev, struct ev_io *watcher, int events)
{
    struct loop *l = watcher->data;

    (void)ev;
    (void)events;
    l->armed = CLOCK_PASSED;
}

/* Before any other callback of this wake-up: its priority is the highest. */
static void on_wake(struct ev_loop *ev, struct ev_check *watcher, int events)
{
    struct loop *l = watcher->data;

    (void)ev;
    (void)events;
    clock_update(l);
}

int clock_open(struct loop *l)
{
    l->clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->clock_fd < 0)
        return err_from_errno(errno);
    l->armed = LOOP_FOREVER;
    l->now = read_clock(CLOCK_MONOTONIC);

    ev_io_init(&l->clock_watcher, on_clock, l->clock_fd, EV_READ);
    l->clock_watcher.data = l;
    ev_io_start(l->ev, &l->clock_watcher);

    ev_check_init(&l->after_wait, on_wake);
    ev_set_priority(&l->after_wait, EV_MAXPRI);
    l->after_wait.data = l;
    ev_check_start(l->ev, &l->after_wait);
    return ERR_NONE;
}

void clock_close(struct loop *l)
{
    ev_check_stop(l->ev, &l->after_wait);
    ev_io_stop(l->ev, &l->clock_watcher);
    close(l->clock_fd);
}

void clock_update(struct loop *l)
{
    if (!l->is_virtual)
        l->now = read_clock(CLOCK_MONOTONIC);
}

/*
 * An earlier deadline than needed is left alone: one wake-up too many costs
 * less than a system call for every timer that stops early.
 */
void clock_arm(struct loop *l, int64_t deadline)
{
    struct itimerspec when = { 0 };

    if (l->armed != CLOCK_PASSED && l->armed <= deadline)
        return;
    if (deadline != LOOP_FOREVER) {
        when.it_value.tv_sec = (time_t)(deadline / LOOP_SECOND);
        when.it_value.tv_nsec = (long)(deadline % LOOP_SECOND);
    }
    timerfd_settime(l->clock_fd, TFD_TIMER_ABSTIME, &when, NULL);
    l->armed = deadline;
}

int64_t loop_now(const struct loop *l)
{
    return l->now;
}

int64_t loop_now_exact(struct loop *l)
{
    return l->is_virtual ? l->now : read_clock(CLOCK_MONOTONIC);
}

void loop_refresh(struct loop *l)
{
    clock_update(l);
}

int64_t loop_wall(const struct loop *l)
{
    if (l->is_virtual)
        return l->now + l->wall_minus_now;
    /* Back from this instant to the wake-up that loop_now() stands for. */
    int64_t since_wake = read_clock(CLOCK_MONOTONIC) - l->now;
    return read_clock(CLOCK_REALTIME) - since_wake;
}

void loop_set_virtual(struct loop *l, bool on)
{
    int64_t real = read_clock(CLOCK_MONOTONIC);

    if (on == l->is_virtual)
        return;
    if (on) {
        /* Starts where the real one is, so deadlines stay as they are. */
        l->wall_minus_now = read_clock(CLOCK_REALTIME) - real;
        l->armed = CLOCK_PASSED;
        clock_arm(l, LOOP_FOREVER);
    } else {
        timers_shift(&l->timers, real - l->now);
    }
    l->now = real;
    l->is_virtual = on;
}

bool loop_is_virtual(const struct loop *l)
{
    return l->is_virtual;
}
