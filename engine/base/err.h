/* SPDX-License-Identifier: MIT */
/* The engine's own small list of errors, and their texts. */
#ifndef SIPWRIGHT_BASE_ERR_H
#define SIPWRIGHT_BASE_ERR_H

/* Functions return ERR_NONE (0) or one of these negative values. */
enum err {
    ERR_NONE = 0,
    ERR_TIMEOUT = -1,     /* nothing came in time */
    ERR_REFUSED = -2,     /* ICMP port unreachable, connection refused */
    ERR_UNREACHABLE = -3, /* no route, host or network unreachable */
    ERR_IN_USE = -4,      /* address already in use */
    ERR_NO_ADDRESS = -5,  /* address not on this machine, or not resolvable */
    ERR_DENIED = -6,      /* the kernel does not permit it */
    ERR_PROTOCOL = -7,    /* bytes that break the grammar */
    ERR_STATE = -8,       /* not possible in this state */
    ERR_ARGUMENT = -9,    /* a value that makes no sense */
    ERR_TOO_BIG = -10,    /* does not fit */
    ERR_UNSUPPORTED = -11,
    ERR_DISPOSED = -12,
    ERR_CANCELLED = -13,
    ERR_NOT_FOUND = -14,
    ERR_IO = -15,
    ERR_PENDING = -16, /* something of the kind is under way */
    ERR_COUNT = 17
};

/* A stable short name ("timeout", "refused" …): the `code` that Lua sees. */
const char *err_name(int err);

/* One clause in plain words, without a full stop. */
const char *err_text(int err);

/* Maps an errno value; ERR_IO where nothing fits better. */
int err_from_errno(int number);

#endif
