/* SPDX-License-Identifier: MIT */
/* Which extensions are supported, by the switches (RFC 3261 20.37). */
#ifndef SIPWRIGHT_AGENT_SUPPORTED_H
#define SIPWRIGHT_AGENT_SUPPORTED_H

#include "agent/request.h"
#include "base/buf.h"

/* ---- supported.c ---- */
/* Do these, and their 2xx, carry a Supported? */
bool supported_by(enum method m);
/* "100rel, timer": of the switches that are on; nothing where none is. */
void supported_tags(struct buf *out, uint32_t automatic);
/* The line, for a request. */
void supported_own(struct buf *own, const struct request_kind *kind,
                   const struct request_options *o);

#endif
