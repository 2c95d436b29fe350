/* SPDX-License-Identifier: MIT */
/* Units of numeric addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/mem.h"

static struct addr parsed(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(&a, slice_str(text)), ERR_NONE);
    return a;
}

static void text_goes_to_an_address_and_back(void **state)
{
    static const struct {
        const char *in, *out, *host, *bracketed;
        uint16_t port;
        bool v6;
    } rows[] = {
        { "127.0.0.1:5060", "127.0.0.1:5060", "127.0.0.1", "127.0.0.1", 5060,
          false },
        { "127.0.0.1", "127.0.0.1:0", "127.0.0.1", "127.0.0.1", 0, false },
        { "0.0.0.0:65535", "0.0.0.0:65535", "0.0.0.0", "0.0.0.0", 65535,
          false },
        { "[::1]:5060", "[::1]:5060", "::1", "[::1]", 5060, true },
        { "[::1]", "[::1]:0", "::1", "[::1]", 0, true },
        { "::1", "[::1]:0", "::1", "[::1]", 0, true },
        { "::", "[::]:0", "::", "[::]", 0, true },
        { "1:2:0:0:0:0:0:8", "[1:2::8]:0", "1:2::8", "[1:2::8]", 0, true },
        { "[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.1]:1", "::ffff:192.0.2.1",
          "[::ffff:192.0.2.1]", 1, true },
    };
    char text[ADDR_TEXT];

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct addr a = parsed(rows[i].in);

        assert_int_equal(addr_text(&a, text), strlen(rows[i].out));
        assert_string_equal(text, rows[i].out);
        assert_int_equal(addr_host_text(&a, text, false), strlen(rows[i].host));
        assert_string_equal(text, rows[i].host);
        assert_int_equal(addr_host_text(&a, text, true),
                         strlen(rows[i].bracketed));
        assert_string_equal(text, rows[i].bracketed);
        assert_int_equal(addr_port(&a), rows[i].port);
        assert_int_equal(addr_is_v6(&a), rows[i].v6);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        ":",
        ":5060",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:5060x",
        "127.0.0.1 ",
        " 127.0.0.1",
        "127.1",
        "256.0.0.1",
        "example.com:5060",
        "[::1",
        "[::1]5060",
        "[::1]:",
        "[::1]:99999",
        "[127.0.0.1]:5060",
        "[]:5060",
        "[[::1]]:5060",
        "::1]",
        "1:2:3",
        "::g",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd:eeee",
    };
    struct addr a = parsed("127.0.0.1:7"), before = a;

    (void)state;
    for (size_t i = 0; i < array_length(texts); i++) {
        assert_int_equal(addr_parse(&a, slice_str(texts[i])), ERR_ARGUMENT);
        assert_memory_equal(&a, &before, sizeof(a));
    }
    assert_int_equal(addr_parse(&a, SLICE("127.0.0.1\0x")), ERR_ARGUMENT);
    assert_int_equal(addr_parse(&a, slice_str(NULL)), ERR_ARGUMENT);
    assert_int_equal(addr_from(&a, SLICE("[::1]"), 5060), ERR_ARGUMENT);
}

static void text_need_not_end_with_nul(void **state)
{
    struct addr a, wanted = parsed("127.0.0.1:50");

    (void)state;
    assert_int_equal(addr_parse(&a, slice_of("127.0.0.1:5060", 12)), ERR_NONE);
    assert_true(addr_eq(&a, &wanted));
}

static void ports_are_set_in_both_families(void **state)
{
    struct addr v4 = parsed("127.0.0.1"), v6 = parsed("::1");

    (void)state;
    addr_set_port(&v4, 5061);
    addr_set_port(&v6, 5062);
    assert_int_equal(addr_port(&v4), 5061);
    assert_int_equal(addr_port(&v6), 5062);
    assert_int_equal(ntohs(v6.u.in6.sin6_port), 5062);
    assert_int_equal(addr_len(&v4), sizeof(struct sockaddr_in));
    assert_int_equal(addr_len(&v6), sizeof(struct sockaddr_in6));
}

static void equal_means_family_host_and_port(void **state)
{
    static const char *const different[] = {
        "127.0.0.1:5060", "127.0.0.1:5061", "127.0.0.2:5060",
        "[::1]:5060",     "[::1]:5061",     "[::2]:5060",
        "0.0.0.0:5060",   "[::]:5060",      "[::ffff:7f00:1]:5060",
    };

    (void)state;
    for (size_t i = 0; i < array_length(different); i++) {
        struct addr a = parsed(different[i]);

        for (size_t j = 0; j < array_length(different); j++) {
            struct addr b = parsed(different[j]);

            assert_int_equal(addr_eq(&a, &b), i == j);
        }
    }
}

static void any_is_known(void **state)
{
    struct addr any4 = parsed("0.0.0.0:5060"), any6 = parsed("[::]:5060");
    struct addr v4 = parsed("127.0.0.1"), v6 = parsed("::1");

    (void)state;
    assert_true(addr_is_any(&any4));
    assert_true(addr_is_any(&any6));
    assert_false(addr_is_any(&v4));
    assert_false(addr_is_any(&v6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_goes_to_an_address_and_back),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(text_need_not_end_with_nul),
        cmocka_unit_test(ports_are_set_in_both_families),
        cmocka_unit_test(equal_means_family_host_and_port),
        cmocka_unit_test(any_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
