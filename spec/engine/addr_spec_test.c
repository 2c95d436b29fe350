/* SPDX-License-Identifier: MIT */
/* The parts of URIs and name-addrs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

/* NULL stands for absent. */
static void check(struct slice got, const char *text)
{
    if (!text) {
        assert_null(got.p);
        return;
    }
    assert_non_null(got.p);
    assert_int_equal(got.n, strlen(text));
    assert_memory_equal(got.p, text, got.n);
}

static void uris(void **state)
{
    static const struct {
        const char *text;
        const char *user, *password, *host;
        unsigned port;
        const char *params, *headers;
        bool secure, lr;
    } rows[] = {
        { "sip:h", NULL, NULL, "h", 0, "", NULL, false, false },
        { "SIP:a@h:5060", "a", NULL, "h", 5060, "", NULL, false, false },
        { "sips:a:pw@h", "a", "pw", "h", 0, "", NULL, true, false },
        { "sip:a@[2001:db8::1]:5061;lr", "a", NULL, "2001:db8::1", 5061, ";lr",
          NULL, false, true },
        { "sip:a;x=1?y/z@h;transport=tcp;LR?Subject=a&b=c", "a;x=1?y/z", NULL,
          "h", 0, ";transport=tcp;LR", "Subject=a&b=c", false, true },
        { "sip:%61@h?a=b", "%61", NULL, "h", 0, "", "a=b", false, false },
        { "sip:a@h;lrx=1", "a", NULL, "h", 0, ";lrx=1", NULL, false, false },
        { "sip:@h", "", NULL, "h", 0, "", NULL, false, false },
    };

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct wire_uri uri;

        assert_int_equal(wire_uri_split(slice_str(rows[i].text), &uri), 0);
        check(uri.text, rows[i].text);
        check(uri.user, rows[i].user);
        check(uri.password, rows[i].password);
        check(uri.host, rows[i].host);
        assert_int_equal(uri.port, rows[i].port);
        check(uri.params, rows[i].params);
        check(uri.headers, rows[i].headers);
        assert_int_equal(uri.secure, rows[i].secure);
        assert_int_equal(uri.lr, rows[i].lr);
    }
}

static void other_schemes(void **state)
{
    struct wire_uri uri;

    (void)state;
    assert_int_equal(wire_uri_split(SLICE("tel:+1234;x=y"), &uri), 0);
    check(uri.scheme, "tel");
    check(uri.host, NULL);
    assert_int_equal(wire_uri_split(SLICE("nobodyKnows:x"), &uri), 0);
    check(uri.scheme, "nobodyKnows");
}

static void bad_uris(void **state)
{
    static const char *const rows[] = {
        "",        "*",           "sip",          "sip:",      ":x",
        "sip:a@",  "sip:a@:5060", "sip:h:",       "sip:h:x",   "sip:h:65536",
        "sip:[::", "sip:[]",      "sip:a@h b",    "1sip:h",    "<sip:h>",
        "sip:;lr", "sip:h:5060x", "sip:a@h>;b=c", "sip:a@?x=y"
    };

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct wire_uri uri;

        assert_int_equal(wire_uri_split(slice_str(rows[i]), &uri),
                         ERR_PROTOCOL);
    }
}

static void name_addrs(void **state)
{
    static const struct {
        const char *text;
        const char *name, *uri, *params;
    } rows[] = {
        { "<sip:a@h>", NULL, "sip:a@h", "" },
        { "<sip:a@h;x=1>;tag=2", NULL, "sip:a@h;x=1", ";tag=2" },
        { "Bob  Lee <sip:a@h> ;tag=2", "Bob  Lee", "sip:a@h", ";tag=2" },
        { "\"B <x>; \\\" y\"<sip:a@h>", "B <x>; \\\" y", "sip:a@h", "" },
        { " sip:a@h ;tag=2 ", NULL, "sip:a@h", ";tag=2" },
        { "\"\" <tel:+1>", "", "tel:+1", "" },
        { "*", NULL, "*", "" },
        { "\"a\"\r\n <sip:a@h>\r\n ;tag=2", "a", "sip:a@h", ";tag=2" },
        { "<sip:a@h>;x=\"<\"", NULL, "sip:a@h", ";x=\"<\"" },
    };

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct wire_name_addr a;

        assert_int_equal(wire_name_addr_split(slice_str(rows[i].text), &a), 0);
        check(a.name, rows[i].name);
        check(a.uri, rows[i].uri);
        check(a.params, rows[i].params);
    }
}

static void bad_name_addrs(void **state)
{
    static const char *const rows[] = {
        "",         "  ",         "<sip:a@h",          "<>",
        "\"a",      "\"a\" b",    "\"a\" sip:a@h",     "\"a\\\" <sip:a@h>",
        ";tag=1",   "a b;tag=1",  "<sip:a@h> x;tag=1", "Bob <sip:a@h",
        "\"a\"\"b", "x \"y;z\" <"
    };

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct wire_name_addr a;

        assert_int_equal(wire_name_addr_split(slice_str(rows[i]), &a),
                         ERR_PROTOCOL);
    }
}

/* Blocks of exact size, for the sanitizer to watch. */
static void truncation_is_safe(void **state)
{
    static const char *const texts[] = {
        "sip:a:b@[2001:db8::1]:5060;lr;x=\"\\\"?a=b&c=d",
        "\"A \\\" b\" <sip:a:b@[::1]:5;lr?x=y> ; tag = \"q\\",
    };

    (void)state;
    for (size_t i = 0; i < array_length(texts); i++) {
        for (size_t n = 0; n <= strlen(texts[i]); n++) {
            char *block = malloc(n ? n : 1);
            struct wire_uri uri;
            struct wire_name_addr a;

            assert_non_null(block);
            memcpy(block, texts[i], n);
            wire_uri_split(slice_of(block, n), &uri);
            if (wire_name_addr_split(slice_of(block, n), &a) == ERR_NONE) {
                assert_true(a.uri.p + a.uri.n <= block + n);
                assert_true(a.params.p + a.params.n <= block + n);
            }
            free(block);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris),           cmocka_unit_test(other_schemes),
        cmocka_unit_test(bad_uris),       cmocka_unit_test(name_addrs),
        cmocka_unit_test(bad_name_addrs), cmocka_unit_test(truncation_is_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
