/* SPDX-License-Identifier: MIT */
/* Messages that went no further. */
#ifndef SIPWRIGHT_SCRIPT_DROPS_H
#define SIPWRIGHT_SCRIPT_DROPS_H

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct host;

/* By reason, a literal of the engine's. */
enum { DROPS_REASONS = 32 };
struct drops {
    struct host *host;
    struct {
        const char *reason; /* NULL: this and the rest are unused */
        uint64_t count;
    } rows[DROPS_REASONS];
};

/* Counts the engine's in host->drops[peer], and tells host->on_drop of them. */
void drops_attach(struct host *h, struct engine *e, bool peer);
/* Nothing is told any more. */
void drops_close(struct host *h);

#endif
