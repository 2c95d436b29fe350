/* SPDX-License-Identifier: MIT */
/*
 * What a load's calls measure of their requests: the outcomes, counted, and
 * the times of what came. The metrics' names are made once each, as every
 * call has the same ones.
 */
#ifndef SIPWRIGHT_SCRIPT_CALLMETRICS_H
#define SIPWRIGHT_SCRIPT_CALLMETRICS_H

#include <stdint.h>

#include "base/slice.h"
#include "wire/method.h"

struct metric;
struct metrics;

enum call_time { CALL_TRYING, CALL_PROGRESS, CALL_ANSWER, CALL_TIMES };

/* All zero but for the registry, which is borrowed. */
struct callmetrics {
    struct metrics *metrics;
    struct {
        struct metric *intended, *actual;
    } times[METHOD_COUNT][CALL_TIMES];
    struct {
        int status; /* 0: none yet */
        struct metric *counter;
    } latest[METHOD_COUNT]; /* outcome without a cause */
};

/* "invite.answer", and "invite.answer.actual". `id` is METHOD_OTHER where the
 * name alone tells. */
void callmetrics_time(struct callmetrics *c, enum method id, struct slice name,
                      enum call_time what, int64_t from_intended,
                      int64_t actual);

/* "outcome INVITE 408 timeout:B"; cause is NULL for a real response. */
void callmetrics_outcome(struct callmetrics *c, enum method id,
                         struct slice name, int status, const char *cause);

#endif
