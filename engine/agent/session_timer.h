/* SPDX-License-Identifier: MIT */
/*
 * Session timers (RFC 4028): how long a session lasts unless it is refreshed,
 * and by whom.
 */
#ifndef SIPWRIGHT_AGENT_SESSION_TIMER_H
#define SIPWRIGHT_AGENT_SESSION_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "loop/timer.h"
#include "wire/method.h"

struct answer;
struct incoming;
struct message;
struct request;
struct request_options;
struct response_options;
struct session;

enum refresher { REFRESHER_ANY, REFRESHER_UAC, REFRESHER_UAS };

/* What a script asks for; zero is nothing. */
struct session_timer_options {
    uint32_t session_expires, min_se; /* seconds */
    enum refresher refresher;
};

/* The value of a Session-Expires header; seconds 0: none that can be read. */
struct session_expires {
    uint32_t seconds;
    enum refresher refresher;
};
struct session_expires session_expires_parse(struct slice value);

/* Does its 2xx refresh a session? */
bool session_timer_is_refresh(enum method m);

/* All zero is off. */
struct session_timer {
    struct timer timer;
    uint32_t seconds; /* the interval; 0: off */
    bool local;       /* ours to refresh */
    bool refreshing;  /* that is under way */
    bool update;      /* by UPDATE, which the peer allows */
    int64_t end;      /* loop time: unless it is refreshed till then, BYE */
};

void session_timer_stop(struct session_timer *t);

/* The lines of a request: as its options say, else of its session. */
void session_timer_ask(struct buf *own, const struct request *r,
                       const struct request_options *o);

/* The lines of a 2xx, if there are any. */
void session_timer_answer(struct buf *out, const struct incoming *in,
                          const struct response_options *o);

/* Does that 2xx have a Session-Expires, as far as the options tell? */
bool session_timer_says(const struct incoming *in,
                        const struct response_options *o);

/* The 2xx of a request of ours came, or one of ours went out. */
void session_timer_heard(struct session *s, const struct request *r,
                         const struct message *m);
void session_timer_answered(struct session *s, const struct incoming *in,
                            struct answer *a);

/* The refresh was refused; it is tried another way if there is one. */
void session_timer_refused(struct session *s, const struct request *r,
                           int status);

/* Answers an interval that is too small with 422. */
bool session_timer_refuses(struct incoming *in);

/* One of the retries: a 422 answered with the interval that it asks for. */
bool session_timer_retries(struct request *r, struct message *response);

#endif
