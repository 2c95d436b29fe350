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
}

void owner_take(struct owner *o, struct request *r)
{
    r->owner = o;
    list_unlink(&r->owner_link);
    if (r->in_flight)
        list_append(&o->requests, &r->owner_link);
    else
        r->owner = NULL;
}

void owner_take_incoming(struct owner *o, struct incoming *in)
{
    in->owner = o;
    if (o && in->session)
        owner_take_session(o, in->session);
}

void owner_take_session(struct owner *o, struct session *s)
{
    s->owner = o;
    list_unlink(&s->owner_link);
    if (s->state != SESSION_ENDED)
        list_append(&o->sessions, &s->owner_link);
}

static void end_request(struct request *r)
{
    struct request *cancel;

    list_unlink(&r->owner_link);
    r->owner = NULL;
    if (r->state == REQUEST_DONE)
        return; /* it only waits to be settled */
    if (r->kind->id != METHOD_INVITE ||
        request_cancel(r, &cancel, &request_plain) != ERR_NONE)
        request_dispose(r);
}

static void end_session(struct session *s)
{
    struct request *bye;
    char why[160];

    list_unlink(&s->owner_link);
    s->owner = NULL;
    if (s->state != SESSION_ENDING &&
        session_bye(s, &bye, &request_plain, NULL, NULL, why) == ERR_NONE)
        request_unref(bye);
}

/* A BYE under way counts as ended already: its answer is the engine's care. */
size_t owner_close(struct owner *o)
{
    struct list *node;
    size_t left = 0;

    while ((node = list_first(&o->requests))) {
        struct request *r = container_of(node, struct request, owner_link);

        left += r->state != REQUEST_DONE && r->kind->id != METHOD_BYE;
        end_request(r);
    }
    while ((node = list_first(&o->sessions))) {
        struct session *s = container_of(node, struct session, owner_link);

        left += s->state != SESSION_ENDING;
        end_session(s);
    }
    return left;
}
