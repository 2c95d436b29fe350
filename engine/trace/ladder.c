/* SPDX-License-Identifier: MIT */
/* The ladder: participants into columns, steps into lines. */
#include "trace/ladder.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "loop/loop.h"
#include "trace/canvas.h"
#include "trace/ladder_label.h"
#include "trace/ladder_steps.h"

enum {
    COLUMNS = 8,             /* further participants share the last one */
    WIDE_COLUMNS = 3,        /* so many leave room for text on the arrows */
    GUTTER = 11,             /* for the time */
    WIDE_FIRST = GUTTER + 7, /* half an address before the first lifeline */
    WIDE_LAST = CANVAS_WIDTH - 8,
    NARROW_FIRST = GUTTER + 1,
    NARROW_STEP = 6,
    ARROW = 5 /* cells of the shortest arrow around a label: "- x ->" */
};

struct layout {
    struct ring_place places[COLUMNS];
    size_t x[COLUMNS]; /* of the lifelines */
    size_t n;
    bool crowded; /* the last column is for several */
    bool narrow;
    size_t text_x; /* of the text when narrow */
    int64_t began;
};

struct arrow {
    size_t from, to; /* columns */
    bool dropped;
};

static size_t column_of(const struct layout *l, const struct ring_place *p)
{
    size_t own = l->crowded ? l->n - 1 : l->n;

    for (size_t i = 0; i < own; i++) {
        if (ladder_same_place(&l->places[i], p))
            return i;
    }
    return own;
}

static void layout_meet(struct layout *l, const struct ring_place *p)
{
    if (column_of(l, p) < l->n)
        return;
    if (l->n == COLUMNS)
        l->crowded = true;
    else
        l->places[l->n++] = *p;
}

/* Participants in the order in which they show up. */
static void layout_init(struct layout *l, const struct ladder_steps *steps)
{
    *l = (struct layout){ .began = steps->items[0].entry->at };
    for (size_t i = 0; i < steps->n; i++) {
        layout_meet(l, &steps->items[i].from);
        layout_meet(l, &steps->items[i].to);
    }
    l->narrow = l->n > WIDE_COLUMNS;
    for (size_t i = 0; i < l->n; i++) {
        if (l->narrow)
            l->x[i] = NARROW_FIRST + i * NARROW_STEP;
        else if (l->n == 1)
            l->x[i] = WIDE_FIRST;
        else
            l->x[i] = WIDE_FIRST + i * (WIDE_LAST - WIDE_FIRST) / (l->n - 1);
    }
    l->text_x = l->x[l->n - 1] + 3;
}

static struct slice place_text(const struct ring_place *p, char out[ADDR_TEXT])
{
    struct addr a;

    ring_place_addr(p, &a);
    return slice_of(out, addr_text(&a, out));
}

/* Addresses over their lifelines, moved aside where they would collide. */
static void write_wide_head(const struct layout *l, struct buf *out)
{
    size_t room = (CANVAS_WIDTH - GUTTER) / l->n - 1, free_from = GUTTER;
    struct ladder_label label;
    char text[ADDR_TEXT];
    struct canvas c;

    canvas_clear(&c);
    for (size_t i = 0; i < l->n; i++) {
        size_t x;

        ladder_label_tail(&label, place_text(&l->places[i], text), room);
        x = l->x[i] - label.n / 2;
        if (label.n / 2 > l->x[i] || x < free_from)
            x = free_from;
        if (x + label.n > CANVAS_WIDTH)
            x = CANVAS_WIDTH - label.n;
        canvas_text(&c, x, ladder_label_text(&label));
        free_from = x + label.n + 1;
    }
    canvas_write(&c, out);
}

/* A letter for each lifeline, and what it stands for. */
static void write_narrow_head(const struct layout *l, struct buf *out)
{
    char text[ADDR_TEXT];
    struct canvas letters, c;

    canvas_clear(&letters);
    for (size_t i = 0; i < l->n; i++) {
        char letter = (char)('A' + i);
        bool others = l->crowded && i == l->n - 1;

        canvas_clear(&c);
        canvas_put(&c, NARROW_FIRST, letter);
        canvas_text(&c, NARROW_FIRST + 3,
                    others ? SLICE("all others")
                           : place_text(&l->places[i], text));
        canvas_write(&c, out);
        canvas_put(&letters, l->x[i], letter);
    }
    canvas_write(&letters, out);
}

static void draw_lifelines(const struct layout *l, struct canvas *c)
{
    for (size_t i = 0; i < l->n; i++)
        canvas_put(c, l->x[i], '|');
}

/* Seconds since the first message, to the nearest millisecond. */
static void draw_time(const struct layout *l, struct canvas *c, int64_t at)
{
    int64_t ms = (at - l->began + LOOP_MILLISECOND / 2) / LOOP_MILLISECOND;
    char text[32];
    int n;

    if (ms < 0)
        ms = 0;
    n = snprintf(text, sizeof(text), "%5lld.%03lld", (long long)(ms / 1000),
                 (long long)(ms % 1000));
    canvas_text(c, 0, slice_of(text, (size_t)n));
}

static void draw_shaft(const struct layout *l, struct canvas *c,
                       const struct arrow *a)
{
    bool right = a->to > a->from;
    size_t left_x = l->x[right ? a->from : a->to] + 1;
    size_t right_x = l->x[right ? a->to : a->from];

    canvas_fill(c, left_x, right_x, '-');
    if (right)
        canvas_put(c, right_x - 1, a->dropped ? 'X' : '>');
    else
        canvas_put(c, left_x, a->dropped ? 'X' : '<');
}

/* In the middle of its arrow, with more shaft on the side of the head. */
static void draw_on_arrow(const struct layout *l, struct canvas *c,
                          const struct arrow *a, const struct ladder_step *step)
{
    bool right = a->to > a->from;
    size_t left_x = l->x[right ? a->from : a->to] + 1;
    size_t width = l->x[right ? a->to : a->from] - left_x;
    struct ladder_label label;
    size_t x;

    draw_shaft(l, c, a);
    ladder_label(&label, step, width - ARROW);
    x = left_x + (width - label.n + (right ? 0 : 1)) / 2;
    canvas_put(c, x - 1, ' ');
    canvas_text(c, x, ladder_label_text(&label));
    canvas_put(c, x + label.n, ' ');
}

/* To itself: beside the lifeline, on the side where there is room. */
static void draw_beside(const struct layout *l, struct canvas *c,
                        const struct arrow *a, const struct ladder_step *step)
{
    bool last = l->n > 1 && a->from == l->n - 1;
    size_t x = l->x[a->from];
    size_t end = a->from + 1 < l->n ? l->x[a->from + 1] : CANVAS_WIDTH;
    struct ladder_label label;

    if (last) {
        ladder_label(&label, step, x - l->x[a->from - 1] - ARROW);
        canvas_text(c, x - 3 - label.n, ladder_label_text(&label));
        canvas_text(c, x - 2, a->dropped ? SLICE("-X") : SLICE("->"));
    } else {
        ladder_label(&label, step, end - x - ARROW);
        canvas_text(c, x + 1, a->dropped ? SLICE("X-") : SLICE("<-"));
        canvas_text(c, x + 4, ladder_label_text(&label));
    }
}

static void draw_narrow(const struct layout *l, struct canvas *c,
                        const struct arrow *a, const struct ladder_step *step)
{
    struct ladder_label label;

    if (a->from == a->to)
        canvas_put(c, l->x[a->from], a->dropped ? 'X' : 'O');
    else
        draw_shaft(l, c, a);
    ladder_label(&label, step, CANVAS_WIDTH - l->text_x);
    canvas_text(c, l->text_x, ladder_label_text(&label));
}

static void write_step(const struct layout *l, const struct ladder_step *step,
                       struct buf *out)
{
    struct arrow a = {
        .from = column_of(l, &step->from),
        .to = column_of(l, &step->to),
        .dropped = (step->marks & (1u << NET_MARK_DROPPED)) != 0,
    };
    struct canvas c;

    canvas_clear(&c);
    draw_time(l, &c, step->entry->at);
    draw_lifelines(l, &c);
    if (l->narrow)
        draw_narrow(l, &c, &a, step);
    else if (a.from == a.to)
        draw_beside(l, &c, &a, step);
    else
        draw_on_arrow(l, &c, &a, step);
    canvas_write(&c, out);
}

static void write_gap(size_t n, struct buf *out)
{
    buf_fmt(out, "%*s(%zu messages left out)\n", GUTTER, "", n);
}

size_t ladder_write(const struct ring *r, struct slice call_id, struct buf *out)
{
    const size_t half = LADDER_MESSAGES / 2;
    struct ladder_steps steps;
    struct layout l;
    size_t n;

    ladder_steps_init(&steps, r, ring_call(call_id));
    n = steps.n;
    if (n > 0) {
        layout_init(&l, &steps);
        if (l.narrow)
            write_narrow_head(&l, out);
        else
            write_wide_head(&l, out);
    }
    for (size_t i = 0; i < n; i++) {
        if (n > 2 * half && i == half) {
            write_gap(n - 2 * half, out);
            i = n - half;
        }
        write_step(&l, &steps.items[i], out);
    }
    ladder_steps_fini(&steps);
    return n;
}
