/* SPDX-License-Identifier: MIT */
/* OutgoingInviteRequest: what makes sessions, or changes one. */
#include <stdio.h>

#include "agent/glare.h"
#include "agent/incoming_private.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"

/* RFC 3261 14.1: in a confirmed dialog, one after the other. */
static int may_reinvite(const struct session *s, char why[160])
{
    if (s->state == SESSION_EARLY) {
        snprintf(why, 160, "not accepted yet: it takes no re-INVITE");
        return ERR_STATE;
    }
    if (session_inviting(s)) {
        snprintf(why, 160, "an INVITE is pending in this session");
        return ERR_PENDING;
    }
    return ERR_NONE;
}

static int prepare(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160])
{
    struct session *s = session_of_usage(r->usage);

    compose_own(own, o, "Allow", slice_str(default_allow));
    if (o->reliable == RELIABLE_REQUIRED)
        compose_own(own, o, "Require", SLICE("100rel"));
    return s && !o->force ? may_reinvite(s, why) : ERR_NONE;
}

/* A 2xx of another fork, after the outcome, has its own session. */
static void responded(struct request *r, struct request_event *e)
{
    if (!e->message || e->status < 200 || e->status >= 300)
        return;
    e->session = session_of_response(r, e->message);
    if (!e->session)
        return;
    e->fork = r->had_outcome && !r->usage;
    e->session->fork = e->fork;
    session_confirm_uac(e->session, r, e->message);
}

const struct request_kind kind_invite = {
    .type = "OutgoingInviteRequest",
    .method = "INVITE",
    .id = METHOD_INVITE,
    .contact = true,
    .body_type = "application/sdp",
    .prepare = prepare,
    .responded = responded,
};
