/* SPDX-License-Identifier: MIT */
/* What a script does to an agent's bytes: its edit of what its socket is about
 * to send, and bytes that it sends itself. */
#include "agent/ua_private.h"
#include "base/err.h"

static bool on_edit(void *arg, const struct addr *to, struct buf *text)
{
    struct ua *ua = arg;

    if (ua->ops->edit(ua->arg, ua, to, text))
        return true;
    engine_drop(ua->engine, "edit", buf_view(text), to);
    return false;
}

void ua_set_edit(struct ua *ua, bool on)
{
    net_edit_remove(&ua->edit);
    if (!on || ua->closed)
        return;
    ua->edit.fn = on_edit;
    ua->edit.arg = ua;
    net_edit_add(ua_socket(ua), &ua->edit);
}

int ua_send(struct ua *ua, const struct addr *to, struct slice bytes)
{
    if (ua->closed)
        return ERR_STATE;
    return tx_send_raw(ua->engine->tx, ua_socket(ua), to, bytes);
}
