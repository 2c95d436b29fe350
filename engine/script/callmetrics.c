/* SPDX-License-Identifier: MIT */
/* The metrics of a load's requests, by method and kind of answer. */
#include "script/callmetrics.h"

#include <stdio.h>

#include "stats/metrics.h"

/* The method in lower case; its length. */
static size_t lower(struct slice method, char out[32])
{
    size_t n = method.n < 32 ? method.n : 32;

    for (size_t i = 0; i < n; i++) {
        char c = method.p[i];

        out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return n;
}

static struct metric *trend(struct metrics *m, struct slice method,
                            enum call_time what, const char *suffix)
{
    static const char *const names[CALL_TIMES] = { "trying", "progress",
                                                   "answer" };
    char text[80], first[32];
    int n = snprintf(text, sizeof(text), "%.*s.%s%s", (int)lower(method, first),
                     first, names[what], suffix);

    return metrics_get(m, METRIC_TREND, slice_of(text, (size_t)n));
}

void callmetrics_time(struct callmetrics *c, enum method id, struct slice name,
                      enum call_time what, int64_t from_intended,
                      int64_t actual)
{
    struct metric **first = &c->times[id][what].intended;
    struct metric **second = &c->times[id][what].actual;

    /* Of the methods without a number each has a name of its own. */
    if (!*first || id == METHOD_OTHER) {
        *first = trend(c->metrics, name, what, "");
        *second = trend(c->metrics, name, what, ".actual");
    }
    metric_record(*first, from_intended);
    metric_record(*second, actual);
}

static struct metric *counter(struct metrics *m, struct slice method,
                              int status, const char *cause)
{
    char text[96];
    int n = snprintf(text, sizeof(text), "outcome %.*s %d %s",
                     (int)(method.n < 32 ? method.n : 32), method.p, status,
                     cause ? cause : "");
    size_t length = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;

    return metrics_get(m, METRIC_COUNTER, slice_of(text, length));
}

void callmetrics_outcome(struct callmetrics *c, enum method id,
                         struct slice name, int status, const char *cause)
{
    if (cause || id == METHOD_OTHER) {
        metric_add(counter(c->metrics, name, status, cause), 1);
        return;
    }
    if (c->latest[id].status != status) {
        c->latest[id].counter = counter(c->metrics, name, status, NULL);
        c->latest[id].status = status;
    }
    metric_add(c->latest[id].counter, 1);
}
