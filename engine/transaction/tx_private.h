/* SPDX-License-Identifier: MIT */
/*
 * What the files of the transaction layer share: the transaction itself, the
 * shape of a machine's table, and the few means by which its actions act.
 */
#ifndef SIPWRIGHT_TRANSACTION_TX_PRIVATE_H
#define SIPWRIGHT_TRANSACTION_TX_PRIVATE_H

#include "base/blocks.h"
#include "base/buf.h"
#include "base/hash.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "net/net.h"
#include "transaction/tx.h"

/* ---- the machines ---- */

/* What can happen to a client transaction. */
enum tx_client_event {
    CLIENT_1XX,
    CLIENT_2XX,
    CLIENT_FINAL,   /* 300-699 */
    CLIENT_REPEAT,  /* timer A of an INVITE, E of the others */
    CLIENT_TIMEOUT, /* timer B or F; C of a released INVITE */
    CLIENT_LINGER,  /* timer D or M of an INVITE, K of the others */
    CLIENT_ERROR,   /* the transport could not deliver */
    CLIENT_EVENTS
};

/* What can happen to a server transaction. */
enum tx_server_event {
    SERVER_REQUEST, /* the peer repeats its request */
    SERVER_ACK,
    SERVER_1XX, /* the TU answers */
    SERVER_2XX,
    SERVER_FINAL, /* 300-699 */
    SERVER_TIMER_G,
    SERVER_TIMER_H,
    SERVER_TIMER_I,
    SERVER_TIMER_J,
    SERVER_TIMER_L,
    SERVER_ERROR,
    SERVER_EVENTS
};

/* What an event brings along; the members that it has no use for are zero. */
struct tx_input {
    struct message *message; /* the response, ACK or repeat that came */
    struct slice bytes;      /* the response that the TU sends */
    int err;                 /* of enum err */
};

typedef void tx_action(struct tx *t, const struct tx_input *in);

/* One arrow of a drawing; without an action there is no such arrow. */
struct tx_cell {
    enum tx_state next;
    tx_action *action; /* runs in the next state */
};

struct tx_machine {
    enum tx_kind kind;
    enum tx_state first;
    const struct tx_cell *cells; /* TX_STATES rows of `events` cells */
    int events;
    int retry_event; /* what its retry timer means: A and E, or G */
    int error_event;
    /* Entered once its TU is gone: nothing may wait for that TU for ever. */
    void (*released)(struct tx *t);
};

extern const struct tx_machine tx_ict;
extern const struct tx_machine tx_nict;
extern const struct tx_machine tx_ist;
extern const struct tx_machine tx_nist;

/* ---- a transaction ---- */

/* What a transaction needs only until it is reduced. */
struct tx_live {
    struct message *request;
    struct timer retry; /* A, E or G */
    int64_t interval;   /* of the retry timer, as it was started last */
    bool no_retransmit;
    int send_error;      /* met inside a call of the TU, */
    struct loop_job job; /* which tells it later */
};

/* A To tag whose 2xx came, and the ACK that answers its repeats. */
struct tx_fork;

struct tx {
    struct hash_node node; /* in the layer's table */
    struct tx_layer *layer;
    const struct tx_machine *machine;
    const struct tx_ops *ops; /* NULL: nobody listens */
    void *arg;
    void *mark; /* see tx_set_mark() */
    struct net_socket *socket;
    struct addr peer;
    struct tx_timing timing;
    struct timer timer;   /* the one that ends something: all but A, E, G */
    struct tx_live *live; /* NULL: reduced */
    char *kept;           /* the ACK or response to repeat */
    uint32_t kept_n;
    uint32_t key_n;
    struct tx_fork *forks; /* ICT */
    uint16_t fork_count;
    uint16_t holds; /* callers further up the stack who still look at it */
    uint8_t state;
    uint8_t timer_event; /* what `timer` means */
    bool reliable;       /* of the transport */
    bool released;
    bool no_ack; /* ICT: of a 3xx to 6xx */
    bool over;   /* terminated, and nothing is left to tell */
    char key[];
};

struct tx_layer {
    struct loop *loop;
    struct net *net;
    const struct tx_layer_ops *ops;
    void *arg;
    struct hash table; /* of transactions */
    struct hash acks;  /* of the ACKs of 2xx, see forks.c */
    uint64_t seed;     /* of the hash: peers choose branches, not collisions */
    struct buf key;    /* scratch, for the key that is looked up */
    uint64_t key_hash; /* its hash */
    struct buf text;   /* scratch, for the ACK that is rendered */
    struct blocks blocks; /* of transactions, their parts and forks */
    struct tx_counters counters;
    tx_watch_fn *watch;
    void *watch_arg;
    bool assume_reliable; /* for specs: take UDP for a reliable transport */
};

/* ---- life.c: birth, steps, reduction, end ---- */

/* With the key that is in layer->key. `request` gets a reference. */
struct tx *tx_new(struct tx_layer *l, const struct tx_machine *machine,
                  struct net_socket *s, struct message *request);

/* Takes the arrow of `event`; false where the machine has none. */
bool tx_step(struct tx *t, int event, const struct tx_input *in);

/* While held a transaction may end, but its memory stays. */
void tx_hold(struct tx *t);
void tx_drop(struct tx *t);

void tx_enter(struct tx *t, enum tx_state next);
void tx_end(struct tx *t);     /* at once; its user hears of it */
void tx_discard(struct tx *t); /* frees at once, tells nobody */

/* ---- act.c: what actions do ---- */

void tx_send(struct tx *t, struct slice bytes);
void tx_keep(struct tx *t, struct slice bytes);
void tx_send_kept(
    struct tx *t); /* again, counted; nothing kept, nothing sent */
void tx_absorb(struct tx *t, const struct tx_input *in);
void tx_nothing(struct tx *t, const struct tx_input *in);

/* The one timer that ends something; `event` when it fires. */
void tx_wait(struct tx *t, int event, int64_t delay);
/* A timer that is zero over a reliable transport: D, I, J, K. */
void tx_linger(struct tx *t, int event, int64_t delay);
/* The retry timer: A, E or G; not over a reliable transport. */
void tx_retry_after(struct tx *t, int64_t interval);
void tx_retry_stop(struct tx *t);

/* Actions that more than one machine takes. */
void tx_tell_response(struct tx *t, const struct tx_input *in);
void tx_tell_failed(struct tx *t, enum tx_cause cause, int err);
void tx_tell_transport(struct tx *t, const struct tx_input *in);
void tx_answer(struct tx *t, const struct tx_input *in); /* keep and send */
void tx_answer_again(struct tx *t, const struct tx_input *in);

static inline int64_t tx_64_t1(const struct tx *t)
{
    return 64 * t->timing.t1;
}

static inline bool tx_is_client(const struct tx *t)
{
    return t->machine->kind == TX_ICT || t->machine->kind == TX_NICT;
}

/* ---- forks.c: the 2xx of one INVITE, by To tag ---- */

enum tx_fork_news { TX_FORK_NEW, TX_FORK_REPEAT, TX_FORK_TOO_MANY };

/* Notes a 2xx, and sends the ACK of a repeat if there is one. */
enum tx_fork_news tx_fork_note(struct tx *t, struct slice tag);
int tx_fork_ack(struct tx *t, struct slice tag, struct slice ack,
                const struct addr *to);
/* The transaction whose ACK of a 2xx begins like these bytes. */
struct tx *tx_fork_find(const struct tx_layer *l, struct slice quoted);
/* Forgets those without an ACK: their repeats are news to the next in line. */
void tx_forks_forget(struct tx *t);
void tx_forks_free(struct tx *t);

/* ---- table.c: keys and matching. A key is made in layer->key. ---- */

/* RFC 3261 17.1.3; the method is a CSeq's. */
void tx_key_client(struct tx_layer *l, const struct wire_via *via,
                   struct slice method);
/* RFC 3261 17.2.3. */
void tx_key_server(struct tx_layer *l, const struct wire_message *w,
                   struct slice method);
struct tx *tx_find(const struct tx_layer *l);
/* The INVITE server transaction that an ACK means. */
struct tx *tx_find_invite(struct tx_layer *l, const struct wire_message *w);
/* The server transaction that a CANCEL means. */
struct tx *tx_find_cancelled(struct tx_layer *l, const struct wire_message *w);

/* ---- dispatch.c and failure.c: what net tells ---- */

void tx_received(void *arg, struct net_socket *s, const char *bytes, size_t n,
                 const struct addr *from, int64_t at);
void tx_net_failed(void *arg, struct net_socket *s, const struct addr *to,
                   int err, struct slice quoted);
void tx_drop_bytes(struct tx_layer *l, struct net_socket *s, const char *reason,
                   struct slice bytes, const struct addr *from);

#endif
