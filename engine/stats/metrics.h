/* SPDX-License-Identifier: MIT */
/*
 * What a run measures, by name: trends (how long things took), counters, and
 * checks (passed or failed). Each kind has names of its own: a trend and a
 * counter may share one.
 */
#ifndef SIPWRIGHT_STATS_METRICS_H
#define SIPWRIGHT_STATS_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct histogram;
struct metric;
struct metrics;

enum metric_kind { METRIC_TREND, METRIC_COUNTER, METRIC_CHECK, METRIC_KINDS };

/*
 * A kind holds so many names; what comes under further ones is kept together
 * under METRICS_OTHERS, so that a name made of a call's number cannot grow the
 * registry without bound.
 */
enum { METRICS_NAMES = 1000 };
#define METRICS_OTHERS "(others)"

int metrics_new(struct metrics **out);
void metrics_free(struct metrics *m); /* NULL-safe */

/*
 * The metric of that name, made on first use; O(1). The registry owns it and
 * keeps it where it is, so a caller in a hurry looks it up once.
 */
struct metric *metrics_get(struct metrics *m, enum metric_kind kind,
                           struct slice name);

/* The same without making one; NULL. */
const struct metric *metrics_find(const struct metrics *m,
                                  enum metric_kind kind, struct slice name);

/* Those of a kind in order of first use: NULL gives the first, and comes back
 * after the last. */
const struct metric *metrics_next(const struct metrics *m,
                                  enum metric_kind kind,
                                  const struct metric *after);

struct slice metric_name(const struct metric *t);

/*
 * Trends: nanoseconds, of which microseconds are kept to three digits, 1 hour
 * at most; below 0 counts as 0.
 */
void metric_record(struct metric *trend, int64_t nanoseconds);
const struct histogram *metric_histogram(const struct metric *trend);

/* Nanoseconds; all zero when empty. Count, minimum, maximum and mean are exact,
 * and no percentile lies outside of what was recorded. */
struct trend_summary {
    uint64_t count;
    int64_t min, mean, p50, p90, p95, p99, p999, max;
};
void metric_summary(const struct metric *trend, struct trend_summary *out);

/* Counters; `n` may be negative. */
void metric_add(struct metric *counter, int64_t n);
int64_t metric_value(const struct metric *counter);

/* Checks. */
void metric_check(struct metric *check, bool passed);
uint64_t metric_passed(const struct metric *check);
uint64_t metric_failed(const struct metric *check);

#endif
