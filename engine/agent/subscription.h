/* SPDX-License-Identifier: MIT */
/*
 * A subscription (RFC 6665): the usage of a dialog that a SUBSCRIBE or a REFER
 * makes, on the side of the subscriber or of the notifier.
 */
#ifndef SIPWRIGHT_AGENT_SUBSCRIPTION_H
#define SIPWRIGHT_AGENT_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct dialog;
struct incoming;
struct subscription;
struct usage;

enum subscription_state {
    SUBSCRIPTION_INIT, /* no NOTIFY yet */
    SUBSCRIPTION_PENDING,
    SUBSCRIPTION_ACTIVE,
    SUBSCRIPTION_TERMINATED
};
const char *subscription_state_name(enum subscription_state s);

struct subscription_ops {
    /* A request for it: of a subscriber the NOTIFYs, of a notifier the
     * SUBSCRIBEs that refresh it. As with ua_ops, the receiver settles it. */
    void (*incoming)(void *arg, struct subscription *s, struct incoming *in);
    /* It is over: "terminated", "expired", "notify timeout", "481" … */
    void (*ended)(void *arg, struct subscription *s, const char *cause);
    /* It was disposed of, by whomever: nothing more comes. */
    void (*disposed)(void *arg, struct subscription *s);
};

/* What requests on it are sent on. */
struct usage *subscription_usage(struct subscription *s);

struct subscription *subscription_ref(struct subscription *s);
void subscription_unref(struct subscription *s); /* NULL-safe */
void subscription_set_ops(struct subscription *s,
                          const struct subscription_ops *ops, void *arg);
const struct subscription_ops *subscription_ops(const struct subscription *s);
void *subscription_arg(const struct subscription *s);

/* Silent end: nothing sent. */
void subscription_dispose(struct subscription *s);

bool subscription_is_notifier(const struct subscription *s);
enum subscription_state subscription_state(const struct subscription *s);
bool subscription_over(const struct subscription *s);
struct dialog *subscription_dialog(const struct subscription *s);
struct slice subscription_event(const struct subscription *s); /* package */
struct slice subscription_id(const struct subscription *s);    /* or absent */
/* Of the latest Subscription-State. */
struct slice subscription_reason(const struct subscription *s); /* or absent */
int64_t subscription_retry_after(const struct subscription *s); /* s, or -1 */
/* Why it is over; absent while it is not. */
struct slice subscription_cause(const struct subscription *s);
/* By whomever: silence from then on. */
bool subscription_disposed(const struct subscription *s);
/* Nanoseconds that are left, or -1: nobody has said how long it lasts. */
int64_t subscription_left(const struct subscription *s);

#endif
