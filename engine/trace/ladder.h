/* SPDX-License-Identifier: MIT */
/*
 * The messages of one call as a ladder of text, 80 columns wide: one line for
 * each, one column for each participant.
 *
 *                127.0.0.1:5061                      127.0.0.1:5060
 *     0.000         |---- INVITE sip:bob@127.0.0.1:5060 ---->|
 *     0.002         |<-------- 180 Ringing (INVITE) ---------|
 *
 * Seconds count from the first message. A message that was dropped ends in an
 * X; "(again)" has the same bytes as an earlier one. With more than three
 * participants the columns move together, and the text stands behind them.
 */
#ifndef SIPWRIGHT_TRACE_LADDER_H
#define SIPWRIGHT_TRACE_LADDER_H

#include <stddef.h>

#include "base/slice.h"

struct buf;
struct ring;

/* Of a longer call, half as many from its beginning and from its end. */
enum { LADDER_MESSAGES = 400 };

/* Adds what the ring still has of that call; returns how many messages, 0
 * (and adds nothing) for a call that it does not know. */
size_t ladder_write(const struct ring *r, struct slice call_id,
                    struct buf *out);

#endif
