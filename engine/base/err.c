/* SPDX-License-Identifier: MIT */
/* Names and texts of the errors, and how errno maps to them. */
#include "base/err.h"

#include <errno.h>

#include "base/mem.h"

struct err_row {
    const char *name;
    const char *text;
};

/* Indexed by the negated value. */
static const struct err_row rows[ERR_COUNT] = {
    [-ERR_NONE] = { "none", "no error" },
    [-ERR_TIMEOUT] = { "timeout", "nothing came in time" },
    [-ERR_REFUSED] = { "refused", "the peer refused: nothing listens there" },
    [-ERR_UNREACHABLE] = { "unreachable", "there is no way to the peer" },
    [-ERR_IN_USE] = { "in_use", "the address is already in use" },
    [-ERR_NO_ADDRESS] = { "no_address",
                          "the address does not resolve or is not ours" },
    [-ERR_DENIED] = { "denied", "the kernel does not permit it" },
    [-ERR_PROTOCOL] = { "protocol", "the bytes break the grammar" },
    [-ERR_STATE] = { "state", "not possible in this state" },
    [-ERR_ARGUMENT] = { "argument", "the value makes no sense" },
    [-ERR_TOO_BIG] = { "too_big", "the value does not fit" },
    [-ERR_UNSUPPORTED] = { "unsupported", "not supported" },
    [-ERR_DISPOSED] = { "disposed", "the object was disposed of" },
    [-ERR_CANCELLED] = { "cancelled", "the operation was cancelled" },
    [-ERR_NOT_FOUND] = { "not_found", "there is no such thing" },
    [-ERR_IO] = { "io", "input or output failed" },
    [-ERR_PENDING] = { "pending", "something of the kind is under way" },
};

static const struct err_row unknown = { "unknown", "an unknown error" };

static const struct err_row *row_of(int err)
{
    return err <= 0 && err > -ERR_COUNT ? &rows[-err] : &unknown;
}

const char *err_name(int err)
{
    return row_of(err)->name;
}

const char *err_text(int err)
{
    return row_of(err)->text;
}

static const struct {
    int number;
    enum err err;
} from_errno[] = {
    { 0, ERR_NONE },
    { ETIMEDOUT, ERR_TIMEOUT },
    { ECONNREFUSED, ERR_REFUSED },
    { EHOSTUNREACH, ERR_UNREACHABLE },
    { ENETUNREACH, ERR_UNREACHABLE },
    { EHOSTDOWN, ERR_UNREACHABLE },
    { ENETDOWN, ERR_UNREACHABLE },
    { EADDRINUSE, ERR_IN_USE },
    { EADDRNOTAVAIL, ERR_NO_ADDRESS },
    { EACCES, ERR_DENIED },
    { EPERM, ERR_DENIED },
    { EPROTO, ERR_PROTOCOL },
    { EBADMSG, ERR_PROTOCOL },
    { EISCONN, ERR_STATE },
    { ENOTCONN, ERR_STATE },
    { EINVAL, ERR_ARGUMENT },
    { EMSGSIZE, ERR_TOO_BIG },
    { E2BIG, ERR_TOO_BIG },
    { ENAMETOOLONG, ERR_TOO_BIG },
    { EAFNOSUPPORT, ERR_UNSUPPORTED },
    { EPROTONOSUPPORT, ERR_UNSUPPORTED },
    { EOPNOTSUPP, ERR_UNSUPPORTED },
    { ENOSYS, ERR_UNSUPPORTED },
    { ECANCELED, ERR_CANCELLED },
    { ENOENT, ERR_NOT_FOUND },
};

int err_from_errno(int number)
{
    for (size_t i = 0; i < array_length(from_errno); i++) {
        if (from_errno[i].number == number)
            return from_errno[i].err;
    }
    return ERR_IO;
}
