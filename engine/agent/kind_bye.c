/* SPDX-License-Identifier: MIT */
/* OutgoingByeRequest: the end of a session. */
#include <stdio.h>

#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"

/* RFC 3261 15: a caller may end an early dialog, a callee has to reject. */
static int prepare(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160])
{
    struct session *s = session_of_usage(r->usage);

    (void)o;
    (void)own;
    if (!s || s->state != SESSION_EARLY || s->uac)
        return ERR_NONE;
    snprintf(why, 160, "not accepted yet: reject it instead");
    return ERR_STATE;
}

static void sent(struct request *r)
{
    struct session *s = session_of_usage(r->usage);

    if (!s || s->state == SESSION_ENDED)
        return;
    s->state = SESSION_ENDING;
    s->bye_wanted = false;
}

/* Nobody waits for its answer: the session has come to its end. */
static void disposed(struct request *r)
{
    struct session *s = session_of_usage(r->usage);

    if (s && r->attempts && !r->had_outcome)
        session_dispose(s);
}

const struct request_kind kind_bye = {
    .type = "OutgoingByeRequest",
    .method = "BYE",
    .id = METHOD_BYE,
    .prepare = prepare,
    .sent = sent,
    .disposed = disposed,
};
