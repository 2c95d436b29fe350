/* SPDX-License-Identifier: MIT */
/* One line of text as cells that are drawn in any order. */
#ifndef SIPWRIGHT_TRACE_CANVAS_H
#define SIPWRIGHT_TRACE_CANVAS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"

enum { CANVAS_WIDTH = 80 };

/* In a cell: one character on the screen, three bytes of UTF-8. */
#define CANVAS_ELLIPSIS '\x01'

struct canvas {
    char cells[CANVAS_WIDTH];
};

void canvas_clear(struct canvas *c);

/* What lies outside of the canvas is cut off. Bytes that a terminal might take
 * for more than a character become '?'. */
void canvas_put(struct canvas *c, size_t x, char cell);
void canvas_text(struct canvas *c, size_t x, struct slice text);

/* From `from` up to, not including, `to`. */
void canvas_fill(struct canvas *c, size_t from, size_t to, char cell);

/* Adds the line without blanks at its end, and a line feed. */
void canvas_write(const struct canvas *c, struct buf *out);

#endif
