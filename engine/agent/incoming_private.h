/* SPDX-License-Identifier: MIT */
/* What the files of this module know of requests that came. */
#ifndef SIPWRIGHT_AGENT_INCOMING_PRIVATE_H
#define SIPWRIGHT_AGENT_INCOMING_PRIVATE_H

#include "agent/incoming.h"
#include "agent/ua_private.h"
#include "agent/usage.h"

struct incoming {
    uint32_t refs;
    struct ua *ua;
    struct tx *tx; /* NULL for ACK, and once gone */
    struct message *message;
    struct usage *usage; /* counted: of its dialog, or the one that it made */
    struct usage *made;  /* counted: the subscription that it made */
    struct session *replaces; /* counted */
    bool in_dialog, cancelled, alive;
    bool acknowledges;  /* a PRACK: one of our reliable answers */
    uint32_t automatic; /* the agent's, changed */
    int status;
    uint32_t rseq; /* of the latest reliable answer; 0: none */
    char tag[ID_MAX];
    size_t tag_length;
    struct timer trying, hold, forget;
    struct list link;    /* in ua->incoming while it may be answered, then
                            answered */
    struct owner *owner; /* of the session that it makes */
    struct list owner_link;
    const struct incoming_ops *ops;
    void *arg;
};

/* As the engine would do it by itself. */
extern const struct response_options response_plain;

/* ---- incoming.c ---- */
struct incoming *incoming_new(struct ua *ua, struct tx *t, struct message *m,
                              struct usage *u);
void incoming_cancelled(struct incoming *in, struct incoming *cancel);
/* The answers to a CANCEL and to what it means have one To tag (9.2). */
void incoming_share_tag(struct incoming *cancel, struct tx *target);
struct incoming *incoming_of_tx(struct tx *t); /* NULL: none is its user */
void incoming_drop(struct incoming *in);       /* silent */
void incoming_let_go(struct incoming *in);
void incoming_forget_tx(struct incoming *in);
/* The To tag of its answers. */
struct slice incoming_tag(const struct incoming *in);

/* ---- respond.c ---- */
/* An answer as text, the script's edits included. */
void respond_render(struct incoming *in, int status,
                    const struct response_options *o, struct buf *out);
/* The type of the body that the options give. */
struct slice respond_body_type(const struct incoming *in,
                               const struct response_options *o);
/* 101-299 to an INVITE, 2xx to a SUBSCRIBE or REFER. */
bool respond_makes_dialog(const struct incoming *in, int status);

/* ---- defaults.c ---- */
/* What the engine answers to a request that nobody took. */
int default_status(const struct incoming *in);
extern const char default_allow[]; /* the value of Allow */

#endif
