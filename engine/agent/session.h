/* SPDX-License-Identifier: MIT */
/* A session: the INVITE usage of a dialog, on either side. */
#ifndef SIPWRIGHT_AGENT_SESSION_H
#define SIPWRIGHT_AGENT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/offer.h"
#include "agent/request.h"
#include "base/slice.h"

struct dialog;
struct incoming;
struct session;
struct ua;
struct usage;

enum session_state {
    SESSION_EARLY,
    SESSION_ACCEPTED,  /* 2xx sent or received, ACK still to come */
    SESSION_CONFIRMED, /* ACK sent or received */
    SESSION_ENDING,    /* BYE sent, no answer yet */
    SESSION_ENDED
};
const char *session_state_name(enum session_state s);

struct session_ops {
    /* A request inside the dialog, BYE and ACK too (an ACK can't be answered).
     * As with ua_ops, the receiver settles it. */
    void (*incoming)(void *arg, struct session *s, struct incoming *in);
    /* It is over: "bye sent", "bye received", "ack timeout", "cancelled",
     * "rejected" … */
    void (*ended)(void *arg, struct session *s, const char *cause);
    /* It was disposed of, by whomever: nothing more comes. */
    void (*disposed)(void *arg, struct session *s);
};

/* What requests inside it are sent on. */
struct usage *session_usage(struct session *s);

struct session *session_ref(struct session *s);
void session_unref(struct session *s);
struct slice session_cause(const struct session *s); /* of its end; or absent */
void session_set_ops(struct session *s, const struct session_ops *ops,
                     void *arg);
void *session_arg(const struct session *s);

/*
 * The ACK of the 2xx that made this session: CSeq of the INVITE, its
 * credentials, kept and repeated with each repeat of the 2xx. A second call
 * replaces the first, while the INVITE's request is there; later ones are only
 * sent. options: body, lines, edits, raw, edit.
 */
int session_ack(struct session *s, const struct request_options *options);
bool session_acked(const struct session *s);

/* Silent end: nothing sent, dialog forgotten. */
void session_dispose(struct session *s);

enum session_state session_state(const struct session *s);
struct dialog *session_dialog(const struct session *s); /* NULL once ended */
bool session_is_uac(const struct session *s);
/* A reliable answer of ours waits for its PRACK. */
bool session_awaits_prack(const struct session *s);
enum signaling session_signaling(const struct session *s);
/* As offered or agreed on; absent: none yet. */
struct slice session_sdp(const struct session *s, enum offer_side side);
/* RFC 4028, in seconds; 0: no timer runs. *local: it is ours to refresh. */
uint32_t session_expires(const struct session *s, bool *local);
/* The value of a Replaces header by which its peer finds this very session. */
void session_replaces(const struct session *s, struct buf *out);

#endif
