/* SPDX-License-Identifier: MIT */
/*
 * The transaction layer of RFC 3261 section 17 with RFC 6026: matching,
 * retransmission, absorption. Four machines, each a table in a file of its own
 * (ict.c, nict.c, ist.c, nist.c).
 *
 * A transaction belongs to its layer. Its user (the "TU") gets a pointer that
 * stays valid until ops->terminated has been called, or until the TU calls
 * tx_release(). What only absorbs repeats (Accepted, Completed of clients and
 * of NIST, Confirmed) is reduced in place to its key, one timer and the bytes
 * to repeat: tx_message() is NULL from then on (the TU's own reference to the
 * message is not touched by that).
 *
 * No callback runs inside tx_request(), tx_ack() or tx_respond(): a failure to
 * send is told later, from the loop.
 */
#ifndef SIPWRIGHT_TRANSACTION_TX_H
#define SIPWRIGHT_TRANSACTION_TX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/slice.h"
#include "message/message.h"

struct loop;
struct net;
struct net_socket;
struct tx;
struct tx_layer;

enum tx_kind { TX_ICT, TX_NICT, TX_IST, TX_NIST };

enum tx_state {
    TX_CALLING,    /* ICT */
    TX_TRYING,     /* NICT, NIST */
    TX_PROCEEDING, /* all */
    TX_ACCEPTED,   /* ICT, IST (RFC 6026) */
    TX_COMPLETED,  /* all */
    TX_CONFIRMED,  /* IST */
    TX_TERMINATED,
    TX_STATES
};

const char *tx_kind_name(enum tx_kind k);   /* "ICT" … */
const char *tx_state_name(enum tx_state s); /* "calling" … */

/* T1, T2, T4 of RFC 3261 17.1.1.1, nanoseconds. */
struct tx_timing {
    int64_t t1, t2, t4;
};
#define TX_TIMING_DEFAULT                                \
    {                                                    \
        500 * INT64_C(1000000), 4000 * INT64_C(1000000), \
            5000 * INT64_C(1000000)                      \
    }

/* Why a transaction ended without what it waited for. */
enum tx_cause {
    TX_CAUSE_TIMER_B, /* INVITE: no response within 64*T1 */
    TX_CAUSE_TIMER_F, /* others: no final response within 64*T1 */
    TX_CAUSE_TIMER_H, /* IST: no ACK for a final response >= 300 */
    TX_CAUSE_TRANSPORT
};

/* To the user of one transaction. Members may be NULL. */
struct tx_ops {
    /*
     * Client: a response to hand up. Every 1xx; the first final one; of an
     * INVITE the first 2xx of each To tag. tx_message() is still there in it.
     */
    void (*response)(void *arg, struct tx *t, struct message *m);
    /* Server: the ACK of a final response >= 300 came. */
    void (*ack)(void *arg, struct tx *t, struct message *m);
    /* err is of enum err (ERR_TIMEOUT, ERR_REFUSED …). Comes before
     * terminated, and after a final response too: then it is about the ACK or
     * about a response that could not be sent. */
    void (*failed)(void *arg, struct tx *t, enum tx_cause cause, int err);
    /* The last call. The pointer is dead afterwards. */
    void (*terminated)(void *arg, struct tx *t);
};

/* To the user of the layer. */
struct tx_layer_ops {
    /*
     * A request that began a server transaction; not ACK. The TU calls
     * tx_set_user() in it or leaves the transaction alone (it then lives until
     * it is answered with tx_respond() or the layer is freed). For CANCEL
     * `target` is the server transaction it names, or NULL.
     */
    void (*request)(void *arg, struct tx *t, struct message *m,
                    struct tx *target);
    /* An ACK that matches no transaction in Completed: that of a 2xx. */
    void (*ack)(void *arg, struct net_socket *s, struct message *m);
    /* A response that matches no transaction. */
    void (*stray)(void *arg, struct net_socket *s, struct message *m);
    /*
     * A 2xx to an INVITE whose user has released its transaction: a late fork
     * that has to be ended by somebody.
     */
    void (*orphan)(void *arg, struct tx *t, struct message *m);
    /* Bytes that went no further; reason is a short word ("garbage",
     * "keep-alive", "no-via", "state" …). */
    void (*dropped)(void *arg, struct net_socket *s, const char *reason,
                    struct slice bytes, const struct addr *from);
    /* A transaction with a mark is out of the table, whoever had it, and even
     * where the layer is freed. The one thing to do is to let the mark go. */
    void (*gone)(void *arg, void *mark);
};

/* The layer opens its own net object on the loop. */
int tx_layer_new(struct tx_layer **out, struct loop *l,
                 const struct tx_layer_ops *ops, void *arg);
/* Drops every transaction in silence: no callback runs but `gone`. */
void tx_layer_free(struct tx_layer *l);
struct net *tx_layer_net(struct tx_layer *l);

/* ---- client ---- */

struct tx_client_options {
    struct net_socket *socket; /* a reference is taken */
    struct addr to;
    struct tx_timing timing;
    const struct tx_ops *ops;
    void *arg;
    bool no_retransmit; /* timers A and E off (a switch for tests) */
    bool no_ack;        /* of a 3xx to 6xx, until tx_ack_failure() (likewise) */
};

/*
 * Starts a client transaction and sends. The kind follows the method that the
 * scan of `m` found; the key is its top Via branch and CSeq method, whatever
 * the script made of them. `m` gets a reference and must not be an ACK.
 * Without a branch ERR_ARGUMENT; same key as a live transaction ERR_STATE.
 */
int tx_request(struct tx_layer *l, struct tx **out, struct message *m,
               const struct tx_client_options *options);

/*
 * The ACK of a 2xx, made by the dialog: sent now, kept, and repeated for each
 * repeat of that To tag's 2xx until timer M. May be given again (another ACK
 * replaces the one of the same tag). ERR_STATE when the transaction isn't in
 * Accepted.
 */
int tx_ack(struct tx *t, struct slice to_tag, struct slice bytes,
           const struct addr *to);

/* The same for a 3xx to 6xx, in the place of the machine's own ACK. ERR_STATE
 * when the transaction isn't in Completed. */
int tx_ack_failure(struct tx *t, struct slice bytes);

/* ---- server ---- */

/*
 * Sends a response, given as text, and moves the machine. ERR_STATE where the
 * machine has no such arrow (a second final response of a NIST, a 1xx after
 * 2xx …) unless `force`, which sends the bytes and leaves the state alone.
 */
int tx_respond(struct tx *t, int status, struct slice bytes, bool force);

/* For 2xx of an INVITE the dialog repeats: bytes on the transaction's path. */
void tx_send_again(struct tx *t, struct slice bytes);

/* ---- both ---- */

void tx_set_user(struct tx *t, const struct tx_ops *ops, void *arg);

/* What the user of the layer keeps with a transaction until that is gone. */
void tx_set_mark(struct tx *t, void *mark);

/* The user's arg if its ops are these, else NULL. */
void *tx_user(const struct tx *t, const struct tx_ops *ops);

/*
 * The TU lets go: no further callback to it; the machine lives on as it must,
 * yet not for ever: an INVITE that rings has three minutes left, a server that
 * nobody can answer any more 64*T1.
 */
void tx_release(struct tx *t);

/* Ends at once, all timers stopped, no callback. */
void tx_terminate(struct tx *t);

/* Ends every transaction of one socket, whose last user is leaving; who still
 * holds one hears `terminated`. */
void tx_drop_socket(struct tx_layer *l, const struct net_socket *s);

enum tx_kind tx_kind(const struct tx *t);
enum tx_state tx_state(const struct tx *t);
/* The request, or NULL when reduced. Borrowed. */
struct message *tx_message(const struct tx *t);
struct net_socket *tx_socket(const struct tx *t);
/* Client: where requests go. Server: where responses go (RFC 3261 18.2.2 and
 * RFC 3581: received and rport). */
const struct addr *tx_peer(const struct tx *t);
const struct tx_timing *tx_timing(const struct tx *t);
void tx_set_timing(struct tx *t, const struct tx_timing *timing); /* server */

/* Requests and responses that belong to no transaction: the ACK of a 2xx, raw
 * bytes, stateless answers. */
int tx_send_raw(struct tx_layer *l, struct net_socket *s, const struct addr *to,
                struct slice bytes);

struct tx_counters {
    uint64_t created[4];    /* by enum tx_kind */
    uint64_t retransmitted; /* our requests, responses and ACKs sent again */
    uint64_t absorbed;      /* the peer's repeats */
    uint64_t timeouts;      /* B and F */
    uint64_t dropped;       /* bytes that went no further */
    uint64_t late;    /* responses that came when the user had let go already,
                         without a final one */
    size_t live;      /* now, not reduced */
    size_t lingering; /* now, reduced */
};
const struct tx_counters *tx_counters(const struct tx_layer *l);
/* Of a repeat that only the owner of the transaction can tell for one. */
void tx_count_absorbed(struct tx *t);

/* Watches states, for specs and traces: NULL takes it off. */
typedef void tx_watch_fn(void *arg, struct tx *t, enum tx_state from,
                         enum tx_state to);
void tx_layer_watch(struct tx_layer *l, tx_watch_fn *fn, void *arg);

#endif
