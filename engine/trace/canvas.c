/* SPDX-License-Identifier: MIT */
/* One line of text as cells. */
#include "trace/canvas.h"

#include <string.h>

void canvas_clear(struct canvas *c)
{
    memset(c->cells, ' ', sizeof(c->cells));
}

void canvas_put(struct canvas *c, size_t x, char cell)
{
    bool plain = cell >= ' ' && cell <= '~';

    if (x < CANVAS_WIDTH)
        c->cells[x] = plain || cell == CANVAS_ELLIPSIS ? cell : '?';
}

void canvas_text(struct canvas *c, size_t x, struct slice text)
{
    for (size_t i = 0; i < text.n; i++)
        canvas_put(c, x + i, text.p[i]);
}

void canvas_fill(struct canvas *c, size_t from, size_t to, char cell)
{
    for (size_t x = from; x < to; x++)
        canvas_put(c, x, cell);
}

void canvas_write(const struct canvas *c, struct buf *out)
{
    size_t n = CANVAS_WIDTH;

    while (n > 0 && c->cells[n - 1] == ' ')
        n--;
    for (size_t x = 0; x < n; x++) {
        if (c->cells[x] == CANVAS_ELLIPSIS)
            buf_lit(out, "\xe2\x80\xa6");
        else
            buf_char(out, c->cells[x]);
    }
    buf_char(out, '\n');
}
