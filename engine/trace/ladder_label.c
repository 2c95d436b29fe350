/* SPDX-License-Identifier: MIT */
/* What is written on an arrow. */
#include "trace/ladder_label.h"

#include <string.h>

#include "base/mem.h"
#include "trace/canvas.h"

/* Of the first line so much stays when there are many marks. */
enum { LEAST_LINE = 7 };

static void add(struct ladder_label *l, struct slice text)
{
    size_t room = sizeof(l->cells) - l->n;
    size_t n = text.n < room ? text.n : room;

    if (n > 0)
        memcpy(l->cells + l->n, text.p, n);
    l->n += n;
}

static void add_str(struct ladder_label *l, const char *text)
{
    add(l, slice_str(text));
}

static void shorten(struct ladder_label *l, size_t room)
{
    if (l->n <= room)
        return;
    l->n = room;
    if (room > 0)
        l->cells[room - 1] = CANVAS_ELLIPSIS;
}

static bool is_response(const struct ring_entry *e)
{
    return e->line_n > 0 && e->line[0] >= '0' && e->line[0] <= '9';
}

/*
 * Where the password of sip:user:password@host is, if there is one; absent
 * else. Of a line that was cut off nobody knows that the '@' did not follow.
 */
static struct slice password_of(const struct ring_entry *e)
{
    struct slice rest = slice_of(e->line, e->line_n);
    size_t scheme, colon, at;

    rest.p += slice_find(rest, ' ');
    rest.n -= (size_t)(rest.p - e->line);
    scheme = slice_find(rest, ':');
    if (is_response(e) || scheme == rest.n)
        return (struct slice){ 0 };
    rest = slice_of(rest.p + scheme + 1, rest.n - scheme - 1);
    colon = slice_find(rest, ':');
    at = slice_find(rest, '@');
    if (colon >= at || (at == rest.n && (!e->cut || rest.p[0] == '[')))
        return (struct slice){ 0 };
    return slice_of(rest.p + colon + 1, at - colon - 1);
}

static void add_line(struct ladder_label *l, const struct ring_entry *e)
{
    struct slice line = slice_of(e->line, e->line_n);
    struct slice secret = password_of(e);

    if (slice_present(secret)) {
        size_t before = (size_t)(secret.p - line.p);

        add(l, slice_of(line.p, before));
        add_str(l, "***");
        line = slice_of(secret.p + secret.n, line.n - before - secret.n);
    }
    add(l, line);
    if (e->cut)
        add(l, slice_of(&(char){ CANVAS_ELLIPSIS }, 1));
    if (l->n == 0)
        add_str(l, "(empty)");
}

/* " (again, dropped)", or nothing; `marked` as in struct ladder_step. */
static void add_marks(struct ladder_label *l, bool again, unsigned marked)
{
    static const struct {
        enum net_mark mark;
        const char *word;
    } marks[] = {
        { NET_MARK_DUPLICATED, "duplicated" },
        { NET_MARK_DELAYED, "delayed" },
        { NET_MARK_REORDERED, "reordered" },
        { NET_MARK_CORRUPTED, "corrupted" },
        { NET_MARK_DROPPED, "dropped" },
    };
    bool doubled = (marked & (1u << NET_MARK_DUPLICATED)) != 0;
    const char *before = " (";

    if (again && !doubled) {
        add_str(l, " (again");
        before = ", ";
    }
    for (size_t i = 0; i < array_length(marks); i++) {
        if (!(marked & (1u << marks[i].mark)))
            continue;
        add_str(l, before);
        add_str(l, marks[i].word);
        before = ", ";
    }
    if (before[0] == ',')
        add_str(l, ")");
}

static void add_method(struct ladder_label *l, const struct ring_entry *e)
{
    const char *method = method_name((enum method)e->method);

    if (!is_response(e) || !method[0])
        return;
    add_str(l, " (");
    add_str(l, method);
    add_str(l, ")");
}

void ladder_label(struct ladder_label *out, const struct ladder_step *step,
                  size_t room)
{
    struct ladder_label marks = { .n = 0 }, method = { .n = 0 };
    size_t left;

    out->n = 0;
    add_marks(&marks, step->again, step->marks);
    if (marks.n + LEAST_LINE > room) {
        /* The arrow's own end says that it was dropped. */
        marks.n = 0;
        add_marks(&marks, step->again, step->marks & ~(1u << NET_MARK_DROPPED));
    }
    add_line(out, step->entry);
    add_method(&method, step->entry);
    if (out->n + method.n + marks.n <= room)
        add(out, ladder_label_text(&method));
    left = room > marks.n ? room - marks.n : 0;
    shorten(out, left < LEAST_LINE ? LEAST_LINE : left);
    add(out, ladder_label_text(&marks));
    shorten(out, room);
}

void ladder_label_tail(struct ladder_label *out, struct slice text, size_t room)
{
    out->n = 0;
    if (text.n > room) {
        add(out, slice_of(&(char){ CANVAS_ELLIPSIS }, 1));
        text = slice_of(text.p + text.n - room + 1, room - 1);
    }
    add(out, text);
}
