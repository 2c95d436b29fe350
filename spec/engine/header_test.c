/* SPDX-License-Identifier: MIT */
/* Header lines, names, lists and parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "wire/header.h"

#define assert_slice(s, text)                      \
    do {                                           \
        struct slice got_ = (s);                   \
        assert_non_null(got_.p);                   \
        assert_int_equal(got_.n, strlen(text));    \
        assert_memory_equal(got_.p, text, got_.n); \
    } while (0)

static void lines_come_one_by_one(void **state)
{
    struct slice region = SLICE("A: 1\r\nB  :\t2 \r\n folded\r\n\tmore \r\n"
                                "garbage\r\nC:\nD: 4\rE: 5\r\n\r\nF: body\r\n");
    struct wire_header h;
    size_t pos = 0;

    (void)state;
    assert_int_equal(wire_header_next(region, &pos, &h), 1);
    assert_slice(h.line, "A: 1");
    assert_slice(h.name, "A");
    assert_slice(h.value, "1");
    assert_int_equal(wire_header_next(region, &pos, &h), 1);
    assert_slice(h.name, "B");
    assert_slice(h.value, "2 \r\n folded\r\n\tmore");
    assert_slice(h.line, "B  :\t2 \r\n folded\r\n\tmore ");
    assert_int_equal(wire_header_next(region, &pos, &h), ERR_PROTOCOL);
    assert_slice(h.line, "garbage");
    assert_int_equal(wire_header_next(region, &pos, &h), 1);
    assert_slice(h.name, "C");
    assert_slice(h.value, "");
    assert_int_equal(wire_header_next(region, &pos, &h), 1);
    assert_slice(h.value, "4");
    assert_int_equal(wire_header_next(region, &pos, &h), 1);
    assert_slice(h.value, "5");
    assert_int_equal(wire_header_next(region, &pos, &h), 0);
    assert_memory_equal(region.p + pos, "\r\nF", 3);
    assert_int_equal(wire_header_next(region, &pos, &h), 0);
}

static void last_line_may_lack_its_end(void **state)
{
    struct wire_header h;
    size_t pos = 0;

    (void)state;
    assert_int_equal(wire_header_next(SLICE("A: x"), &pos, &h), 1);
    assert_slice(h.value, "x");
    assert_int_equal(pos, 4);
    assert_int_equal(wire_header_next(SLICE("A: x"), &pos, &h), 0);
    pos = 0;
    assert_int_equal(wire_header_next(slice_of(NULL, 0), &pos, &h), 0);
}

static void names_compare_in_every_form(void **state)
{
    static const struct {
        char compact;
        const char *name;
    } rows[] = {
        { 'a', "Accept-Contact" },
        { 'b', "Referred-By" },
        { 'c', "Content-Type" },
        { 'd', "Request-Disposition" },
        { 'e', "Content-Encoding" },
        { 'f', "From" },
        { 'i', "Call-ID" },
        { 'j', "Reject-Contact" },
        { 'k', "Supported" },
        { 'l', "Content-Length" },
        { 'm', "Contact" },
        { 'o', "Event" },
        { 'r', "Refer-To" },
        { 's', "Subject" },
        { 't', "To" },
        { 'u', "Allow-Events" },
        { 'v', "Via" },
        { 'x', "Session-Expires" },
        { 'y', "Identity" },
    };

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct slice name = slice_str(rows[i].name);
        char upper = (char)(rows[i].compact - 'a' + 'A');

        assert_true(wire_header_same(name, slice_of(&rows[i].compact, 1)));
        assert_true(wire_header_same(slice_of(&upper, 1), name));
        assert_int_equal(wire_header_compact(name), rows[i].compact);
        assert_int_equal(wire_header_compact(slice_of(&upper, 1)),
                         rows[i].compact);
        assert_slice(wire_header_full(slice_of(&upper, 1)), rows[i].name);
    }
    assert_true(wire_header_same(SLICE("call-id"), SLICE("CALL-ID")));
    assert_false(wire_header_same(SLICE("Via"), SLICE("To")));
    assert_false(wire_header_same(SLICE("v"), SLICE("t")));
    assert_int_equal(wire_header_compact(SLICE("Route")), 0);
    assert_slice(wire_header_full(SLICE("z")), "z");
    assert_slice(wire_header_full(SLICE("vIA")), "vIA");
}

static void lists_are_known(void **state)
{
    (void)state;
    assert_true(wire_header_is_list(SLICE("Via")));
    assert_true(wire_header_is_list(SLICE("v")));
    assert_true(wire_header_is_list(SLICE("record-route")));
    assert_true(wire_header_is_list(SLICE("m")));
    assert_false(wire_header_is_list(SLICE("WWW-Authenticate")));
    assert_false(wire_header_is_list(SLICE("Authorization")));
    assert_false(wire_header_is_list(SLICE("Proxy-Authenticate")));
    assert_false(wire_header_is_list(SLICE("Date")));
    assert_false(wire_header_is_list(SLICE("s")));
    assert_false(wire_header_is_list(SLICE("X-Test")));
}

static void list_elements(void **state)
{
    struct slice value = SLICE(" \"a, \\\" b\" <sip:x,y@h>;p=\"1,2\" ,, "
                               "<sip:c@h?a=\"> , last\r\n word ,");
    struct slice item;
    size_t pos = 0;

    (void)state;
    assert_true(wire_list_next(value, &pos, &item));
    assert_slice(item, "\"a, \\\" b\" <sip:x,y@h>;p=\"1,2\"");
    assert_true(wire_list_next(value, &pos, &item));
    assert_slice(item, "<sip:c@h?a=\">");
    assert_true(wire_list_next(value, &pos, &item));
    assert_slice(item, "last\r\n word");
    assert_false(wire_list_next(value, &pos, &item));
    assert_false(wire_list_next(value, &pos, &item));
    pos = 0;
    assert_true(wire_list_next(SLICE("\"open, a"), &pos, &item));
    assert_slice(item, "\"open, a");
    pos = 0;
    assert_false(wire_list_next(SLICE(" , "), &pos, &item));
}

static void parameters_by_semicolon(void **state)
{
    struct slice run = SLICE(";a=1;b ; c = \"x;\\\"y\" ;d=[::1]:5;e=;;f=a=b");
    struct wire_param p;
    size_t pos = 0;

    (void)state;
    assert_true(wire_param_next(run, ';', &pos, &p));
    assert_slice(p.name, "a");
    assert_slice(p.value, "1");
    assert_false(p.quoted);
    assert_true(wire_param_next(run, ';', &pos, &p));
    assert_slice(p.name, "b");
    assert_null(p.value.p);
    assert_true(wire_param_next(run, ';', &pos, &p));
    assert_slice(p.value, "x;\\\"y");
    assert_true(p.quoted);
    assert_true(wire_param_next(run, ';', &pos, &p));
    assert_slice(p.value, "[::1]:5");
    assert_true(wire_param_next(run, ';', &pos, &p));
    assert_slice(p.name, "e");
    assert_slice(p.value, "");
    assert_true(wire_param_next(run, ';', &pos, &p));
    assert_slice(p.name, "f");
    assert_slice(p.value, "a=b");
    assert_false(wire_param_next(run, ';', &pos, &p));
}

static void parameters_by_comma(void **state)
{
    struct slice run = SLICE("realm=\"a, b\", nonce=\"x==\",stale=FALSE,\r\n"
                             " qop=\"auth\"");
    struct wire_param p;
    size_t pos = 0;

    (void)state;
    assert_true(wire_param_next(run, ',', &pos, &p));
    assert_slice(p.value, "a, b");
    assert_true(wire_param_next(run, ',', &pos, &p));
    assert_slice(p.value, "x==");
    assert_true(wire_param_next(run, ',', &pos, &p));
    assert_slice(p.value, "FALSE");
    assert_true(wire_param_next(run, ',', &pos, &p));
    assert_slice(p.name, "qop");
    assert_slice(p.value, "auth");
    assert_false(wire_param_next(run, ',', &pos, &p));
}

static void one_parameter_by_name(void **state)
{
    (void)state;
    assert_slice(wire_param_get(SLICE(";x=tag=2;TaG = 1"), "tag"), "1");
    assert_slice(wire_param_get(SLICE(";a;lr;b"), "lr"), "");
    assert_null(wire_param_get(SLICE(";a=lr"), "lr").p);
    assert_null(wire_param_get(slice_of(NULL, 0), "lr").p);
    assert_slice(wire_param_get(SLICE(";a=\"never closed;b=1"), "b"), "1");
}

/* Walks everything over blocks of exact size, for the sanitizer to watch. */
static void truncation_is_safe(void **state)
{
    static const char text[] = "Via : SIP/2.0 / UDP [::1] ; a = \"b\\\"\" , "
                               "<x;y>,\r\n z ; = ;;= \"\\";

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        char *block = malloc(n ? n : 1);
        struct slice all = slice_of(block, n);
        struct wire_header h;
        struct wire_param param;
        struct slice item;
        size_t pos = 0;

        assert_non_null(block);
        memcpy(block, text, n);
        while (wire_header_next(all, &pos, &h))
            assert_true(pos <= n);
        for (pos = 0; wire_list_next(all, &pos, &item);)
            assert_true(item.n > 0 && pos <= n);
        for (pos = 0; wire_param_next(all, ';', &pos, &param);)
            assert_true(pos <= n);
        for (pos = 0; wire_param_next(all, ',', &pos, &param);)
            assert_true(pos <= n);
        free(block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_one_by_one),
        cmocka_unit_test(last_line_may_lack_its_end),
        cmocka_unit_test(names_compare_in_every_form),
        cmocka_unit_test(lists_are_known),
        cmocka_unit_test(list_elements),
        cmocka_unit_test(parameters_by_semicolon),
        cmocka_unit_test(parameters_by_comma),
        cmocka_unit_test(one_parameter_by_name),
        cmocka_unit_test(truncation_is_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
