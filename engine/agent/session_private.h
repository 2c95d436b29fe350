/* SPDX-License-Identifier: MIT */
/* What the files of this module know of sessions. */
#ifndef SIPWRIGHT_AGENT_SESSION_PRIVATE_H
#define SIPWRIGHT_AGENT_SESSION_PRIVATE_H

#include "agent/offer.h"
#include "agent/reliable.h"
#include "agent/session.h"
#include "agent/session_observe.h"
#include "agent/session_timer.h"
#include "agent/ua_private.h"
#include "agent/usage.h"
#include "dialog/dialog.h"
#include "dialog/repeat.h"

/* The reliable responses that came in one early session, by the latest INVITE
 * of ours (RFC 3262 section 4). */
struct heard {
    uint32_t cseq;    /* of the INVITE; 0: none came */
    uint32_t latest;  /* RSeq, of those in order */
    uint32_t waiting; /* bit i: latest - i has had no PRACK yet */
    uint64_t hash;    /* of the latest's bytes */
};

struct session {
    struct usage usage; /* first */
    enum session_state state;
    char cause[32]; /* of its end */
    bool uac, acked, fork;
    bool bye_wanted;        /* as soon as the ACK came */
    struct request *invite; /* ours, the one that made it or the latest with a
                               2xx, while it is there */
    bool invite_held;       /* counted: until the ACK went out */
    struct list request_link;
    uint32_t ack_cseq;    /* of our INVITE with a 2xx; 0: none */
    uint32_t invite_cseq; /* of theirs that we accepted; 0: none */
    uint32_t reinvites;   /* of theirs that have no final answer yet */
    uint32_t updates;     /* likewise */
    struct tx *ist;       /* UAS: the INVITE's, while 2xx may repeat */
    uint32_t automatic;   /* UAS: that INVITE's switches */
    struct buf answer;    /* UAS: the 2xx as sent */
    struct repeat repeat;
    struct heard heard;
    struct reliable_answers *reliable; /* ours; NULL: there was none */
    struct offer offer;
    struct session_timer timer;
    const struct session_ops *ops;
    void *arg;
};

/* ---- session.c ---- */
extern const struct usage_type session_type;
/* Of a usage that may be of another type, or NULL: then NULL. */
struct session *session_of_usage(struct usage *u);
/* The one that stands on the dialog; NULL: none, or no dialog. */
struct session *session_of_dialog(struct dialog *d);
struct session *session_new(struct ua *ua, struct dialog *d, bool uac);
void session_over(struct session *s, const char *cause);
/* BYE by the engine itself, in silence; where that can't be, the end. */
void session_end(struct session *s);
/* The ACK that the engine owes to a 2xx, before anything else goes out. */
void session_acknowledge_first(struct session *s);
/* Its 2xx has come, and its ACK has not gone out. */
bool session_wants_ack(const struct session *s);

/* ---- session_usage.c ---- */
/* Nobody listens: the switches answer, the rest gets its default. */
void answer_alone(struct incoming *in);

/* ---- session_uac.c ---- */
/* The session of this 1xx or 2xx, made if it is not there. NULL: it makes none,
 * or there are too many. */
struct session *session_of_response(struct request *r, struct message *m);
/* The early one of a provisional response with a To tag; else NULL. */
struct session *session_of_provisional(struct request *r, struct message *m);
void session_confirm_uac(struct session *s, struct request *r,
                         struct message *m);
/* The INVITE is needed no longer, or is going away. */
void session_forget_invite(struct session *s);

/* ---- session_uas.c ---- */
/* Of a 1xx or 2xx to an INVITE that went out with this To tag. */
struct session *session_of_incoming(struct incoming *in, struct slice tag);
void session_accepted(struct session *s, struct incoming *in,
                      struct slice bytes);
void session_ack_came(struct session *s);
struct session *session_of_tx(struct tx *t); /* NULL: none is its user */
/* Once more, after they were stopped; no effect where none is due. */
void session_repeat_answer(struct session *s);

/* ---- session_ack.c ---- */
/* The ACK of a 2xx that came for a released transaction. */
void session_ack_orphan(struct session *s, struct tx *t, struct message *m);

#endif
