/* SPDX-License-Identifier: MIT */
/* The structs that the files of this module share. */
#ifndef SIPWRIGHT_AGENT_PRIVATE_H
#define SIPWRIGHT_AGENT_PRIVATE_H

#include "agent/compose.h"
#include "agent/engine.h"
#include "agent/glare.h"
#include "agent/incoming.h"
#include "agent/offer.h"
#include "agent/owner.h"
#include "agent/problems.h"
#include "agent/reliable.h"
#include "agent/replaces.h"
#include "agent/reply.h"
#include "agent/request.h"
#include "agent/request_later.h"
#include "agent/session.h"
#include "agent/session_observe.h"
#include "agent/session_timer.h"
#include "agent/softstate.h"
#include "agent/ua.h"
#include "agent/usage.h"
#include "auth/client.h"
#include "auth/digest.h"
#include "base/blocks.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/rng.h"
#include "dialog/dialog.h"
#include "dialog/repeat.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "net/net.h"
#include "resolver/resolver.h"
#include "transaction/tx.h"

enum {
    TAG_LENGTH = 10,
    TOKEN_LENGTH = 16,
    RUN_ID_MAX = 16,
    ID_MAX = RUN_ID_MAX + 1 + TOKEN_LENGTH,
    ROUTES_MAX = 16 /* of a Service-Route */
};

/* The made-up values of a request until it is rendered. */
struct compose_parts {
    struct buf via, from, to, route, credentials, contact;
    struct buf own;         /* of an answer */
    const struct addr *hop; /* where it goes first */
    char id[ID_MAX];
};

/* Where requests went: most of an agent's go to few places. */
enum { HOPS = 2, HOP_TEXT = 110 };
struct hop {
    struct addr to;
    uint8_t n; /* 0: none */
    char uri[HOP_TEXT];
};

struct engine {
    uint32_t refs; /* the owner's, and one of each agent */
    struct loop *loop;
    struct tx_layer *tx;
    struct dialog_table *dialogs;
    struct digest *digest;
    struct resolver *resolver;
    struct rng rng;
    char run_id[RUN_ID_MAX + 1];
    struct list agents;
    struct buf scratch; /* text being rendered; never held over a callback */
    struct compose_parts parts; /* likewise */
    struct blocks blocks;       /* of requests and usages */
    struct hash merged;         /* see merged.c */
    uint64_t merged_seeds[2];
    struct hash waits; /* of requests for NOTIFYs */
    size_t requests, incoming, sessions, subscriptions; /* alive */
    size_t agent_count;
    struct ended_dialogs ended;
    uint64_t drops;
    engine_drop_fn *on_drop;
    void *drop_arg;
};

/* Agents of one socket: found by user, else the first. */
struct endpoint {
    struct net_socket *socket;
    struct list agents;
    struct hash by_user;
};

struct ua {
    uint32_t refs;
    bool closed;
    struct engine *engine;
    struct endpoint *endpoint;
    struct list engine_link, endpoint_link;
    struct hash_node user_node;
    struct addr local; /* bound; stays when it is closed */
    struct buf text;   /* holds the views below */
    struct slice uri, user, from, contact, username, password, proxy;
    struct slice user_agent, server; /* lines of requests, of responses */
    struct slice sent_by;            /* host:port of Via */
    bool proxy_route; /* the proxy has lr: requests carry it as a Route */
    struct addr proxy_addr;
    struct hop hops[HOPS];
    unsigned next_hop; /* which of them gives way */
    struct tx_timing timing;
    uint32_t automatic;
    uint32_t min_se;
    int64_t hold;
    struct auth_cache *auth;
    struct buf service_route; /* ready "Route: …\r\n" lines */
    struct softstates softstates;
    unsigned auth_retries;
    struct net_edit edit; /* while there is one */
    struct list requests, usages, incoming;
    /* The engine needs them no longer, yet they know a transaction. */
    struct list settled, answered;
    const struct ua_ops *ops;
    void *arg;
};

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
extern const struct request_options request_plain;
extern const struct response_options response_plain;

/* ---- engine.c ---- */
void engine_unref(struct engine *e);
void engine_drop(struct engine *e, const char *reason, struct slice bytes,
                 const struct addr *from);
/* run id, then n random characters; returns the length, no NUL. */
size_t engine_token(struct engine *e, char out[ID_MAX], size_t n);

/* ---- endpoint.c ---- */
int endpoint_join(struct ua *ua, const struct addr *local,
                  enum net_protocol protocol, bool private_socket);
void endpoint_leave(struct ua *ua);
/* Whom a request is for: by user, else the first. NULL: nobody is there. */
struct ua *endpoint_find(struct net_socket *s, struct slice request_uri);
/* Whose request has this URI in From: by user, else the only one; NULL where
 * that cannot be told. */
struct ua *endpoint_sender(struct net_socket *s, struct slice from_uri);

/* ---- ua_identity.c ---- */
/* Everything that is text, in one buffer. ERR_ARGUMENT: the URI. */
int ua_identify(struct ua *ua, const struct ua_options *o);

/* ---- reception.c ---- */
extern const struct tx_layer_ops reception_ops;

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

/* ---- owner.c ---- */
void owner_take_usage(struct owner *o, struct usage *u);

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

/* ---- supported.c ---- */
/* Do these, and their 2xx, carry a Supported? */
bool supported_by(enum method m);
/* "100rel, timer": of the switches that are on; nothing where none is. */
void supported_tags(struct buf *out, uint32_t automatic);
/* The line, for a request. */
void supported_own(struct buf *own, const struct request_kind *kind,
                   const struct request_options *o);

/* ---- reliable_uac.c ---- */
enum reliable_news {
    RELIABLE_NOT,   /* not sent reliably */
    RELIABLE_NEXT,  /* the next in order */
    RELIABLE_AGAIN, /* the latest once more */
    RELIABLE_ODD    /* out of order: has its problem now */
};
/* `hash`: of the response's bytes. */
enum reliable_news reliable_judge(struct request_event *e, uint64_t hash);
/* The RAck of the latest that waits for its PRACK; its length, 0: none does. */
size_t heard_rack(const struct heard *h, char out[RACK_TEXT]);
/* This PRACK has been sent. */
void heard_pracked(struct heard *h, const struct message *prack);
/* The engine's PRACK, if the script sent none. */
int reliable_settle(struct request *r, const struct request_event *e);

/* ---- reliable_uas.c ---- */
/* Is this answer to be reliable? `given`: what the script says. */
bool reliable_wanted(const struct incoming *in, int status,
                     enum reliable given);
uint32_t reliable_next_rseq(const struct incoming *in);
/* A reliable answer gets the number that is in its text. */
void reliable_number(struct incoming *in, struct answer *a);
/* One is before it that has had no PRACK. Then it is held until that came;
 * ERR_STATE behind a 2xx that is held. */
bool reliable_holds(const struct incoming *in, const struct answer *a);
int reliable_hold(struct incoming *in, const struct answer *a);
/* It went out: repeats begin. */
void reliable_sent(struct incoming *in, const struct answer *a);
/* Finds what it acknowledges. */
void reliable_prack_came(struct session *s, struct incoming *prack);
/* An INVITE or a PRACK is answered, or gone. */
void reliable_let_go(const struct incoming *in);
void reliable_free(struct session *s);

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
extern const char default_allow[]; /* the methods */
extern const char default_allow_line[];

#endif
