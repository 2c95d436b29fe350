/* SPDX-License-Identifier: MIT */
/*
 * What stands on a dialog (RFC 5057): a session, or one of any number of
 * subscriptions. A usage knows its agent, its dialog and the credentials of the
 * request that began it; the dialog ends with its last usage.
 */
#ifndef SIPWRIGHT_AGENT_USAGE_H
#define SIPWRIGHT_AGENT_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "message/message.h"

struct dialog;
struct incoming;
struct owner;
struct request;
struct request_event;
struct ua;
struct usage;

/* The members are called by this module alone; none may be NULL. */
struct usage_type {
    const char *name; /* "session" */
    /* Is this request, which came in the dialog, for this very usage? */
    bool (*takes)(const struct usage *u, const struct message *m);
    /* It came; its CSeq is in order. */
    void (*incoming)(struct usage *u, struct incoming *in);
    /* A request of ours on this usage has its outcome, which has been told. */
    void (*outcome)(struct usage *u, struct request *r,
                    const struct request_event *e);
    /* Silent end. */
    void (*dispose)(struct usage *u);
    /* Left open by its owner: ends it the polite way; how many were open. */
    size_t (*end)(struct usage *u);
    /* The last reference is gone: frees what is its own, not the usage. */
    void (*fini)(struct usage *u);
    size_t size; /* of the struct that a usage is the first member of */
};

/* The first member of a session, a subscription. */
struct usage {
    const struct usage_type *type;
    uint32_t refs;
    bool alive; /* the engine's reference is held */
    bool over;
    struct ua *ua;
    struct dialog *dialog;         /* counted */
    char *username, *password;     /* NULL: the agent's */
    struct list dialog_link, link; /* in the dialog's list, in ua->usages */
    struct list requests;          /* ours on it that have no outcome */
    struct owner *owner;
    struct list owner_link;
};

/*
 * Makes the struct of that type, zeroed but for its usage, which takes over the
 * caller's reference of the dialog. The one reference there is the engine's.
 */
void *usage_new(const struct usage_type *type, struct ua *ua, struct dialog *d);

struct usage *usage_ref(struct usage *u);
void usage_unref(struct usage *u); /* NULL-safe */

/* It is over: out of every list, and if it was the dialog's last, out of the
 * dialog table. The engine's reference stays until usage_let_go(). */
void usage_stop(struct usage *u);
void usage_let_go(struct usage *u);

/* Of the dialog's usages the one that a request is for; NULL: there is none. */
struct usage *usage_of_request(struct dialog *d, const struct message *m);
/* The dialog's usage of that type; NULL: there is none. */
struct usage *usage_find(struct dialog *d, const struct usage_type *type);

struct ua *usage_ua(const struct usage *u);
struct dialog *usage_dialog(const struct usage *u);

/* The credentials of a request or of another usage; copies. */
void usage_set_credentials(struct usage *u, const char *username,
                           const char *password);

#endif
