/* SPDX-License-Identifier: MIT */
/* OutgoingPublishRequest: event state, known by its entity tag (RFC 3903). */
#include "agent/refresh.h"
#include "agent/request_private.h"
#include "base/err.h"

static int prepare(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160])
{
    const struct softstate_key key = { .method = SLICE("PUBLISH"),
                                       .scope = o->scope,
                                       .uri = o->uri,
                                       .what = o->event };
    struct slice etag;

    (void)why;
    if (r->usage) /* an oddity */
        return ERR_NONE;
    r->softstate = softstate_take(&r->ua->softstates, &key);
    etag = slice_present(o->etag) ? o->etag : r->softstate->etag;
    if (etag.n)
        compose_own(own, o, "SIP-If-Match", etag);
    return ERR_NONE;
}

static bool removes(const struct message *m)
{
    uint32_t seconds;

    return refresh_expires(m, &seconds) && seconds == 0;
}

static void sent(struct request *r)
{
    if (r->softstate && removes(r->message))
        refresh_stop_others(r, NULL);
}

/* 4.1: a new tag with each 2xx; none of what is gone. */
static void accepted(struct request *r)
{
    bool gone = removes(r->message);
    uint32_t seconds;

    softstate_set_etag(
        r->softstate, gone ? slice_of(NULL, 0)
                           : message_header(r->accepted, SLICE("SIP-ETag"), 0));
    refresh_stop_others(r, NULL);
    if (gone && r->softstate->scoped)
        softstate_forget(&r->ua->softstates, r->softstate);
    if ((r->automatic & auto_bit(AUTO_REFRESH)) &&
        slice_present(r->softstate->etag) &&
        (refresh_expires(r->accepted, &seconds) ||
         refresh_expires(r->message, &seconds)) &&
        seconds)
        refresh_start(r, seconds);
    else
        refresh_end(r);
}

/* The server does not know the tag any more: the next one begins anew. Not
 * when another request has brought a newer tag meanwhile. */
static void responded(struct request *r, struct request_event *e)
{
    struct slice used = message_header(r->message, SLICE("SIP-If-Match"), 0);

    if (request_accept(r, e))
        accepted(r);
    else if (e->status == 412 && r->softstate && slice_present(used) &&
             slice_eq(used, r->softstate->etag))
        softstate_set_etag(r->softstate, slice_of(NULL, 0));
}

const struct request_kind kind_publish = {
    .type = "OutgoingPublishRequest",
    .method = "PUBLISH",
    .id = METHOD_PUBLISH,
    .prepare = prepare,
    .sent = sent,
    .responded = responded,
};
