/* SPDX-License-Identifier: MIT */
/* Requests, responses, ACK and CANCEL as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "message/render.h"

static struct message *make(const char *text)
{
    struct message *m;

    assert_int_equal(message_new(&m, text, strlen(text), 0, 0), ERR_NONE);
    return m;
}

static void check(struct buf *out, const char *wanted)
{
    buf_char(out, '\0');
    assert_string_equal(out->p, wanted);
    buf_fini(out);
}

static void whole_request(void **state)
{
    const struct slice lines[] = { SLICE("Allow: INVITE"), SLICE("X: y") };
    struct render_request r = {
        .method = SLICE("INVITE"),
        .uri = SLICE("sip:b@h"),
        .route_lines = SLICE("Route: <sip:p;lr>\r\nRoute: <sip:q;lr>\r\n"),
        .via = SLICE("SIP/2.0/UDP 127.0.0.1:5;branch=z9;rport"),
        .max_forwards = 70,
        .from = SLICE("<sip:a@h>;tag=1"),
        .to = SLICE("<sip:b@h>"),
        .call_id = SLICE("c"),
        .cseq = 4294967295u,
        .contact = SLICE("<sip:a@127.0.0.1:5>"),
        .lines = lines,
        .line_count = 2,
        .content_type = SLICE("text/plain"),
        .content_disposition = SLICE("render"),
        .body = SLICE("hello"),
    };
    struct buf out = { 0 };

    (void)state;
    render_request(&out, &r);
    check(&out, "INVITE sip:b@h SIP/2.0\r\n"
                "Route: <sip:p;lr>\r\nRoute: <sip:q;lr>\r\n"
                "Via: SIP/2.0/UDP 127.0.0.1:5;branch=z9;rport\r\n"
                "Max-Forwards: 70\r\n"
                "From: <sip:a@h>;tag=1\r\n"
                "To: <sip:b@h>\r\n"
                "Call-ID: c\r\n"
                "CSeq: 4294967295 INVITE\r\n"
                "Contact: <sip:a@127.0.0.1:5>\r\n"
                "Allow: INVITE\r\nX: y\r\n"
                "Content-Type: text/plain\r\n"
                "Content-Disposition: render\r\n"
                "Content-Length: 5\r\n\r\nhello");
}

static void sparse_request(void **state)
{
    struct render_request r = { .method = SLICE("BYE"),
                                .uri = SLICE("sip:b@h"),
                                .max_forwards = -1,
                                .cseq = 2,
                                .cseq_method = SLICE("INVITE") };
    struct buf out = { 0 };

    (void)state;
    render_request(&out, &r);
    check(&out, "BYE sip:b@h SIP/2.0\r\nCSeq: 2 INVITE\r\n"
                "Content-Length: 0\r\n\r\n");
}

static void whole_response(void **state)
{
    struct message *request =
        make("INVITE sip:b@h SIP/2.0\r\n"
             "Record-Route: <sip:p;lr>\r\n"
             "v: SIP/2.0/UDP one;branch=1, SIP/2.0/TCP two\r\n"
             "Via:  SIP/2.0/UDP three;x=1 \r\n"
             "To: Bob <sip:b@h>\r\n"
             "From: \"A\"\r\n <sip:a@h>;tag=1\r\n"
             "CSeq: 0009   INVITE\r\n"
             "Record-Route: <sip:q;lr>,\r\n <sip:r;lr>\r\n"
             "Call-ID: c\r\n\r\n");
    const struct slice line = SLICE("Allow: INVITE");
    struct render_response r = { .request = request,
                                 .status = 200,
                                 .to_tag = SLICE("t"),
                                 .record_route = true,
                                 .contact = SLICE("<sip:b@x>"),
                                 .lines = &line,
                                 .line_count = 1,
                                 .content_type = SLICE("a/b"),
                                 .body = SLICE("xy") };
    struct buf out = { 0 };

    (void)state;
    render_response(&out, &r);
    check(&out, "SIP/2.0 200 OK\r\n"
                "Via: SIP/2.0/UDP one;branch=1, SIP/2.0/TCP two\r\n"
                "Via: SIP/2.0/UDP three;x=1\r\n"
                "Record-Route: <sip:p;lr>\r\n"
                "Record-Route: <sip:q;lr>,\r\n <sip:r;lr>\r\n"
                "From: \"A\"\r\n <sip:a@h>;tag=1\r\n"
                "To: Bob <sip:b@h>;tag=t\r\n"
                "Call-ID: c\r\n"
                "CSeq: 0009   INVITE\r\n"
                "Contact: <sip:b@x>\r\n"
                "Allow: INVITE\r\n"
                "Content-Type: a/b\r\n"
                "Content-Length: 2\r\n\r\nxy");
    message_unref(request);
}

static void known_to_tag_stays(void **state)
{
    struct message *request = make("BYE sip:b@h SIP/2.0\r\n"
                                   "Via: SIP/2.0/UDP one\r\n"
                                   "Record-Route: <sip:p;lr>\r\n"
                                   "To: <sip:b@h>;tag=have\r\n\r\n");
    struct render_response r = { .request = request,
                                 .status = 487,
                                 .reason = SLICE(""),
                                 .to_tag = SLICE("t") };
    struct buf out = { 0 };

    (void)state;
    render_response(&out, &r);
    check(&out, "SIP/2.0 487 \r\nVia: SIP/2.0/UDP one\r\n"
                "To: <sip:b@h>;tag=have\r\nContent-Length: 0\r\n\r\n");
    message_unref(request);
}

static void trying_has_no_tag(void **state)
{
    struct message *request = make("INVITE sip:b@h SIP/2.0\r\n"
                                   "To: sip:b@h\r\n\r\n");
    struct render_response r = { .request = request, .status = 100 };
    struct buf out = { 0 };

    (void)state;
    render_response(&out, &r);
    check(&out, "SIP/2.0 100 Trying\r\nTo: sip:b@h\r\n"
                "Content-Length: 0\r\n\r\n");
    message_unref(request);
}

/* RFC 3581 4, RFC 3261 18.2.1 */
static void top_via_tells_where_from(void **state)
{
    static const struct {
        const char *via;
        const char *host;
        uint16_t port;
        const char *wanted;
    } rows[] = {
        { "SIP/2.0/UDP h;rport;branch=1", "192.0.2.1", 4000,
          "SIP/2.0/UDP h;rport=4000;branch=1;received=192.0.2.1" },
        { "SIP/2.0/UDP h;branch=1;rport , SIP/2.0/UDP i;rport", "192.0.2.1",
          65535,
          "SIP/2.0/UDP h;branch=1;rport=65535;received=192.0.2.1 ,"
          " SIP/2.0/UDP i;rport" },
        { "SIP/2.0/UDP h;rport=1;received=x;a", "::1", 9,
          "SIP/2.0/UDP h;rport=9;received=::1;a" },
        { "SIP/2.0/UDP h;received=x;rport", "y", 9,
          "SIP/2.0/UDP h;received=y;rport=9" },
        { "SIP/2.0/UDP h;rport= ;a", "y", 9,
          "SIP/2.0/UDP h;rport= 9;a;received=y" },
        { "SIP/2.0/UDP h;branch=1", "192.0.2.1", 4000,
          "SIP/2.0/UDP h;branch=1;received=192.0.2.1" },
        { "SIP/2.0/UDP h;rport", "192.0.2.1", 0,
          "SIP/2.0/UDP h;rport;received=192.0.2.1" },
        { "SIP/2.0/UDP h;rport", NULL, 77, "SIP/2.0/UDP h;rport=77" },
        { "unreadable;rport", "192.0.2.1", 77, "unreadable;rport" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf text = { 0 };
        struct buf out = { 0 };
        struct message *request;
        struct render_response r = { .status = 200 };
        struct slice via;

        buf_fmt(&text,
                "BYE sip:b@h SIP/2.0\r\nVia: %s\r\nVia: SIP/2.0/UDP z;rport"
                "\r\n\r\n%c",
                rows[i].via, '\0');
        request = make(text.p);
        r.request = request;
        r.received_host = slice_str(rows[i].host);
        r.received_port = rows[i].port;
        render_response(&out, &r);
        via = slice_of(out.p + 21, strlen(rows[i].wanted));
        assert_memory_equal(via.p, rows[i].wanted, via.n);
        assert_memory_equal(via.p + via.n, "\r\nVia: SIP/2.0/UDP z;rport\r\n",
                            28);
        message_unref(request);
        buf_fini(&text);
        buf_fini(&out);
    }
}

static void bare_line_feed_folds_are_mended(void **state)
{
    struct message *request = make("BYE sip:b@h SIP/2.0\n"
                                   "Via: SIP/2.0/UDP h\n ;rport\n ;x\n"
                                   "From: <sip:a@h>\n\t;tag=1\n\n");
    struct render_response r = { .request = request,
                                 .status = 200,
                                 .received_port = 5 };
    struct buf out = { 0 };

    (void)state;
    render_response(&out, &r);
    check(&out, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h ;rport=5 ;x\r\n"
                "From: <sip:a@h> ;tag=1\r\nContent-Length: 0\r\n\r\n");
    message_unref(request);
}

static const char invite[] = "INVITE sip:b@h;x SIP/2.0\r\n"
                             "Route: <sip:p;lr>\r\n"
                             "Via: SIP/2.0/UDP one;branch=1, SIP/2.0/UDP o\r\n"
                             "Via: SIP/2.0/UDP two\r\n"
                             "Max-Forwards: 12\r\n"
                             "From: <sip:a@h>;tag=1\r\n"
                             "To: <sip:b@h>\r\n"
                             "Call-ID: c\r\n"
                             "CSeq: 5 INVITE\r\n"
                             "Authorization: Digest username=\"a, b\"\r\n"
                             "route: <sip:q;lr>,\r\n <sip:r;lr>\r\n"
                             "Proxy-Authorization: Digest x=y\r\n"
                             "Proxy-Authorization: Digest z=y\r\n"
                             "Content-Length: 2\r\n\r\nxx";

static void ack_of_a_refusal(void **state)
{
    struct message *request = make(invite);
    struct message *response = make("SIP/2.0 486 Busy\r\n"
                                    "To: <sip:b@h>;tag=theirs\r\n\r\n");
    struct buf out = { 0 };

    (void)state;
    render_ack(&out, request, response, NULL, 0);
    check(&out, "ACK sip:b@h;x SIP/2.0\r\n"
                "Route: <sip:p;lr>\r\n"
                "route: <sip:q;lr>,\r\n <sip:r;lr>\r\n"
                "Via: SIP/2.0/UDP one;branch=1\r\n"
                "Max-Forwards: 70\r\n"
                "From: <sip:a@h>;tag=1\r\n"
                "To: <sip:b@h>;tag=theirs\r\n"
                "Call-ID: c\r\n"
                "CSeq: 5 ACK\r\n"
                "Authorization: Digest username=\"a, b\"\r\n"
                "Proxy-Authorization: Digest x=y\r\n"
                "Proxy-Authorization: Digest z=y\r\n"
                "Content-Length: 0\r\n\r\n");
    message_unref(request);
    message_unref(response);
}

static void cancel_of_an_invite(void **state)
{
    struct message *request = make(invite);
    const struct slice line = SLICE("Reason: SIP;cause=487");
    struct buf out = { 0 };

    (void)state;
    render_cancel(&out, request, &line, 1);
    check(&out, "CANCEL sip:b@h;x SIP/2.0\r\n"
                "Route: <sip:p;lr>\r\n"
                "route: <sip:q;lr>,\r\n <sip:r;lr>\r\n"
                "Via: SIP/2.0/UDP one;branch=1\r\n"
                "Max-Forwards: 70\r\n"
                "From: <sip:a@h>;tag=1\r\n"
                "To: <sip:b@h>\r\n"
                "Call-ID: c\r\n"
                "CSeq: 5 CANCEL\r\n"
                "Reason: SIP;cause=487\r\n"
                "Content-Length: 0\r\n\r\n");
    message_unref(request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_request),
        cmocka_unit_test(sparse_request),
        cmocka_unit_test(whole_response),
        cmocka_unit_test(known_to_tag_stays),
        cmocka_unit_test(trying_has_no_tag),
        cmocka_unit_test(top_via_tells_where_from),
        cmocka_unit_test(bare_line_feed_folds_are_mended),
        cmocka_unit_test(ack_of_a_refusal),
        cmocka_unit_test(cancel_of_an_invite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
