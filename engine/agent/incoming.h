/* SPDX-License-Identifier: MIT */
/* IncomingRequest: one request that came, and its answers. */
#ifndef SIPWRIGHT_AGENT_INCOMING_H
#define SIPWRIGHT_AGENT_INCOMING_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/reliable.h"
#include "agent/session_timer.h"
#include "base/buf.h"
#include "base/slice.h"
#include "message/edits.h"
#include "message/message.h"

struct incoming;
struct session;
struct subscription;
struct ua;

struct response_options {
    struct slice reason;  /* absent: the standard phrase */
    struct slice to_tag;  /* absent: this request's own */
    struct slice contact; /* absent: the agent's, where one belongs */
    struct slice expires; /* seconds, as text; of a SUBSCRIBE the most */
    const struct slice *lines;
    size_t line_count;
    struct slice body, content_type, content_disposition;
    struct header_edits edits;
    struct session_timer_options timer; /* of a 2xx; min_se: not used */
    struct slice raw;
    bool (*edit)(void *arg, struct buf *text);
    void *edit_arg;
    enum reliable reliable; /* 101 to 199 to INVITE */
    bool force; /* send even where the transaction has no such arrow, and past
                   what waits for a PRACK */
};

struct incoming_ops {
    /* A CANCEL came for it; with the switch on both have been answered. */
    void (*cancelled)(void *arg, struct incoming *in, struct incoming *cancel);
    /* It has its final answer or is dropped: the engine needs it no longer. */
    void (*gone)(void *arg, struct incoming *in);
};

struct incoming *incoming_ref(struct incoming *in);
void incoming_unref(struct incoming *in);
void incoming_set_ops(struct incoming *in, const struct incoming_ops *ops,
                      void *arg);
void *incoming_arg(const struct incoming *in);

/*
 * Answers. 101-199 and 2xx to INVITE make the (early) session, to be had with
 * incoming_session(). What must not overtake a reliable answer (RFC 3262
 * section 3) waits for the PRACK of that. ERR_STATE after a final answer, to an
 * ACK, or where the transaction is gone, unless forced.
 */
int incoming_reply(struct incoming *in, int status,
                   const struct response_options *options);

/*
 * Nobody has taken it yet: the default answer goes out after the agent's hold
 * time, unless it is answered before. hold 0 answers at once.
 */
void incoming_hold(struct incoming *in);

/* The script has taken what was held: no default answer any more, unless one of
 * the switches is to give it. */
void incoming_take(struct incoming *in);

/* Script code has seen it: what the switches answer by themselves goes out
 * now (BYE, OPTIONS, INFO …); the rest stays with the script. What nobody
 * answers is forgotten 64*T1 after it came, but for an INVITE; with a BYE its
 * session is over then. */
void incoming_settle(struct incoming *in);

/* Its own switches, at first the agent's: of what has not happened yet. */
uint32_t incoming_automatic(const struct incoming *in);
void incoming_set_automatic(struct incoming *in, uint32_t automatic);

struct message *incoming_message(const struct incoming *in);
enum method incoming_method(const struct incoming *in);
/* The session: of the dialog it came in, or the one that it made. Borrowed;
 * NULL if there is none. */
struct session *incoming_session(const struct incoming *in);
/* Likewise the subscription. */
struct subscription *incoming_subscription(const struct incoming *in);
bool incoming_in_dialog(const struct incoming *in);
/* What its Replaces names (RFC 3891); NULL: nothing. Borrowed. */
struct session *incoming_replaces(const struct incoming *in);
int incoming_status(const struct incoming *in); /* latest answer; 0: none */
bool incoming_final(const struct incoming *in); /* answered, or an ACK */
/* It may still be answered, and `gone` is still to come. */
bool incoming_open(const struct incoming *in);
bool incoming_was_cancelled(const struct incoming *in);

#endif
