/* SPDX-License-Identifier: MIT */
/* The kinds of OutgoingRequest: a new method is one row, and one in the list.
 */
#include <stddef.h>

#include "agent/request.h"

#define SDP "application/sdp"

const struct request_kind kind_request = { "OutgoingRequest", NULL,
                                           METHOD_OTHER, true, NULL };
const struct request_kind kind_invite = { "OutgoingInviteRequest", "INVITE",
                                          METHOD_INVITE, true, SDP };
const struct request_kind kind_cancel = { "OutgoingCancelRequest", "CANCEL",
                                          METHOD_CANCEL, false, NULL };
const struct request_kind kind_bye = { "OutgoingByeRequest", "BYE", METHOD_BYE,
                                       false, NULL };
const struct request_kind kind_register = { "OutgoingRegisterRequest",
                                            "REGISTER", METHOD_REGISTER, true,
                                            NULL };
const struct request_kind kind_message = { "OutgoingMessageRequest", "MESSAGE",
                                           METHOD_MESSAGE, false,
                                           "text/plain" };

const struct request_kind *const request_kinds[] = {
    &kind_request,  &kind_invite,  &kind_cancel, &kind_bye,
    &kind_register, &kind_message, NULL,
};
