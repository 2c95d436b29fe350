/* SPDX-License-Identifier: MIT */
/* The ACK of a 3xx to 6xx by hand (RFC 3261 17.1.1.3): the transaction's own,
 * withheld or not, gives way to it. */
#include "agent/request_private.h"
#include "base/err.h"
#include "message/render.h"

static bool may_ack(const struct request *r)
{
    return r->tx && !r->ua->closed && r->kind->id == METHOD_INVITE;
}

int request_ack(struct request *r, const struct message *response,
                const struct request_options *o)
{
    struct engine *e = r->ua->engine;
    struct buf *text = &e->scratch;

    if (response->w.status < 300 || !may_ack(r))
        return ERR_STATE;
    buf_clear(text);
    if (slice_present(o->raw)) {
        buf_slice(text, o->raw);
    } else {
        render_ack(text, r->message, response, o->lines, o->line_count);
        compose_edit(text, &o->edits, o->edit, o->edit_arg);
    }
    /* `edit` may have disposed of it. */
    return may_ack(r) ? tx_ack_failure(r->tx, buf_view(text)) : ERR_STATE;
}
