/* SPDX-License-Identifier: MIT */
/* Edits of a message's header lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "message/edits.h"

#define START "INFO sip:b@h SIP/2.0\r\n"
#define END "\r\nVia: body\r\n"

/* Edits `before` and compares. */
static void check(const struct header_edits *e, const char *before,
                  const char *after)
{
    struct buf text = { 0 };

    buf_str(&text, before);
    header_edits_apply(e, &text);
    buf_char(&text, '\0');
    assert_string_equal(text.p, after);
    buf_fini(&text);
}

static void none_changes_nothing(void **state)
{
    struct header_edits e = { 0 };
    const char *text = START "Via : a\n b\r\n" END;

    (void)state;
    assert_false(header_edits_any(&e));
    assert_false(header_edits_any(NULL));
    check(&e, text, text);
    check(NULL, text, text);
}

static void remove_takes_every_line(void **state)
{
    const struct slice names[] = { SLICE("via"), SLICE("Subject") };
    struct header_edits e = { .remove = names, .removes = 2 };

    (void)state;
    check(&e, START "Via: 1\r\nTo: x\r\nv: 2\r\n 3\r\ns: y\r\njunk\r\n" END,
          START "To: x\r\njunk\r\n" END);
    check(&e, START "Via: 1\r\n" END, START END);
}

static void replace_keeps_or_moves(void **state)
{
    struct header_edit edit = { SLICE("Via"), SLICE("new"), 0 };
    struct header_edits e = { .replace = &edit, .replaces = 1 };
    const char *before = START "A: 1\r\nv: 2\r\nB: 3\r\nVia: 4\r\n" END;

    (void)state;
    check(&e, before, START "A: 1\r\nVia: new\r\nB: 3\r\n" END);
    edit.at = 1;
    check(&e, before, START "Via: new\r\nA: 1\r\nB: 3\r\n" END);
    edit.at = -1;
    check(&e, before, START "A: 1\r\nB: 3\r\nVia: new\r\n" END);
    edit.at = 0;
    check(&e, START "A: 1\r\n" END, START "A: 1\r\nVia: new\r\n" END);
}

static void insert_at_a_place(void **state)
{
    static const struct {
        int at;
        const char *after;
    } rows[] = {
        { 1, START "X: y\r\nA: 1\r\nB: 2\r\n" END },
        { 2, START "A: 1\r\nX: y\r\nB: 2\r\n" END },
        { 3, START "A: 1\r\nB: 2\r\nX: y\r\n" END },
        { 99, START "A: 1\r\nB: 2\r\nX: y\r\n" END },
        { 0, START "A: 1\r\nB: 2\r\nX: y\r\n" END },
        { -1, START "A: 1\r\nB: 2\r\nX: y\r\n" END },
        { -2, START "A: 1\r\nX: y\r\nB: 2\r\n" END },
        { -3, START "X: y\r\nA: 1\r\nB: 2\r\n" END },
        { -99, START "X: y\r\nA: 1\r\nB: 2\r\n" END },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct header_edit edit = { SLICE("X"), SLICE("y"), rows[i].at };
        struct header_edits e = { .insert = &edit, .inserts = 1 };

        check(&e, START "A: 1\r\nB: 2\r\n" END, rows[i].after);
    }
}

static void many_inserts_grow_the_list(void **state)
{
    struct header_edit edits[70];
    struct header_edits e = { .insert = edits, .inserts = 70 };
    struct buf text = { 0 };

    (void)state;
    for (size_t i = 0; i < 70; i++)
        edits[i] = (struct header_edit){ SLICE("X"), SLICE("y"), 1 };
    buf_str(&text, START "A: 1\r\n" END);
    header_edits_apply(&e, &text);
    assert_int_equal(text.n, strlen(START "A: 1\r\n" END) + 70 * 6);
    assert_memory_equal(text.p + text.n - strlen("A: 1\r\n" END),
                        "A: 1\r\n" END, strlen("A: 1\r\n" END));
    buf_fini(&text);
}

static void compact_and_fold(void **state)
{
    struct header_edits e = { .compact = true };

    (void)state;
    check(&e, START "Via: a b\r\nv:c\r\nRoute: r\r\ncall-id : i\r\n" END,
          START "v: a b\r\nv:c\r\nRoute: r\r\ni: i\r\n" END);
    e.fold = true;
    check(&e,
          START "Via: a b c\r\nTo: x\r\nSubject: a\r\n b d\r\njunk x\r\n" END,
          START "v: a\r\n b c\r\nt: x\r\ns: a\r\n b\r\n d\r\njunk x\r\n" END);
}

static void order_of_work(void **state)
{
    const struct slice gone = SLICE("Via");
    const struct header_edit replace = { SLICE("Via"), SLICE("r"), 0 };
    const struct header_edit insert = { SLICE("To"), SLICE("i j"), 1 };
    struct header_edits e = { .remove = &gone,
                              .removes = 1,
                              .replace = &replace,
                              .replaces = 1,
                              .insert = &insert,
                              .inserts = 1,
                              .compact = true,
                              .fold = true };

    (void)state;
    check(&e, START "Via: 1\r\nA: 2\r\nVia: 3\r\n" END,
          START "t: i\r\n j\r\nA: 2\r\nv: r\r\n" END);
}

static void odd_texts_survive(void **state)
{
    struct header_edit edit = { SLICE("X"), SLICE("y"), 0 };
    struct header_edits e = { .insert = &edit, .inserts = 1 };

    (void)state;
    check(&e, "", "");
    check(&e, "no line end", "no line end");
    check(&e, START, START "X: y\r\n");
    check(&e, START "A: 1", START "A: 1\r\nX: y\r\n");
    check(&e, START "\r\n", START "X: y\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_changes_nothing),
        cmocka_unit_test(remove_takes_every_line),
        cmocka_unit_test(replace_keeps_or_moves),
        cmocka_unit_test(insert_at_a_place),
        cmocka_unit_test(many_inserts_grow_the_list),
        cmocka_unit_test(compact_and_fold),
        cmocka_unit_test(order_of_work),
        cmocka_unit_test(odd_texts_survive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
