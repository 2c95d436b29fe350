/* SPDX-License-Identifier: MIT */
/* Method names. */
#include "wire/method.h"

#include <string.h>

static const struct slice names[METHOD_COUNT] = {
#define ROW(name) [METHOD_##name] = { #name, sizeof(#name) - 1 }
    [METHOD_OTHER] = { "", 0 },
    ROW(ACK),
    ROW(BYE),
    ROW(CANCEL),
    ROW(INFO),
    ROW(INVITE),
    ROW(MESSAGE),
    ROW(NOTIFY),
    ROW(OPTIONS),
    ROW(PRACK),
    ROW(PUBLISH),
    ROW(REFER),
    ROW(REGISTER),
    ROW(SUBSCRIBE),
    ROW(UPDATE),
#undef ROW
};

enum method method_parse(struct slice token)
{
    for (int m = METHOD_OTHER + 1; m < METHOD_COUNT; m++) {
        if (names[m].n == token.n && names[m].p[0] == token.p[0] &&
            memcmp(names[m].p, token.p, token.n) == 0)
            return (enum method)m;
    }
    return METHOD_OTHER;
}

const char *method_name(enum method m)
{
    return m < METHOD_COUNT ? names[m].p : "";
}
