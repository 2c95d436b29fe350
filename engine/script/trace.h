/* SPDX-License-Identifier: MIT */
/* The messages of the recent past, for the ladders that failures show. */
#ifndef SIPWRIGHT_SCRIPT_TRACE_H
#define SIPWRIGHT_SCRIPT_TRACE_H

#include <lua.h>
#include <stdbool.h>

struct engine;
struct host;

/* Every datagram of that engine goes into the host's ring from now on. */
void trace_attach(struct host *h, struct engine *e, bool peer);
void trace_close(struct host *h);

#endif
