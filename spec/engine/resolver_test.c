/* SPDX-License-Identifier: MIT */
/* From a URI to an address, and the address of ours that reaches it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "resolver/resolver.h"

static int open_resolver(void **state)
{
    *state = resolver_new();
    return 0;
}

static int close_resolver(void **state)
{
    resolver_free(*state);
    return 0;
}

static void resolves(struct resolver *r, const char *uri, const char *address)
{
    struct addr a;
    char text[ADDR_TEXT];

    assert_int_equal(resolver_uri(r, slice_str(uri), &a), ERR_NONE);
    addr_text(&a, text);
    assert_string_equal(text, address);
}

static void refuses(struct resolver *r, const char *uri, int err)
{
    struct addr a;

    assert_int_equal(resolver_uri(r, slice_str(uri), &a), err);
}

static void numbers(void **state)
{
    resolves(*state, "sip:127.0.0.1", "127.0.0.1:5060");
    resolves(*state, "sip:bob@127.0.0.1:5070", "127.0.0.1:5070");
    resolves(*state, "sip:bob:pw@127.0.0.1:1;lr?x=y", "127.0.0.1:1");
    resolves(*state, "sip:bob@127.0.0.1;transport=UDP", "127.0.0.1:5060");
    resolves(*state, "sip:bob@[::1]:5070", "[::1]:5070");
    resolves(*state, "SIP:[::1]", "[::1]:5060");
}

static void what_it_refuses(void **state)
{
    refuses(*state, "", ERR_ARGUMENT);
    refuses(*state, "bob", ERR_ARGUMENT);
    refuses(*state, "tel:123", ERR_ARGUMENT);
    refuses(*state, "sip:", ERR_ARGUMENT);
    refuses(*state, "sip:bob@", ERR_ARGUMENT);
    refuses(*state, "sips:bob@127.0.0.1", ERR_UNSUPPORTED);
    refuses(*state, "sip:127.0.0.1;transport=tcp", ERR_UNSUPPORTED);
    assert_int_equal(resolver_uri(*state, slice_of(NULL, 0), NULL),
                     ERR_ARGUMENT);
}

/* Of the reserved top-level domain nothing resolves (RFC 6761 6.4); the
 * second answer comes from memory. */
static void a_name_without_address(void **state)
{
    refuses(*state, "sip:bob@nowhere.invalid", ERR_NO_ADDRESS);
    refuses(*state, "sip:bob@NOWHERE.invalid:1", ERR_NO_ADDRESS);
}

static void localhost_by_family(void **state)
{
    struct addr a;

    assert_int_equal(resolver_uri_family(
                         *state, SLICE("sip:bob@localhost:5070"), AF_INET, &a),
                     ERR_NONE);
    assert_false(addr_is_v6(&a));
    assert_int_equal(addr_port(&a), 5070);
    assert_int_equal(
        resolver_uri_family(*state, SLICE("sip:LOCALHOST"), AF_INET, &a),
        ERR_NONE);
    assert_int_equal(addr_port(&a), 5060);
}

static void source(void **state)
{
    struct addr to, a;
    char text[ADDR_TEXT];

    (void)state;
    assert_int_equal(addr_parse(&to, SLICE("127.0.0.1:5060")), ERR_NONE);
    assert_int_equal(resolver_source(&to, &a), ERR_NONE);
    addr_text(&a, text);
    assert_string_equal(text, "127.0.0.1:0");
}

static void none_is_freed_as_well(void **state)
{
    (void)state;
    resolver_free(NULL);
}

#define resolver_spec(f) \
    cmocka_unit_test_setup_teardown(f, open_resolver, close_resolver)

int main(void)
{
    const struct CMUnitTest tests[] = {
        resolver_spec(numbers),
        resolver_spec(what_it_refuses),
        resolver_spec(a_name_without_address),
        resolver_spec(localhost_by_family),
        resolver_spec(source),
        resolver_spec(none_is_freed_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
