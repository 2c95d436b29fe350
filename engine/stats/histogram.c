/* SPDX-License-Identifier: MIT */
/*
 * The log-linear histogram. Values fall into buckets of doubling width; each
 * bucket is cut into so many equal parts that a part is never wider than the
 * promised precision. Of every bucket but the first only the upper half is
 * kept: the lower half is what the buckets before it cover.
 */
#include "stats/histogram.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct histogram {
    int64_t highest;
    unsigned unit_bits; /* log2 of the width of the finest part */
    unsigned half_bits; /* log2 of half the parts of a bucket */
    size_t length;

    uint64_t count;
    uint64_t clipped;
    int64_t min; /* as recorded; INT64_MAX when empty */
    int64_t max;
    uint64_t counts[];
};

/* Position of the highest one bit, from 0; 0 for 0. */
static unsigned log2_floor(uint64_t value)
{
    unsigned bits = 0;

    for (unsigned step = 32; step; step /= 2) {
        if (value >> step) {
            value >>= step;
            bits += step;
        }
    }
    return bits;
}

/* Which bucket, from 0: the first holds whatever fits in all its parts. */
static unsigned bucket_of(const struct histogram *h, int64_t value)
{
    unsigned first_bits = h->unit_bits + h->half_bits + 1;
    unsigned bits = log2_floor((uint64_t)value) + 1;

    return bits > first_bits ? bits - first_bits : 0;
}

/* Parts below the half count in the first bucket only, hence no gaps. */
static size_t index_of(const struct histogram *h, int64_t value)
{
    unsigned bucket = bucket_of(h, value);
    size_t part = (size_t)(value >> (bucket + h->unit_bits));

    return ((size_t)bucket << h->half_bits) + part;
}

/* The smallest value of a part, and with it the width of the part. */
static int64_t value_at(const struct histogram *h, size_t index, int64_t *width)
{
    size_t half = (size_t)1 << h->half_bits;
    size_t bucket = index < 2 * half ? 0 : (index >> h->half_bits) - 1;
    size_t part = index - (bucket << h->half_bits);

    *width = INT64_C(1) << (bucket + h->unit_bits);
    return (int64_t)part << (bucket + h->unit_bits);
}

static int64_t lowest_at(const struct histogram *h, size_t index)
{
    int64_t width;
    return value_at(h, index, &width);
}

/* Of all values that one part stands for, the highest. */
static int64_t highest_at(const struct histogram *h, size_t index)
{
    int64_t width;
    return value_at(h, index, &width) + (width - 1);
}

static double middle_at(const struct histogram *h, size_t index)
{
    int64_t width;
    int64_t value = value_at(h, index, &width);
    return (double)(value + width / 2);
}

/* Only parts in [first, last] can be other than zero. */
static size_t first_index(const struct histogram *h)
{
    return h->count ? index_of(h, h->min) : 1;
}

static size_t last_index(const struct histogram *h)
{
    return h->count ? index_of(h, h->max) : 0;
}

/* Parts per bucket so that 10^digits of them are told apart in its half. */
static unsigned half_bits_for(int digits)
{
    uint64_t needed = 1;

    for (int i = 0; i < digits; i++)
        needed *= 10;
    return log2_floor(needed - 1) + 1;
}

int histogram_new(struct histogram **out, int64_t lowest, int64_t highest,
                  int digits)
{
    if (lowest < 1 || highest / 2 < lowest || digits < 1 || digits > 5)
        return ERR_ARGUMENT;

    struct histogram shape = {
        .highest = highest,
        .unit_bits = log2_floor((uint64_t)lowest),
        .half_bits = half_bits_for(digits),
    };
    /* The first bucket must fit into a value. */
    if (shape.unit_bits + shape.half_bits + 1 > 62)
        return ERR_ARGUMENT;
    shape.length = index_of(&shape, highest) + 1;

    struct histogram *h =
        mem_zalloc(sizeof(*h) + shape.length * sizeof(h->counts[0]));
    *h = shape;
    h->min = INT64_MAX;
    *out = h;
    return ERR_NONE;
}

void histogram_free(struct histogram *h)
{
    mem_free(h);
}

void histogram_record(struct histogram *h, int64_t value)
{
    if (value < 0)
        value = 0;
    if (value > h->highest) {
        value = h->highest;
        h->clipped++;
    }
    if (value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
    h->counts[index_of(h, value)]++;
    h->count++;
}

uint64_t histogram_count(const struct histogram *h)
{
    return h->count;
}

uint64_t histogram_clipped(const struct histogram *h)
{
    return h->clipped;
}

int64_t histogram_min(const struct histogram *h)
{
    return h->count ? lowest_at(h, first_index(h)) : 0;
}

int64_t histogram_max(const struct histogram *h)
{
    return h->count ? highest_at(h, last_index(h)) : 0;
}

double histogram_mean(const struct histogram *h)
{
    size_t last = last_index(h);
    double sum = 0;

    for (size_t i = first_index(h); i <= last; i++)
        sum += (double)h->counts[i] * middle_at(h, i);
    return h->count ? sum / (double)h->count : 0;
}

double histogram_stddev(const struct histogram *h)
{
    double mean = histogram_mean(h);
    size_t last = last_index(h);
    double squares = 0;

    for (size_t i = first_index(h); i <= last; i++) {
        double off = middle_at(h, i) - mean;
        squares += (double)h->counts[i] * off * off;
    }
    return h->count ? sqrt(squares / (double)h->count) : 0;
}

/*
 * How many records must lie at or below. One ulp is taken off, lest 99.9 % of
 * 1,000, which is a hair over 999 in binary, ask for all of them.
 */
static uint64_t rank_of(const struct histogram *h, double percent)
{
    double clamped = percent < 0 ? 0 : percent > 100 ? 100 : percent;
    double rank = ceil(nextafter(clamped, 0) * (double)h->count / 100);

    if (rank < 1)
        return 1;
    return rank >= (double)h->count ? h->count : (uint64_t)rank;
}

int64_t histogram_percentile(const struct histogram *h, double percent)
{
    size_t last = last_index(h);
    uint64_t seen = 0;

    if (h->count == 0)
        return 0;
    if (!(percent > 0))
        return histogram_min(h);
    uint64_t rank = rank_of(h, percent);
    for (size_t i = first_index(h); i <= last; i++) {
        seen += h->counts[i];
        if (seen >= rank)
            return highest_at(h, i);
    }
    return histogram_max(h);
}

int histogram_merge(struct histogram *h, const struct histogram *from)
{
    if (h->highest != from->highest || h->unit_bits != from->unit_bits ||
        h->half_bits != from->half_bits)
        return ERR_ARGUMENT;

    size_t last = last_index(from);
    for (size_t i = first_index(from); i <= last; i++)
        h->counts[i] += from->counts[i];
    h->count += from->count;
    h->clipped += from->clipped;
    if (from->min < h->min)
        h->min = from->min;
    if (from->max > h->max)
        h->max = from->max;
    return ERR_NONE;
}

void histogram_reset(struct histogram *h)
{
    memset(h->counts, 0, h->length * sizeof(h->counts[0]));
    h->count = 0;
    h->clipped = 0;
    h->min = INT64_MAX;
    h->max = 0;
}

void histogram_each(const struct histogram *h,
                    void (*fn)(void *arg, int64_t value, uint64_t count),
                    void *arg)
{
    size_t last = last_index(h);

    for (size_t i = first_index(h); i <= last; i++) {
        if (h->counts[i])
            fn(arg, highest_at(h, i), h->counts[i]);
    }
}
