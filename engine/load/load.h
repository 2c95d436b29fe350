/* SPDX-License-Identifier: MIT */
/*
 * One load: begins calls by a schedule, counts how they end, and sees to an
 * orderly end of the whole. What a call is, it does not know.
 *
 * The life of a load: arrivals, until `calls` of them have come, `duration` is
 * over or load_stop() is called. In the latter two cases the open calls then
 * have `graceful_stop` left, after which ops->kill_open is called, once. When
 * nothing is open and no start is left, ops->done is called, once.
 *
 * Open model: an arrival that finds `max_open` calls open is dropped, never
 * queued. One that comes late because the process was busy still begins, with
 * the time that was meant for it; how late is kept in the trend
 * "start.lateness".
 */
#ifndef SIPWRIGHT_LOAD_LOAD_H
#define SIPWRIGHT_LOAD_LOAD_H

#include <stdbool.h>
#include <stdint.h>

struct load;
struct loop;
struct metrics;

#define LOAD_LATENESS "start.lateness"

/* So many starts of one wake-up; more of them wait for the next turn, so that
 * answers and signals get through to an overloaded process. */
enum { LOAD_STARTS_AT_ONCE = 1000 };

struct load_options {
    uint64_t calls;        /* arrivals, dropped ones included; 0: no limit */
    double rate;           /* a second; 0: as many as max_open allows */
    uint64_t max_open;     /* 0: no limit, which needs a rate */
    int64_t duration;      /* nanoseconds of arrivals; 0: no limit */
    int64_t graceful_stop; /* nanoseconds */
    bool served;           /* no schedule: load_arrived() tells of each call */
    /*
     * Starts wake the process at most once in so many nanoseconds; those that
     * are due meanwhile begin together, and leave in one batch. Above 1 /
     * gather calls a second that saves most wake-ups, and makes a start late by
     * at most as much. 0: each at its own time.
     */
    int64_t gather;
};

/*
 * All of them run from the loop, never inside a call of yours, and may free
 * the load. They may call anything here; a call may end inside `start`.
 */
struct load_ops {
    /* Begins call `number`, from 1; a dropped arrival has a number too.
     * `intended` is a loop_now() time. */
    void (*start)(void *arg, uint64_t number, int64_t intended);
    /* Ends what is open; load_call_ended() follows for each, now or later. */
    void (*kill_open)(void *arg);
    void (*done)(void *arg);
};

enum load_outcome { LOAD_OK, LOAD_FAILED, LOAD_KILLED };

/* ERR_ARGUMENT for options that make no sense. `metrics` outlives the load. */
int load_new(struct load **out, struct loop *loop, struct metrics *metrics,
             const struct load_options *options, const struct load_ops *ops,
             void *arg);
void load_free(struct load *l); /* calls nothing; NULL-safe */

/* From now on; the first call begins in the loop's next turn. Once only. */
void load_start(struct load *l);

void load_call_ended(struct load *l, enum load_outcome outcome);

/*
 * A call came from outside. True: it counts as open, and is yours, under
 * *number, until load_call_ended(); `start` is not called. False: it was
 * dropped at the limit, or nothing is taken any more.
 */
bool load_arrived(struct load *l, uint64_t *number);

/* No new calls; graceful_stop begins, unless it has already. */
void load_stop(struct load *l);

/* The same without grace: kill_open comes in the loop's next turn. */
void load_kill(struct load *l);

struct load_counters {
    uint64_t started, succeeded, failed, killed;
    uint64_t dropped; /* arrivals that found max_open calls open */
    uint64_t open, max_open_seen;
};
const struct load_counters *load_counters(const struct load *l);

/* Nanoseconds from the start until now, or until it was done. */
int64_t load_elapsed(const struct load *l);

/* True from just before ops->done. */
bool load_is_done(const struct load *l);

#endif
