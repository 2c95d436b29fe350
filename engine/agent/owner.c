/* SPDX-License-Identifier: MIT */
/* What a load call leaves open is ended here. */
#include "agent/owner.h"

#include "agent/agent_private.h"
#include "base/err.h"
#include "base/mem.h"

void owner_init(struct owner *o)
{
    list_init(&o->requests);
    list_init(&o->sessions);
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
        owner_take_session(o, container_of(node, struct session, request_link));
}

void owner_take_incoming(struct owner *o, struct incoming *in)
{
    list_unlink(&in->owner_link);
    in->owner = NULL;
    if (o && in->alive) {
        in->owner = o;
        list_append(&o->incoming, &in->owner_link);
    }
    if (in->session && !in->in_dialog)
        owner_take_session(o, in->session);
}

void owner_take_session(struct owner *o, struct session *s)
{
    list_unlink(&s->owner_link);
    s->owner = NULL;
    if (!o || s->state == SESSION_ENDED)
        return;
    s->owner = o;
    list_append(&o->sessions, &s->owner_link);
}

/* A request that only waits to be settled is not left open; of a BYE under way
 * the answer is the engine's care. */
static size_t end_request(struct request *r)
{
    struct request_options plain = request_plain;
    struct request *cancel;

    list_unlink(&r->owner_link);
    r->owner = NULL;
    if (r->state == REQUEST_DONE || r->kind->id == METHOD_BYE)
        return 0;
    r->abandoned = true;
    plain.automatic = r->automatic;
    if (request_cancel(r, &cancel, &plain) != ERR_NONE)
        request_dispose(r);
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

/* An early one of ours goes with the CANCEL of its INVITE. A callee ends a
 * session when it has its ACK, or gives up waiting for that (15). */
static size_t end_session(struct session *s)
{
    list_unlink(&s->owner_link);
    s->owner = NULL;
    if (s->state == SESSION_EARLY || s->state == SESSION_ENDING)
        return 0;
    if (repeat_running(&s->repeat)) {
        s->bye_wanted = true;
        return 1;
    }
    session_end(s);
    return 1;
}

void owner_forget(struct owner *o)
{
    struct list *node;

    while ((node = list_first(&o->requests)))
        owner_take(NULL, container_of(node, struct request, owner_link));
    while ((node = list_first(&o->incoming)))
        owner_take_incoming(NULL,
                            container_of(node, struct incoming, owner_link));
    while ((node = list_first(&o->sessions)))
        owner_take_session(NULL,
                           container_of(node, struct session, owner_link));
}

size_t owner_close(struct owner *o)
{
    struct list *node;
    size_t left = 0;

    while ((node = list_first(&o->requests)))
        left += end_request(container_of(node, struct request, owner_link));
    while ((node = list_first(&o->incoming)))
        left += end_incoming(container_of(node, struct incoming, owner_link));
    while ((node = list_first(&o->sessions)))
        left += end_session(container_of(node, struct session, owner_link));
    return left;
}
