/* SPDX-License-Identifier: MIT */
/*
 * Why calls failed: grouped by cause, which is the first line of the error's
 * text, with the first example of each in full.
 */
#ifndef SIPWRIGHT_LOAD_FAILURES_H
#define SIPWRIGHT_LOAD_FAILURES_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct failures;

/* So many causes are told apart; whatever comes with a further one is counted
 * under FAILURES_OTHERS. */
enum { FAILURES_CAUSES = 64, FAILURES_MOST = FAILURES_CAUSES + 1 };
#define FAILURES_OTHERS "other causes"

/* Longer texts are cut. */
enum { FAILURES_CAUSE_BYTES = 240, FAILURES_DETAIL_BYTES = 16384 };

/* Owned by the collection, like its texts. */
struct failure {
    struct slice cause;
    uint64_t count;
    /* Of the first call that failed so. */
    uint64_t number;
    struct slice detail;  /* the whole text, traceback and all */
    struct slice call_id; /* absent if it had none */
};

int failures_new(struct failures **out);
void failures_free(struct failures *f); /* NULL-safe */

/* O(1). `call_id` may be absent, `text` empty. */
void failures_add(struct failures *f, uint64_t number, struct slice text,
                  struct slice call_id);

/* All of them, most frequent first, among equals the earlier one; returns how
 * many. Valid until the next failures_add(). */
size_t failures_sorted(const struct failures *f,
                       const struct failure *out[FAILURES_MOST]);

uint64_t failures_total(const struct failures *f);

#endif
