/* SPDX-License-Identifier: MIT */
/* The methods that the engine treats by name; all others are METHOD_OTHER. */
#ifndef SIPWRIGHT_WIRE_METHOD_H
#define SIPWRIGHT_WIRE_METHOD_H

#include "base/slice.h"

enum method {
    METHOD_OTHER,
    METHOD_ACK,
    METHOD_BYE,
    METHOD_CANCEL,
    METHOD_INFO,
    METHOD_INVITE,
    METHOD_MESSAGE,
    METHOD_NOTIFY,
    METHOD_OPTIONS,
    METHOD_PRACK,
    METHOD_PUBLISH,
    METHOD_REFER,
    METHOD_REGISTER,
    METHOD_SUBSCRIBE,
    METHOD_UPDATE,
    METHOD_COUNT
};

/* Case-sensitive, as RFC 3261 7.1 has it. */
enum method method_parse(struct slice token);

/* "" for METHOD_OTHER. */
const char *method_name(enum method m);

/* RFC 3261 table and its successors' reason for a status; "" if unknown. */
const char *reason_phrase(int status);

#endif
