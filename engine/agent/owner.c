/* SPDX-License-Identifier: MIT */
/* What a load call leaves open is ended here. */
#include "agent/owner.h"

#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"

void owner_init(struct owner *o)
{
    list_init(&o->requests);
    list_init(&o->usages);
    list_init(&o->incoming);
}

void owner_take(struct owner *o, struct request *r)
{
    list_unlink(&r->owner_link);
    r->owner = NULL;
    if (!o || !r->in_flight)
        return;
    r->owner = o;
    list_append(&o->requests, &r->owner_link);
    list_each (node, &r->sessions)
        owner_take_usage(
            o, &container_of(node, struct session, request_link)->usage);
    list_each (node, &r->subscriptions)
        owner_take_usage(
            o, &container_of(node, struct subscription, request_link)->usage);
}

void owner_take_incoming(struct owner *o, struct incoming *in)
{
    list_unlink(&in->owner_link);
    in->owner = NULL;
    if (o && in->alive) {
        in->owner = o;
        list_append(&o->incoming, &in->owner_link);
    }
    if (in->usage && !in->in_dialog)
        owner_take_usage(o, in->usage);
    if (in->made)
        owner_take_usage(o, in->made);
}

void owner_take_usage(struct owner *o, struct usage *u)
{
    list_unlink(&u->owner_link);
    u->owner = NULL;
    if (!o || u->over)
        return;
    u->owner = o;
    list_append(&o->usages, &u->owner_link);
}

/* Subscriptions that it has made count for themselves; the NOTIFY of one that
 * it has not made yet gets a 481, which ends that. */
static size_t end_wait(struct request *r)
{
    bool none = list_empty(&r->subscriptions);

    request_dispose(r);
    return none ? 1 : 0;
}

/* A request that only waits to be settled is not left open; of a BYE under way
 * the answer is the engine's care. */
static size_t end_request(struct request *r)
{
    list_unlink(&r->owner_link);
    r->owner = NULL;
    if (r->refresh) {
        refresh_stop(r); /* may be the end of it */
        return 0;
    }
    if (r->waits && r->state == REQUEST_DONE)
        return end_wait(r);
    if (r->state == REQUEST_DONE || r->kind->id == METHOD_BYE)
        return 0;
    request_abandon(r);
    return 1;
}

/* An INVITE for which the default answer is due has it coming. */
static size_t end_incoming(struct incoming *in)
{
    bool rings = in->message->w.method == METHOD_INVITE && !in->in_dialog &&
                 !timer_running(&in->hold);

    list_unlink(&in->owner_link);
    in->owner = NULL;
    if (!rings || incoming_reply(in, 480, &response_plain) != ERR_NONE)
        return 0;
    return 1;
}

static size_t end_usage(struct usage *u)
{
    list_unlink(&u->owner_link);
    u->owner = NULL;
    return u->type->end(u);
}

void owner_forget(struct owner *o)
{
    struct list *node;

    while ((node = list_first(&o->requests)))
        owner_take(NULL, container_of(node, struct request, owner_link));
    while ((node = list_first(&o->incoming)))
        owner_take_incoming(NULL,
                            container_of(node, struct incoming, owner_link));
    while ((node = list_first(&o->usages)))
        owner_take_usage(NULL, container_of(node, struct usage, owner_link));
}

size_t owner_close(struct owner *o)
{
    struct list *node;
    size_t left = 0;

    while ((node = list_first(&o->requests)))
        left += end_request(container_of(node, struct request, owner_link));
    while ((node = list_first(&o->incoming)))
        left += end_incoming(container_of(node, struct incoming, owner_link));
    while ((node = list_first(&o->usages)))
        left += end_usage(container_of(node, struct usage, owner_link));
    return left;
}
