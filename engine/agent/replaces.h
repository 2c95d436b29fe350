/* SPDX-License-Identifier: MIT */
/* An INVITE that takes the place of another session (RFC 3891). */
#ifndef SIPWRIGHT_AGENT_REPLACES_H
#define SIPWRIGHT_AGENT_REPLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct incoming;
struct session;

/* The latest dialogs that are over, by a hash of what names them: a Replaces
 * that comes too late is told from one that names nothing. */
enum { ENDED_DIALOGS = 64 };
struct ended_dialogs {
    uint64_t hash[ENDED_DIALOGS];
    size_t n; /* ever put in */
};

void replaces_remember(struct session *s);

/* Finds what its Replaces names; answers where that can't be replaced. */
bool replaces_refuses(struct incoming *in);

/* The 2xx is out: what it takes the place of is ended. */
void replaces_accepted(struct incoming *in);

#endif
