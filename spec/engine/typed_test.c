/* SPDX-License-Identifier: MIT */
/* libosip2's views: what they give, what they refuse, and that in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "message/typed.h"

static void uri_view(void **state)
{
    osip_uri_t *uri;

    (void)state;
    /* Not NUL-terminated where the view ends. */
    assert_int_equal(
        typed_uri(&uri, slice_of("sip:al%69ce@h:5061;lr>junk", 21)), 0);
    assert_string_equal(uri->username, "alice");
    assert_string_equal(uri->host, "h");
    assert_string_equal(uri->port, "5061");
    osip_uri_free(uri);
}

static void name_addr_view(void **state)
{
    osip_from_t *from;
    osip_generic_param_t *tag = NULL;

    (void)state;
    assert_int_equal(
        typed_name_addr(&from, SLICE("\"A\"\r\n <sip:a@h>\r\n ;tag=1")), 0);
    assert_string_equal(from->url->host, "h");
    assert_int_equal(osip_from_param_get_byname(from, (char *)"tag", &tag), 0);
    assert_string_equal(tag->gvalue, "1");
    osip_from_free(from);
}

static void sdp_view(void **state)
{
    sdp_message_t *sdp;

    (void)state;
    assert_int_equal(typed_sdp(&sdp, SLICE("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"
                                           "s=-\r\nc=IN IP4 127.0.0.1\r\n"
                                           "t=0 0\r\n"
                                           "m=audio 4000 RTP/AVP 0\r\n")),
                     0);
    assert_string_equal(sdp_message_m_port_get(sdp, 0), "4000");
    sdp_message_free(sdp);
}

static void whole_message(void **state)
{
    static const char good[] = "OPTIONS sip:b@h SIP/2.0\r\n"
                               "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
                               "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
                               "Call-ID: c\r\nCSeq: 1 OPTIONS\r\n"
                               "Content-Length: 0\r\n\r\n";
    static const char bad[] = "OPTIONS sip:b@h SIP/2.0\r\n"
                              "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
                              "From: <sip:a@h\r\nTo: <sip:b@h>\r\n"
                              "Call-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n";
    struct message *m;

    (void)state;
    assert_int_equal(message_new(&m, good, sizeof(good) - 1, 0, 0), 0);
    assert_int_equal(typed_message(m), ERR_NONE);
    message_unref(m);
    assert_int_equal(message_new(&m, bad, sizeof(bad) - 1, 0, 0), 0);
    assert_int_equal(typed_message(m), ERR_PROTOCOL);
    message_unref(m);
}

static void refuse_all(void)
{
    static const char *const texts[] = { "",    "garbage", "<sip:",
                                         "\"a", "sip:",    "SIP/2.0" };
    osip_uri_t *uri;
    osip_from_t *from;
    sdp_message_t *sdp;

    for (size_t i = 0; i < array_length(texts); i++) {
        struct slice text = slice_str(texts[i]);

        assert_int_equal(typed_uri(&uri, text), ERR_PROTOCOL);
        assert_null(uri);
        assert_int_equal(typed_sdp(&sdp, text), ERR_PROTOCOL);
        assert_null(sdp);
    }
    assert_int_equal(typed_name_addr(&from, SLICE("\"a <sip:")), ERR_PROTOCOL);
    assert_null(from);
    assert_int_equal(typed_name_addr(&from, SLICE("<sip:a\0b@h>")),
                     ERR_PROTOCOL);
    assert_int_equal(typed_uri(&uri, slice_of(NULL, 0)), ERR_PROTOCOL);
    assert_int_equal(typed_sdp(&sdp, slice_of(NULL, 0)), ERR_PROTOCOL);
    assert_int_equal(typed_sdp(&sdp, SLICE("v=0\r\nm=audio\r\n")),
                     ERR_PROTOCOL);
}

static void refusal_is_silent(void **state)
{
    FILE *caught = tmpfile();
    int keep = dup(STDOUT_FILENO);
    long size;

    assert_non_null(caught);
    fflush(stdout);
    dup2(fileno(caught), STDOUT_FILENO);
    refuse_all();
    whole_message(state);
    fflush(stdout);
    dup2(keep, STDOUT_FILENO);
    close(keep);
    fseek(caught, 0, SEEK_END);
    size = ftell(caught);
    fclose(caught);
    assert_int_equal(size, 0);
}

static int init(void **state)
{
    (void)state;
    typed_init();
    typed_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uri_view),          cmocka_unit_test(name_addr_view),
        cmocka_unit_test(sdp_view),          cmocka_unit_test(whole_message),
        cmocka_unit_test(refusal_is_silent),
    };

    return cmocka_run_group_tests(tests, init, NULL);
}
