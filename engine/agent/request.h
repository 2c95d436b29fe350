/* SPDX-License-Identifier: MIT */
/*
 * OutgoingRequest: one request from its first byte to its outcome, across the
 * retries that authentication asks for. There is exactly one outcome: a final
 * response, real or synthetic (408 after timer B or F, 503 when it could not
 * be sent), or it was disposed of before.
 */
#ifndef SIPWRIGHT_AGENT_REQUEST_H
#define SIPWRIGHT_AGENT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/reliable.h"
#include "agent/session_timer.h"
#include "base/buf.h"
#include "base/slice.h"
#include "message/edits.h"
#include "message/message.h"
#include "transaction/tx.h"

struct incoming;
struct request;
struct request_event;
struct request_options;
struct session;
struct subscription;
struct ua;
struct usage;

/*
 * A kind of request is data, one row in kinds.c, and where that is not enough
 * a few hooks in a file of its own. Any hook may be NULL.
 */
struct request_kind {
    const char *type;   /* "OutgoingInviteRequest": the Lua type */
    const char *method; /* NULL: any, given by the caller */
    enum method id;
    bool contact;          /* carries a Contact */
    const char *body_type; /* of a body given as plain text */
    /* Before the first attempt: adds its own header lines to `own` with
     * compose_own(), checks its options. *why says what is wrong. */
    int (*prepare)(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160]);
    /* The first attempt is on its way. */
    void (*sent)(struct request *r);
    /* Another one is. */
    void (*resent)(struct request *r);
    /* A response that is about to be told; may complete the event. */
    void (*responded)(struct request *r, struct request_event *e);
    /* Silence from now on, also at the end of every life: frees r->extra. Is
     * called once or more. */
    void (*disposed)(struct request *r);
};

extern const struct request_kind kind_request; /* OPTIONS, anything */
extern const struct request_kind kind_invite, kind_cancel, kind_bye,
    kind_register, kind_message, kind_info, kind_notify, kind_prack,
    kind_publish, kind_refer, kind_subscribe, kind_update;
/* All of them, NULL-terminated: for the bindings. */
extern const struct request_kind *const request_kinds[];
/* The kind of a method; kind_request where there is none of its own. */
const struct request_kind *request_kind_of(struct slice method);

enum request_state {
    REQUEST_TRYING,     /* no response yet */
    REQUEST_PROCEEDING, /* a 1xx came */
    REQUEST_DONE,       /* has its outcome */
    REQUEST_DISPOSED
};
const char *request_state_name(enum request_state s);

/* How it differs from what the engine would send. All views are borrowed for
 * the call; zero is "as usual". */
struct request_options {
    struct slice method;      /* for kind_request */
    struct slice uri;         /* target URI; the registrar's for REGISTER */
    struct slice request_uri; /* in the request line instead of it */
    struct slice from, to, contact, via, call_id; /* whole values */
    struct slice route; /* one Route value; present and empty: none */
    uint32_t cseq;      /* where cseq_given; else the next one */
    bool cseq_given;
    const struct slice *lines; /* extra header lines, "Name: value" */
    size_t line_count;
    struct slice body, content_type, content_disposition;
    struct slice username, password;
    unsigned auth_retries; /* challenges answered; 0: as the agent */
    struct slice expires;  /* seconds; as text, that may be anything */
    struct slice event;    /* package, and ;id=: SUBSCRIBE, NOTIFY, PUBLISH */
    struct slice refer_to; /* whole value */
    struct slice replaces; /* likewise (RFC 3891) */
    /* NOTIFY: of its Subscription-State, where `expires` belongs too. */
    struct slice state, reason, retry_after;
    struct slice rack;            /* PRACK: the RAck; absent: the latest's */
    enum reliable reliable;       /* INVITE */
    const struct slice *contacts; /* whole values, instead of `contact` */
    size_t contact_count;
    struct slice etag; /* PUBLISH: the entity tag; empty: none */
    bool path;         /* REGISTER: Supported: path (RFC 3327) */
    uint64_t scope;    /* whose registration or publication it is; 0: the
                          agent's */
    struct session_timer_options timer;
    struct header_edits edits;
    struct slice raw; /* these bytes instead of everything */
    /* Changes the text at the last moment; false keeps it as it was. */
    bool (*edit)(void *arg, struct buf *text);
    void *edit_arg;
    struct tx_timing timing; /* zero: the agent's */
    uint32_t automatic;      /* the agent's, changed */
    int64_t intended;        /* loop time when it should have begun; 0: now */
    bool force; /* INVITE: while its session has one pending; CANCEL: at once,
                   of any method, and once more if need be */
    /* Of a CANCEL alone. */
    bool bye_crossed; /* a 2xx that crosses it is ended */
};

/* One response, or the synthetic one. */
struct request_event {
    int status;
    struct slice reason;
    struct message *message; /* NULL: synthetic */
    bool synthetic;
    const char *cause;       /* "timeout:B", "timeout:F", "transport:refused",
                                "cancel-guard" …; NULL for a real one */
    struct session *session; /* of a 1xx with To tag, or a 2xx, to INVITE */
    uint32_t problems;       /* see problems.h */
    bool fork;               /* a further 2xx, after the outcome */
    bool refresh;            /* of the same request, sent again by itself */
    bool cancelled;          /* the request had been, when it came */
    int64_t at;              /* loop time */
};

struct request_ops {
    /* A response, or the outcome. Afterwards the receiver calls
     * request_settle() when its own code has seen it. */
    void (*event)(void *arg, struct request *r, const struct request_event *e);
    /* Trouble after the outcome: the ACK could not be sent … */
    void (*error)(void *arg, struct request *r, int err, const char *what);
    /* It was disposed of, by whomever: nothing more comes. */
    void (*disposed)(void *arg, struct request *r);
    /* The engine needs it no longer: a further 2xx is ended in silence. And
     * again when its transaction is over: not even trouble comes any more. */
    void (*gone)(void *arg, struct request *r);
    /*
     * A challenge to answer by hand: writes whole header lines, and does
     * nothing else. ERR_NOT_FOUND: leaves it to the credentials, like NULL;
     * another error: it is not answered.
     */
    int (*challenged)(void *arg, struct request *r, struct message *response,
                      struct buf *lines);
    /* It has made a subscription, whose first NOTIFY comes next. */
    void (*subscribed)(void *arg, struct request *r, struct subscription *s);
    /* No NOTIFY came within 64*T1: Timer N. */
    void (*notify_timeout)(void *arg, struct request *r);
};

/*
 * Makes and sends. Never calls back before it returns. The result holds one
 * reference of the caller's; the engine holds another until the outcome has
 * been settled. Errors: ERR_ARGUMENT (a URI that can't be read, raw bytes that
 * are no message), ERR_NO_ADDRESS (host not resolvable), ERR_STATE (closed
 * agent, ended dialog), ERR_PENDING (an INVITE where one is under way),
 * ERR_UNSUPPORTED (transport); *why says more.
 */
int request_new(struct request **out, struct ua *ua,
                const struct request_kind *kind,
                const struct request_options *options,
                const struct request_ops *ops, void *arg, char why[160]);

/* The same inside a dialog. */
int request_new_in_dialog(struct request **out, struct usage *usage,
                          const struct request_kind *kind,
                          const struct request_options *options,
                          const struct request_ops *ops, void *arg,
                          char why[160]);

struct request *request_ref(struct request *r);
void request_unref(struct request *r); /* the last one disposes */

/*
 * The engine's own part after an event: PRACK and ACK where the script sent
 * none, BYE to a losing fork; lets go of a request whose outcome is in.
 */
void request_settle(struct request *r, const struct request_event *e);

/*
 * Cancels an INVITE (9.1): at once if a provisional response came, else as
 * soon as one comes. Returns the CANCEL's request in *out (borrowed: it
 * belongs to the cancelled one), the same one every time; with `force` it goes
 * out at once, or a copy of it. ERR_STATE when the outcome is in,
 * ERR_DISPOSED, ERR_UNSUPPORTED when the method is not INVITE. A CANCEL that
 * has not been sent yet has no message. options: lines, edits, raw, edit,
 * force, bye_crossed.
 */
int request_cancel(struct request *r, struct request **out,
                   const struct request_options *options);

/*
 * The ACK of a 3xx to 6xx, made as the transaction would make it and changed
 * by the options (lines, edits, raw, edit): sent, and sent again with each
 * repeat of the response. ERR_STATE where there is no such transaction.
 */
int request_ack(struct request *r, const struct message *response,
                const struct request_options *options);

/* Silent from here on; idempotent, legal in any callback. */
void request_dispose(struct request *r);

/*
 * Silent for its user just so, yet it ends on the wire, too: an INVITE without
 * outcome is cancelled, a 2xx that comes nevertheless gets ACK and BYE. `bye`:
 * so do the sessions that it has made already.
 */
void request_leave(struct request *r, bool bye);

/* Its transaction is there: errors may still come. */
bool request_lingers(const struct request *r);
/* It has been accepted, yet others may accept it, too. */
bool request_may_fork(const struct request *r);
bool request_ends_forks(const struct request *r); /* the switch */

enum request_state request_state(const struct request *r);
const struct request_kind *request_kind(const struct request *r);
struct slice request_method(const struct request *r);
struct message *request_message(const struct request *r); /* latest attempt */
/* What it was sent on, inside a dialog; else NULL. */
struct usage *request_usage(const struct request *r);
bool request_cancelled(const struct request *r);
/* `gone` is still to come: it has no outcome yet, or early sessions that may
 * still be answered with a 2xx. */
bool request_open(const struct request *r);
int64_t request_started(const struct request *r); /* first byte, loop time */
int64_t request_intended(const struct request *r);
unsigned request_attempts(const struct request *r); /* 1 without auth */
/* Of a REGISTER or PUBLISH the latest 2xx, of its refreshes too; else NULL. */
struct message *request_accepted(const struct request *r);
void request_set_ops(struct request *r, const struct request_ops *ops,
                     void *arg);
/* The index-th of the sessions, early and confirmed, that its responses made;
 * of one inside a dialog just that one. NULL: no more. Borrowed. */
struct session *request_session(const struct request *r, size_t index);

/* Does it wait for NOTIFYs, or has it subscriptions that are not over? */
bool request_listens(const struct request *r);
/* The index-th (from 0) subscription that it has made, over or not; NULL: there
 * is none. Borrowed. */
struct subscription *request_subscription(const struct request *r,
                                          size_t index);

/* The early session of a provisional response with a To tag: made when asked
 * for. NULL where there is none. Borrowed. */
struct session *request_early_session(struct request *r, struct message *m);

#endif
