/* SPDX-License-Identifier: MIT */
/* Messages: bytes kept, headers by name, copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "message/message.h"

#define assert_slice(s, text)                      \
    do {                                           \
        struct slice got_ = (s);                   \
        assert_non_null(got_.p);                   \
        assert_int_equal(got_.n, strlen(text));    \
        assert_memory_equal(got_.p, text, got_.n); \
    } while (0)

static const char text[] = "INVITE sip:b@h SIP/2.0\r\n"
                           "Via: SIP/2.0/UDP one;branch=1, SIP/2.0/UDP two\r\n"
                           "v: SIP/2.0/UDP three\r\n"
                           "From: <sip:a@h>;tag=1\r\n"
                           "To: <sip:b@h>\r\n"
                           "Call-ID: c\r\n"
                           "CSeq: 1 INVITE\r\n"
                           "Date: Thu, 21 Feb 2002 13:02:03 GMT\r\n"
                           "Require: 100rel\r\n"
                           "k: timer , Path\r\n"
                           "Supported:\r\n"
                           "X-Two: a, b\r\n"
                           "X-Two: c\r\n"
                           "broken line\r\n"
                           "Subject: a\r\n  long  one\r\n"
                           "\r\n"
                           "X-Two: body";

static struct message *make(void)
{
    struct message *m;

    assert_int_equal(message_new(&m, text, sizeof(text) - 1, 5, 6), ERR_NONE);
    return m;
}

static void bytes_are_kept(void **state)
{
    struct message *m = make();

    (void)state;
    assert_int_equal(m->at, 5);
    assert_int_equal(m->wall, 6);
    assert_slice(message_bytes(m), text);
    assert_int_equal(m->bytes[m->n], '\0');
    assert_ptr_equal(message_ref(m), m);
    message_unref(m);
    assert_slice(m->w.call_id, "c");
    message_unref(m);
    message_unref(NULL);
}

static void junk_makes_no_message(void **state)
{
    struct message *m = (struct message *)(void *)"x";

    (void)state;
    assert_int_equal(message_new(&m, "hello", 5, 0, 0), ERR_PROTOCOL);
    assert_null(m);
    assert_int_equal(message_new(&m, "\r\n", 2, 0, 0), ERR_NOT_FOUND);
    assert_null(m);
    assert_int_equal(message_new(&m, NULL, 0, 0, 0), ERR_NOT_FOUND);
}

static void headers_by_name(void **state)
{
    struct message *m = make();

    (void)state;
    assert_slice(message_header(m, SLICE("via"), 0),
                 "SIP/2.0/UDP one;branch=1");
    assert_slice(message_header(m, SLICE("v"), 1), "SIP/2.0/UDP two");
    assert_slice(message_header(m, SLICE("Via"), 2), "SIP/2.0/UDP three");
    assert_null(message_header(m, SLICE("Via"), 3).p);
    assert_slice(message_header(m, SLICE("Date"), 0),
                 "Thu, 21 Feb 2002 13:02:03 GMT");
    assert_slice(message_header(m, SLICE("X-Two"), 0), "a, b");
    assert_slice(message_header(m, SLICE("X-Two"), 1), "c");
    assert_null(message_header(m, SLICE("X-Two"), 2).p);
    assert_slice(message_header(m, SLICE("s"), 0), "a\r\n  long  one");
    assert_null(message_header(m, SLICE("Route"), 0).p);
    assert_slice(header_value(SLICE("Contact: <sip:x>\r\n"), SLICE("m"), 0),
                 "<sip:x>");
    message_unref(m);
}

static void option_tags(void **state)
{
    struct message *m = make();

    (void)state;
    assert_true(message_has_option(m, "Require", "100rel"));
    assert_true(message_has_option(m, "Supported", "timer"));
    assert_true(message_has_option(m, "Supported", "path"));
    assert_false(message_has_option(m, "Supported", "100rel"));
    assert_false(message_has_option(m, "Allow", "100rel"));
    message_unref(m);
}

static void copies_have_their_own_views(void **state)
{
    struct message *m = make();
    struct message *copy = malloc(message_size(m));

    (void)state;
    assert_non_null(copy);
    message_copy(copy, message_ref(m));
    message_unref(m);
    message_unref(m);
    assert_int_equal(copy->refs, 1);
    assert_slice(message_bytes(copy), text);
    assert_slice(copy->w.via.branch, "1");
    assert_slice(copy->w.body, "X-Two: body");
    assert_slice(message_header(copy, SLICE("X-Two"), 1), "c");
    free(copy);
}

static void unfolding(void **state)
{
    char out[16];

    (void)state;
    assert_int_equal(header_unfold(SLICE("a\r\n  b  c \n\td"), out, 16), 8);
    assert_string_equal(out, "a b  c d");
    assert_int_equal(header_unfold(SLICE("abcdef"), out, 4), 3);
    assert_string_equal(out, "abc");
    assert_int_equal(header_unfold(SLICE("abc"), out, 0), 0);
    assert_int_equal(header_unfold(slice_of(NULL, 0), out, 4), 0);
    assert_string_equal(out, "");
}

static void headlines(void **state)
{
    struct message *m = make();
    char out[64];

    (void)state;
    assert_int_equal(message_headline(m, out, sizeof(out)), 14);
    assert_string_equal(out, "INVITE sip:b@h");
    assert_int_equal(message_headline(m, out, 9), 8);
    assert_string_equal(out, "INVITE s");
    assert_int_equal(message_headline(m, out, 1), 0);
    assert_int_equal(message_headline(m, out, 0), 0);
    message_unref(m);
    message_new(&m, "SIP/2.0 180 Ringing\r\n\r\n", 23, 0, 0);
    message_headline(m, out, sizeof(out));
    assert_string_equal(out, "180 Ringing");
    message_unref(m);
    message_new(&m, "SIP/2.0 200 \r\n\r\n", 16, 0, 0);
    message_headline(m, out, sizeof(out));
    assert_string_equal(out, "200");
    message_unref(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_kept),
        cmocka_unit_test(junk_makes_no_message),
        cmocka_unit_test(headers_by_name),
        cmocka_unit_test(option_tags),
        cmocka_unit_test(copies_have_their_own_views),
        cmocka_unit_test(unfolding),
        cmocka_unit_test(headlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
