/* SPDX-License-Identifier: MIT */
/* The registry of trends, counters and checks by name. */
#include "stats/metrics.h"

#include <assert.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/mem.h"
#include "stats/histogram.h"

enum { TREND_DIGITS = 3, NS_PER_US = 1000 };

#define TREND_HIGHEST (INT64_C(3600) * 1000 * 1000) /* microseconds */

struct metric {
    struct hash_node node;
    struct list link;
    enum metric_kind kind;
    struct slice name;
    /* Trends. */
    struct histogram *histogram;
    int64_t min, max;
    double sum; /* a 64-bit integer is full after 300 years of durations */
    /* Counters and checks. */
    int64_t value;
    uint64_t passed, failed;
};

struct metrics {
    struct hash by_name[METRIC_KINDS];
    struct list in_order[METRIC_KINDS];
};

static uint64_t name_hash(struct slice name)
{
    return hash_bytes(0, name.p, name.n);
}

static struct metric *of_link(struct list *link)
{
    return container_of(link, struct metric, link);
}

static struct metric *find(const struct metrics *m, enum metric_kind kind,
                           struct slice name, uint64_t hash)
{
    struct hash_node *node = hash_first(&m->by_name[kind], hash);

    for (; node; node = hash_next(node)) {
        struct metric *t = container_of(node, struct metric, node);
        if (slice_eq(t->name, name))
            return t;
    }
    return NULL;
}

static struct metric *make(struct metrics *m, enum metric_kind kind,
                           struct slice name, uint64_t hash)
{
    struct metric *t = mem_zalloc(sizeof(*t));

    t->kind = kind;
    t->name = slice_of(mem_strndup(name.p, name.n), name.n);
    t->min = INT64_MAX;
    if (kind == METRIC_TREND)
        histogram_new(&t->histogram, 1, TREND_HIGHEST, TREND_DIGITS);
    hash_insert(&m->by_name[kind], &t->node, hash);
    list_append(&m->in_order[kind], &t->link);
    return t;
}

static void metric_free(struct metric *t)
{
    list_unlink(&t->link);
    histogram_free(t->histogram);
    mem_free((void *)(uintptr_t)t->name.p);
    mem_free(t);
}

int metrics_new(struct metrics **out)
{
    struct metrics *m = mem_zalloc(sizeof(*m));

    for (int kind = 0; kind < METRIC_KINDS; kind++)
        list_init(&m->in_order[kind]);
    *out = m;
    return ERR_NONE;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    for (int kind = 0; kind < METRIC_KINDS; kind++) {
        hash_fini(&m->by_name[kind]);
        list_each_safe (link, &m->in_order[kind])
            metric_free(of_link(link));
    }
    mem_free(m);
}

struct metric *metrics_get(struct metrics *m, enum metric_kind kind,
                           struct slice name)
{
    uint64_t hash = name_hash(name);
    struct metric *t = find(m, kind, name, hash);

    if (t)
        return t;
    if (m->by_name[kind].count >= METRICS_NAMES) {
        name = SLICE(METRICS_OTHERS);
        hash = name_hash(name);
        t = find(m, kind, name, hash);
    }
    return t ? t : make(m, kind, name, hash);
}

const struct metric *metrics_find(const struct metrics *m,
                                  enum metric_kind kind, struct slice name)
{
    return find(m, kind, name, name_hash(name));
}

const struct metric *metrics_next(const struct metrics *m,
                                  enum metric_kind kind,
                                  const struct metric *after)
{
    const struct list *head = &m->in_order[kind];
    struct list *next = after ? after->link.next : head->next;

    return next == head ? NULL : of_link(next);
}

struct slice metric_name(const struct metric *t)
{
    return t->name;
}

void metric_record(struct metric *trend, int64_t nanoseconds)
{
    assert(trend->kind == METRIC_TREND);
    if (nanoseconds < 0)
        nanoseconds = 0;
    if (nanoseconds < trend->min)
        trend->min = nanoseconds;
    if (nanoseconds > trend->max)
        trend->max = nanoseconds;
    trend->sum += (double)nanoseconds;
    histogram_record(trend->histogram,
                     nanoseconds / NS_PER_US +
                         (nanoseconds % NS_PER_US >= NS_PER_US / 2));
}

const struct histogram *metric_histogram(const struct metric *trend)
{
    assert(trend->kind == METRIC_TREND);
    return trend->histogram;
}

/* The greatest of a group of equivalent values may be more than any record. */
static int64_t percentile(const struct metric *trend, double percent)
{
    int64_t ns = histogram_percentile(trend->histogram, percent) * NS_PER_US;

    if (ns < trend->min)
        return trend->min;
    return ns > trend->max ? trend->max : ns;
}

void metric_summary(const struct metric *trend, struct trend_summary *out)
{
    assert(trend->kind == METRIC_TREND);
    *out = (struct trend_summary){ .count = histogram_count(trend->histogram) };
    if (out->count == 0)
        return;
    out->min = trend->min;
    out->max = trend->max;
    out->mean = (int64_t)(trend->sum / (double)out->count + 0.5);
    out->p50 = percentile(trend, 50);
    out->p90 = percentile(trend, 90);
    out->p95 = percentile(trend, 95);
    out->p99 = percentile(trend, 99);
    out->p999 = percentile(trend, 99.9);
}

void metric_add(struct metric *counter, int64_t n)
{
    assert(counter->kind == METRIC_COUNTER);
    /* Wraps rather than overflows: `n` is a script's. */
    counter->value = (int64_t)((uint64_t)counter->value + (uint64_t)n);
}

int64_t metric_value(const struct metric *counter)
{
    return counter->value;
}

void metric_check(struct metric *check, bool passed)
{
    assert(check->kind == METRIC_CHECK);
    if (passed)
        check->passed++;
    else
        check->failed++;
}

uint64_t metric_passed(const struct metric *check)
{
    return check->passed;
}

uint64_t metric_failed(const struct metric *check)
{
    return check->failed;
}
