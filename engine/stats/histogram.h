/* SPDX-License-Identifier: MIT */
/*
 * A log-linear histogram with the semantics of HdrHistogram: values from 1 to
 * `highest` are kept to `digits` significant decimal digits, recording is
 * O(1), and histograms of one shape merge by addition.
 *
 * Values that fall together are equivalent. As in HdrHistogram the least of
 * them stands for a minimum, the greatest for a maximum or percentile, and the
 * middle one enters mean and standard deviation.
 */
#ifndef SIPWRIGHT_STATS_HISTOGRAM_H
#define SIPWRIGHT_STATS_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct histogram;

/*
 * lowest >= 1 is the smallest value told from 0, highest >= 2 * lowest, digits
 * 1 to 5. ERR_ARGUMENT otherwise, and for a `lowest` so great that its digits
 * do not fit. Memory grows with log2(highest / lowest).
 */
int histogram_new(struct histogram **out, int64_t lowest, int64_t highest,
                  int digits);
void histogram_free(struct histogram *h);

/* Values below 0 count as 0; above highest, as highest (and are counted). */
void histogram_record(struct histogram *h, int64_t value);
uint64_t histogram_count(const struct histogram *h);
uint64_t histogram_clipped(const struct histogram *h);
int64_t histogram_min(const struct histogram *h); /* 0 when empty */
int64_t histogram_max(const struct histogram *h);
double histogram_mean(const struct histogram *h);
double histogram_stddev(const struct histogram *h);

/*
 * The value at or below which `percent` (0 to 100) of the records lie; at 0 the
 * minimum, 0 when empty.
 */
int64_t histogram_percentile(const struct histogram *h, double percent);

/* Adds `from` to `h`; ERR_ARGUMENT when the shapes differ. */
int histogram_merge(struct histogram *h, const struct histogram *from);
void histogram_reset(struct histogram *h);

/*
 * Calls fn for each group of equivalent values that has records, lowest first;
 * `value` is the greatest of the group.
 */
void histogram_each(const struct histogram *h,
                    void (*fn)(void *arg, int64_t value, uint64_t count),
                    void *arg);

#endif
