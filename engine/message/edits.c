/* SPDX-License-Identifier: MIT */
/* Edits of a rendered message: its header lines as a list, changed, rewritten.
 */
#include "message/edits.h"

#include <string.h>

#include "base/mem.h"
#include "wire/header.h"

struct line {
    struct slice text; /* verbatim; absent: name and value instead */
    struct slice name; /* absent: no header line, kept as it is */
    struct slice value;
};

/* Views into the old text and the edits. */
struct lines {
    struct line *at;
    size_t n;
    size_t cap;
};

static void lines_insert(struct lines *l, size_t index, struct line line)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 32;
        l->at = mem_realloc(l->at, l->cap * sizeof(*l->at));
    }
    memmove(l->at + index + 1, l->at + index, (l->n - index) * sizeof(*l->at));
    l->at[index] = line;
    l->n++;
}

static void lines_remove(struct lines *l, size_t index)
{
    l->n--;
    memmove(l->at + index, l->at + index + 1, (l->n - index) * sizeof(*l->at));
}

/* First line of that name from `index`, or l->n. */
static size_t lines_find(const struct lines *l, size_t index, struct slice name)
{
    while (index < l->n && !(slice_present(l->at[index].name) &&
                             wire_header_same(l->at[index].name, name)))
        index++;
    return index;
}

/* Fills the list; returns how many bytes of `region` it stands for. */
static size_t lines_read(struct lines *l, struct slice region)
{
    struct wire_header header;
    size_t pos = 0;

    while (wire_header_next(region, &pos, &header) != 0) {
        lines_insert(l, l->n,
                     (struct line){ header.line, header.name, header.value });
    }
    return pos;
}

/* 1 is before all, -1 and 0 are behind all; what is beyond counts as that. */
static size_t place(const struct lines *l, int at)
{
    if (at > 0)
        return (size_t)at - 1 < l->n ? (size_t)at - 1 : l->n;
    if (at == 0)
        return l->n;
    return (size_t)(-(int64_t)at) - 1 < l->n ? l->n + 1 - (size_t) - (int64_t)at
                                             : 0;
}

static struct line new_line(const struct header_edit *edit)
{
    return (struct line){ { NULL, 0 }, edit->name, edit->value };
}

static void remove_all(struct lines *l, size_t from, struct slice name)
{
    size_t i = from;

    while ((i = lines_find(l, i, name)) < l->n)
        lines_remove(l, i);
}

static void replace(struct lines *l, const struct header_edit *edit)
{
    size_t first = lines_find(l, 0, edit->name);
    bool found = first < l->n;

    remove_all(l, first, edit->name);
    if (!found || edit->at != 0)
        first = place(l, edit->at);
    lines_insert(l, first, new_line(edit));
}

static void compact(struct line *line)
{
    /* One byte of the name itself serves as the text of the letter. */
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    char letter =
        slice_present(line->name) ? wire_header_compact(line->name) : 0;

    if (!letter || line->name.n == 1)
        return;
    line->name = slice_of(letters + (letter - 'a'), 1);
    line->text = slice_of(NULL, 0);
}

/* Where a fold goes: the first space between two words; n if there is none. */
static size_t fold_place(struct slice value)
{
    for (size_t i = 1; i < value.n; i++) {
        if (value.p[i] == ' ' && (unsigned char)value.p[i - 1] > ' ')
            return i;
    }
    return value.n;
}

static void write_line(struct buf *out, const struct line *line, bool fold)
{
    size_t cut = fold && slice_present(line->name) ? fold_place(line->value)
                                                   : line->value.n;

    if (cut == line->value.n && slice_present(line->text)) {
        buf_slice(out, line->text);
    } else {
        buf_slice(out, line->name);
        buf_lit(out, ": ");
        buf_add(out, line->value.p, cut);
        if (cut < line->value.n)
            buf_lit(out, "\r\n");
        buf_add(out, line->value.p + cut, line->value.n - cut);
    }
    buf_lit(out, "\r\n");
}

static void apply(const struct header_edits *e, struct lines *l)
{
    for (size_t i = 0; i < e->removes; i++)
        remove_all(l, 0, e->remove[i]);
    for (size_t i = 0; i < e->replaces; i++)
        replace(l, &e->replace[i]);
    for (size_t i = 0; i < e->inserts; i++)
        lines_insert(l, place(l, e->insert[i].at), new_line(&e->insert[i]));
    for (size_t i = 0; e->compact && i < l->n; i++)
        compact(&l->at[i]);
}

void header_edits_apply(const struct header_edits *e, struct buf *text)
{
    struct slice all = buf_view(text);
    size_t start = slice_find(all, '\n') + 1;
    struct lines lines = { 0 };
    struct buf out = { 0 };
    size_t rest;

    if (!header_edits_any(e) || start > all.n)
        return; /* no end of a start line: nothing that could be edited */
    rest = start + lines_read(&lines, slice_of(all.p + start, all.n - start));
    apply(e, &lines);
    buf_reserve(&out, all.n + 256);
    buf_add(&out, all.p, start);
    for (size_t i = 0; i < lines.n; i++)
        write_line(&out, &lines.at[i], e->fold);
    buf_add(&out, all.p + rest, all.n - rest);
    mem_free(lines.at);
    buf_fini(text);
    *text = out;
}
