/* SPDX-License-Identifier: MIT */
/* The kinds of OutgoingRequest: a new method is one row, and one in the list;
 * one that needs code of its own has a file kind_<method>.c. */
#include <stddef.h>
#include <string.h>

#include "agent/request.h"

#define SDP "application/sdp"

const struct request_kind kind_request = { .type = "OutgoingRequest",
                                           .id = METHOD_OTHER,
                                           .contact = true };

/* Type, method, enum method, Contact, type of a plain text as body. */
#define ROW(t, m, c, b)                                                 \
    {                                                                   \
        .type = "Outgoing" t "Request", .method = #m, .id = METHOD_##m, \
        .contact = (c), .body_type = (b)                                \
    }

const struct request_kind kind_info = ROW("Info", INFO, false, NULL);
const struct request_kind kind_message =
    ROW("Message", MESSAGE, false, "text/plain");
const struct request_kind kind_update = ROW("Update", UPDATE, true, SDP);

const struct request_kind *const request_kinds[] = {
    &kind_request,  &kind_bye,       &kind_cancel, &kind_info,    &kind_invite,
    &kind_message,  &kind_notify,    &kind_prack,  &kind_publish, &kind_refer,
    &kind_register, &kind_subscribe, &kind_update, NULL,
};

const struct request_kind *request_kind_of(struct slice method)
{
    for (size_t i = 1; request_kinds[i]; i++) {
        if (slice_eq(method, slice_str(request_kinds[i]->method)))
            return request_kinds[i];
    }
    return &kind_request;
}
