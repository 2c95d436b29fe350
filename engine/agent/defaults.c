/* SPDX-License-Identifier: MIT */
/* What a request gets that nobody took, by method. */
#include "agent/subscription_private.h"
#include "base/mem.h"

const char default_allow[] = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, "
                             "MESSAGE, NOTIFY, PRACK, REFER, REGISTER, "
                             "UPDATE";

const struct response_options response_plain = { .force = false };

static const struct {
    enum method method;
    int outside; /* of a dialog */
    int inside;
} rows[] = {
    { METHOD_INVITE, 486, 488 },    { METHOD_MESSAGE, 200, 200 },
    { METHOD_SUBSCRIBE, 480, 480 }, { METHOD_OPTIONS, 200, 200 },
    { METHOD_NOTIFY, 481, 200 },    { METHOD_INFO, 481, 200 },
    { METHOD_UPDATE, 481, 200 },    { METHOD_BYE, 481, 200 },
    { METHOD_REFER, 603, 603 },     { METHOD_CANCEL, 481, 481 },
    { METHOD_PRACK, 481, 481 },
};

/* An UPDATE with an offer wants an answer (RFC 3311 5.2), which only a script
 * has. */
int default_status(const struct incoming *in)
{
    const struct wire_message *w = &in->message->w;

    if (in->in_dialog && w->method == METHOD_UPDATE && w->body.n)
        return 488;
    if (in->acknowledges || notifier_refreshes(in))
        return 200;
    for (size_t i = 0; i < array_length(rows); i++) {
        if (rows[i].method == w->method)
            return in->in_dialog ? rows[i].inside : rows[i].outside;
    }
    return 405;
}
