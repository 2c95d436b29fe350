/* SPDX-License-Identifier: MIT */
/* What the files of subscriptions share: one struct, its two sides, and the
 * wait of a SUBSCRIBE for its first NOTIFYs. */
#ifndef SIPWRIGHT_AGENT_SUBSCRIPTION_PRIVATE_H
#define SIPWRIGHT_AGENT_SUBSCRIPTION_PRIVATE_H

#include "agent/incoming_private.h"
#include "agent/refresh.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "agent/subscription.h"

/* An Event value: package and id count, other parameters do not (8.2.1). */
struct event {
    struct slice package; /* absent: no Event, or one that can't be read */
    struct slice id;      /* absent: none */
};
struct event event_of(const struct message *m);

struct subscription {
    struct usage usage; /* first */
    enum subscription_state state;
    bool notifier;
    bool refer;          /* made by a REFER: the id is its CSeq number, and a
                            NOTIFY may leave it out (RFC 3515 2.4.6) */
    bool alone;          /* so do we: that REFER has made the dialog */
    bool ending;         /* its last SUBSCRIBE or NOTIFY is on its way */
    bool leaving;        /* notifier: a SUBSCRIBE has asked for its end */
    const char *ends_by; /* notifier: the cause of that end */
    char cause[24];      /* why it is over */
    char *package, *id;  /* id may be NULL */
    char *reason;
    int64_t retry_after; /* seconds; -1: none */
    int64_t expires_at;  /* loop time; 0: not known */
    char *asked;         /* the latest Expires that we asked for, or NULL */
    uint32_t automatic;
    /* Subscriber: a SUBSCRIBE or REFER that a NOTIFY has to follow. Notifier:
     * the NOTIFY that ends it. Its request takes it back when it goes. */
    struct request *waiting;
    struct timer n; /* while a subscriber waits (4.1.2) */
    struct timer expiry, refresh;
    struct list request_link; /* in request->subscriptions */
    const struct subscription_ops *ops;
    void *arg;
};

/* ---- subscription_state.c ---- */
/* *text becomes a copy, NULL where it is absent. */
void subscription_keep(char **text, struct slice s);
bool subscription_matches(const struct subscription *s, struct event event);
/* While a REFER waits, its CSeq number: it has another when it is sent again,
 * with credentials. */
struct slice subscription_id_now(const struct subscription *s, char out[16]);
/* So long from now on. */
void subscription_lasts(struct subscription *s, uint32_t seconds);
void subscription_lasts_no_more(struct subscription *s);
/* From the Subscription-State of a NOTIFY that came, or went out. */
void subscription_learn(struct subscription *s, const struct message *notify);
/* Refer-Sub: false (RFC 4488). */
bool subscription_declined(const struct message *m);

/* ---- subscription.c ---- */
extern const struct usage_type subscription_type;
struct subscription *subscription_new(struct ua *ua, struct dialog *d,
                                      struct event event, bool notifier);
/* Of a usage that may be of another type, or NULL: then NULL. */
struct subscription *subscription_of_usage(struct usage *u);
void subscription_end(struct subscription *s, const char *cause);
/* To the script, or else the engine answers. */
void subscription_deliver(struct subscription *s, struct incoming *in);
/* Does this status to a request on it end it (RFC 6665 4.1.2.2, RFC 5057)? */
bool subscription_ends_by(int status);
void subscription_end_by(struct subscription *s, int status);
/* The agent's own request on it, in silence. */
int subscription_send(struct subscription *s, const struct request_kind *kind,
                      struct request_options *o);
/* Its Event, unless the caller brings one. */
void subscription_add_event(const struct subscription *s,
                            const struct request_options *o, struct buf *own);

/* ---- subscriber.c ---- */
/* Of the SUBSCRIBE or REFER `r`, on a dialog whose reference it takes over. */
struct subscription *subscriber_new(struct request *r, struct dialog *d);
/* Hooks of the kinds that subscribe. */
void subscriber_sent(struct request *r);
void subscriber_resent(struct request *r);
void subscriber_responded(struct request *r, struct request_event *e);
void subscriber_disposed(struct request *r);
/* Of those that `r` has made, the one of this remote tag; or NULL. */
struct subscription *subscriber_of_fork(const struct request *r,
                                        struct slice tag);
void subscriber_forget(struct request *r); /* lets all of them go */
/* 0, or the status that refuses this NOTIFY. */
int subscriber_check(const struct message *m, bool first);
void subscriber_incoming(struct subscription *s, struct incoming *in);
void subscriber_outcome(struct subscription *s, struct request *r,
                        const struct request_event *e);
void subscriber_expired(struct subscription *s);
/* Renews it, by itself; 0: to its end. */
int subscriber_renew(struct subscription *s, bool to_end);
/* A NOTIFY came, or nobody waits for it any more: stops Timer N. */
void subscriber_stop_waiting(struct subscription *s);

/* ---- subscribe_wait.c ---- */
/* NOTIFYs of any fork are welcome from now on, for 64*T1. */
void subscribe_wait_start(struct request *r);
void subscribe_wait_again(struct request *r); /* for as long from now on */
void subscribe_wait_stop(struct request *r);  /* silent */
/* What the 2xx grants, for those that are still to be made. */
void subscribe_wait_granted(struct request *r, uint32_t seconds);
/* A NOTIFY of no known dialog: the usage that it makes in *out, or NULL if no
 * request waits for it. Not 0: the status that refuses it. */
int subscribe_wait_take(struct engine *e, const struct message *m,
                        struct usage **out);

/* ---- notifier.c ---- */
/* A SUBSCRIBE that renews a subscription which we notify of. */
bool notifier_refreshes(const struct incoming *in);
/* Seconds: no more than was asked for, nor than `most` (absent: any). */
uint32_t notifier_grants(const struct incoming *in, struct slice most);
/* A SUBSCRIBE or REFER was answered with these bytes, a 2xx, and this tag. */
void notifier_accepted(struct incoming *in, struct slice tag,
                       struct slice bytes);
void notifier_incoming(struct subscription *s, struct incoming *in);
void notifier_outcome(struct subscription *s, struct request *r,
                      const struct request_event *e);
/* A SUBSCRIBE in its dialog: challenged, say, so it goes on. */
void notifier_refused(struct incoming *in);
/* Ends it with a NOTIFY of the engine's own. */
void notifier_finish(struct subscription *s, const char *reason,
                     const char *cause);

#endif
