/* SPDX-License-Identifier: MIT */
/* OutgoingPrackRequest: says that a reliable 1xx has come (RFC 3262). */
#include <stdio.h>

#include "agent/reliable_private.h"
#include "agent/request_private.h"
#include "base/err.h"

/* Without one of the script's own, the RAck is that of the latest response that
 * waits for a PRACK. */
static int prepare(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160])
{
    struct session *s = session_of_usage(r->usage);
    char text[RACK_TEXT];
    struct slice rack = o->rack;

    if (slice_present(rack) || !s || slice_present(o->raw) ||
        compose_brings(o->lines, o->line_count, SLICE("RAck"))) {
        compose_own(own, o, "RAck", rack);
        return ERR_NONE;
    }
    rack = slice_of(text, heard_rack(&s->heard, text));
    if (!rack.n) {
        snprintf(why, 160, "no reliable response waits for a PRACK");
        return ERR_STATE;
    }
    compose_own(own, o, "RAck", rack);
    return ERR_NONE;
}

static void sent(struct request *r)
{
    struct session *s = session_of_usage(r->usage);

    if (s)
        heard_pracked(&s->heard, r->message);
}

const struct request_kind kind_prack = {
    .type = "OutgoingPrackRequest",
    .method = "PRACK",
    .id = METHOD_PRACK,
    .body_type = "application/sdp",
    .prepare = prepare,
    .sent = sent,
};
