/* SPDX-License-Identifier: MIT */
/* OutgoingReferRequest: a SUBSCRIBE for what becomes of a call (RFC 3515). */
#include "agent/subscription_private.h"

const struct request_kind kind_refer = {
    .type = "OutgoingReferRequest",
    .method = "REFER",
    .id = METHOD_REFER,
    .contact = true,
    .sent = subscriber_sent,
    .resent = subscriber_resent,
    .responded = subscriber_responded,
    .disposed = subscriber_disposed,
};
