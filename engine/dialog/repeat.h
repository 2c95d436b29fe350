/* SPDX-License-Identifier: MIT */
/*
 * Repetition by the user of an INVITE server transaction: 2xx until its ACK
 * (RFC 3261 13.3.1.4) and reliable 1xx until its PRACK (RFC 3262 section 3):
 * at T1, doubling to T2 (a 2xx) or without a cap (a 1xx), for 64*T1.
 */
#ifndef SIPWRIGHT_DIALOG_REPEAT_H
#define SIPWRIGHT_DIALOG_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/timer.h"

struct loop;

struct repeat_ops {
    void (*send)(void *arg);    /* once more, please; NULL: only the limit */
    void (*give_up)(void *arg); /* 64*T1 are over; it is stopped */
};

/* Embedded in its owner; zero-initialised is stopped. */
struct repeat {
    struct timer again, limit;
    const struct repeat_ops *ops;
    void *arg;
    struct loop *loop;
    int64_t interval, cap; /* nanoseconds */
};

/* The first copy has been sent by the caller. cap 0: no cap. */
void repeat_start(struct repeat *r, struct loop *l, int64_t t1, int64_t cap,
                  const struct repeat_ops *ops, void *arg);
void repeat_stop(struct repeat *r); /* idempotent */
bool repeat_running(const struct repeat *r);

#endif
