/* SPDX-License-Identifier: MIT */
/* OutgoingSubscribeRequest: what makes subscriptions, or renews one. */
#include "agent/subscription_private.h"

/* A refresh says what it refreshes, and asks for what was asked for before. */
static int prepare(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160])
{
    struct subscription *s = subscription_of_usage(r->usage);

    (void)why;
    if (!s || s->notifier)
        return 0;
    subscription_add_event(s, o, own);
    if (!slice_present(o->expires))
        compose_own(own, o, "Expires", slice_str(s->asked));
    return 0;
}

const struct request_kind kind_subscribe = {
    .type = "OutgoingSubscribeRequest",
    .method = "SUBSCRIBE",
    .id = METHOD_SUBSCRIBE,
    .contact = true,
    .prepare = prepare,
    .sent = subscriber_sent,
    .resent = subscriber_resent,
    .responded = subscriber_responded,
    .disposed = subscriber_disposed,
};
