/* SPDX-License-Identifier: MIT */
/* What may be read of an outgoing request. */
#include "agent/request_private.h"

const struct request_options request_plain = { .automatic = AUTO_USUAL };

const char *request_state_name(enum request_state s)
{
    static const char *const names[] = { "trying", "proceeding", "done",
                                         "disposed" };

    return names[s];
}

enum request_state request_state(const struct request *r)
{
    return r->left ? REQUEST_DISPOSED : r->state;
}

bool request_lingers(const struct request *r)
{
    return r->tx != NULL;
}

bool request_may_fork(const struct request *r)
{
    return r->tx && !r->usage && r->kind->id == METHOD_INVITE &&
           tx_state(r->tx) == TX_ACCEPTED;
}

bool request_ends_forks(const struct request *r)
{
    return r->automatic & auto_bit(AUTO_FORK_BYE);
}

const struct request_kind *request_kind(const struct request *r)
{
    return r->kind;
}

struct slice request_method(const struct request *r)
{
    if (r->kind->method)
        return slice_str(r->kind->method);
    return r->message ? r->message->w.method_name : SLICE("");
}

struct message *request_message(const struct request *r)
{
    return r->attempts ? r->message : NULL;
}

struct usage *request_usage(const struct request *r)
{
    return r->usage;
}

bool request_cancelled(const struct request *r)
{
    return r->cancel_wanted;
}

bool request_open(const struct request *r)
{
    return r->in_flight;
}

int64_t request_started(const struct request *r)
{
    return r->started;
}

int64_t request_intended(const struct request *r)
{
    return r->intended;
}

unsigned request_attempts(const struct request *r)
{
    return r->attempts;
}

struct message *request_accepted(const struct request *r)
{
    return r->accepted;
}

void request_set_ops(struct request *r, const struct request_ops *ops,
                     void *arg)
{
    r->ops = ops;
    r->arg = arg;
}
