/* SPDX-License-Identifier: MIT */
/* What the files of this module know of outgoing requests. */
#ifndef SIPWRIGHT_AGENT_REQUEST_PRIVATE_H
#define SIPWRIGHT_AGENT_REQUEST_PRIVATE_H

#include "agent/problems.h"
#include "agent/request.h"
#include "agent/request_later.h"
#include "agent/ua_private.h"
#include "agent/usage.h"

struct redirect;
struct refresh;

struct request {
    uint32_t refs;
    const struct request_kind *kind;
    enum request_state state;
    bool in_flight;     /* the engine's own reference is held */
    bool cancel_wanted; /* survives every retry */
    bool bye_crossed;   /* a 2xx that comes nevertheless is ended */
    bool had_outcome;
    bool abandoned;      /* its owner is gone: what comes of it is ended */
    bool left;           /* to all appearances disposed of: abandoned, mute */
    bool lingers;        /* settled, while early sessions may still get a 2xx */
    bool waits;          /* for NOTIFYs: the engine holds it still */
    bool follows;        /* in-dialog: it went where all of the dialog goes */
    struct ua *ua;       /* counted */
    struct usage *usage; /* in-dialog: counted */
    struct request *cancel;  /* counted */
    struct message *message; /* latest attempt */
    struct tx *tx;
    struct addr to;
    struct tx_timing timing;
    uint32_t automatic;
    char *username, *password; /* NULL: the agent's */
    struct auth_attempt attempt;
    unsigned auth_retries; /* challenges that it answers at the most */
    unsigned attempts;
    uint64_t rung[4];   /* hashes of the latest provisional responses */
    int64_t rung_at[4]; /* when each was told */
    unsigned rings;
    uint8_t glares, intervals; /* attempts after a 491, a 422 */
    struct later *later;       /* waits for the next attempt */
    struct list usage_link;    /* in usage->requests until its outcome */
    struct timer guard;        /* 64*T1 after the CANCEL */
    struct list link;     /* in ua->requests while in flight, then settled */
    struct list sessions; /* early ones and forks, by request_link */
    struct list subscriptions; /* counted: all that it has made, likewise */
    struct owner *owner;       /* of it and of its sessions; NULL: the agent */
    void *extra;               /* the kind's own */
    bool interval_raised;      /* after a 423 */
    struct redirect *redirect; /* where else it may go; NULL: nowhere */
    struct softstate *softstate; /* REGISTER, PUBLISH: counted */
    struct message *accepted;    /* the latest 2xx to one of these: counted */
    struct refresh *refresh;     /* the engine repeats it; else NULL */
    struct list owner_link;
    int64_t started, intended;
    const struct request_ops *ops;
    void *arg;
};

/* As the engine would do it by itself. */
extern const struct request_options request_plain;

/* ---- request.c ---- */
struct request *request_alloc(struct ua *ua, const struct request_kind *kind,
                              const struct request_ops *ops, void *arg);
int request_send(struct request *r, struct slice text, const char **why);
/* The engine's reference goes: its outcome is settled, or nobody wants it. */
void request_let_go(struct request *r);
/* Nothing more comes from its transaction. */
void request_forget_tx(struct request *r);
/* One of its sessions that is early still; NULL: there is none. */
struct session *request_early(const struct request *r);
/* Likewise, for good: not even an error. */
void request_lapse(struct request *r);
/* What comes of it is ended: CANCEL, and BYE to a 2xx that crosses it. */
void request_abandon(struct request *r);
void request_end_early(struct request *r, const char *cause);
/* It waits for NOTIFYs no longer; `none`: in vain. */
void request_waited(struct request *r, bool none);

/* Keeps the 2xx to a REGISTER or PUBLISH; false: it is none. */
bool request_accept(struct request *r, const struct request_event *e);

/* ---- request_events.c ---- */
extern const struct tx_ops request_tx_ops;
void request_finish_synthetic(struct request *r, int status, const char *cause);
/* 503 by an error of the transport, or of what there was to send. */
void request_finish_unsent(struct request *r, int err);
/* A response that was kept is the outcome. */
void request_finish_kept(struct request *r, struct message *response);

/* ---- request_again.c ---- */
/* Does one of the switches answer this response with another attempt, so that
 * there is nothing to tell? */
bool request_retry(struct request *r, struct message *response);
/* Another attempt, now. The CSeq is the next one; not 0: that one. */
int request_again(struct request *r, struct again *a);
/* Not a request that was cancelled, nor a CANCEL (RFC 3261 22.1); of a usage
 * that is over only a BYE. */
bool request_may_retry(const struct request *r);
/* What the attempts so far have led to counts no more. */
void request_begin_anew(struct request *r);

/* ---- request_auth.c ---- */
/* One of the retries, as each: true when a new attempt is on its way. */
bool request_authenticate(struct request *r, struct message *response);
struct slice request_username(const struct request *r);
struct slice request_password(const struct request *r);

/* ---- request_interval.c ---- */
bool request_raise_interval(struct request *r, struct message *response);

/* ---- request_redirect.c ---- */
bool request_redirect(struct request *r, struct message *response);
/* Nobody answered: is there another target? */
bool request_go_elsewhere(struct request *r);
void redirect_free(struct redirect *d); /* NULL-safe */

/* ---- cancel.c ---- */
void cancel_send(struct request *r);

#endif
