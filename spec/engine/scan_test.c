/* SPDX-License-Identifier: MIT */
/* The scan of whole messages: what it finds and what it notes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "scan_samples.h"
#include "wire/scan.h"

#define assert_slice(s, text)                      \
    do {                                           \
        struct slice got_ = (s);                   \
        assert_non_null(got_.p);                   \
        assert_int_equal(got_.n, strlen(text));    \
        assert_memory_equal(got_.p, text, got_.n); \
    } while (0)
#define assert_absent(s) assert_null((s).p)

static int scan(const char *text, struct wire_message *out)
{
    return wire_scan(text, strlen(text), out);
}

static void request_is_read(void **state)
{
    struct wire_message m;

    (void)state;
    assert_int_equal(wire_scan(invite, sizeof(invite) - 1, &m), ERR_NONE);
    assert_int_equal(m.flaws, 0);
    assert_null(wire_flaw_text(m.flaws));
    assert_true(m.request);
    assert_int_equal(m.method, METHOD_INVITE);
    assert_slice(m.method_name, "INVITE");
    assert_slice(m.uri, "sip:bob@biloxi.example");
    assert_slice(m.via.value, "SIP/2.0/UDP pc33.atlanta.example:5066;"
                              "branch=z9hG4bK776asdhds;rport");
    assert_slice(m.via.transport, "UDP");
    assert_slice(m.via.host, "pc33.atlanta.example");
    assert_int_equal(m.via.port, 5066);
    assert_slice(m.via.branch, "z9hG4bK776asdhds");
    assert_true(m.via.rport);
    assert_slice(m.via.rport_value, "");
    assert_absent(m.via.received);
    assert_slice(m.from_tag, "1928");
    assert_absent(m.to_tag);
    assert_slice(m.to, "Bob <sip:bob@biloxi.example>");
    assert_slice(m.call_id, "a84b4c76e66710@pc33");
    assert_int_equal(m.cseq, 314159);
    assert_slice(m.cseq_method, "INVITE");
    assert_slice(m.body, "v=0\r\n");
    assert_memory_equal(m.headers.p, "Via:", 4);
    assert_memory_equal(m.headers.p + m.headers.n - 4, ": 5\r\n" + 1, 4);
}

static void response_in_compact_form_is_read(void **state)
{
    struct wire_message m;

    (void)state;
    assert_int_equal(scan(ringing, &m), ERR_NONE);
    assert_int_equal(m.flaws, 0);
    assert_false(m.request);
    assert_int_equal(m.status, 180);
    assert_slice(m.reason, "Ringing now");
    assert_absent(m.uri);
    assert_int_equal(m.method, METHOD_PRACK);
    assert_slice(m.method_name, "PRACK");
    assert_slice(m.via.host, "2001:db8::1");
    assert_int_equal(m.via.port, 5060);
    assert_slice(m.via.received, "192.0.2.7");
    assert_slice(m.via.rport_value, "4711");
    assert_slice(m.from_tag, "one");
    assert_slice(m.to_tag, "two");
    assert_int_equal(m.body.n, 0);
}

static void odd_spacing_is_read(void **state)
{
    struct wire_message m;

    (void)state;
    assert_int_equal(scan(odd, &m), ERR_NONE);
    assert_int_equal(m.flaws, 0);
    assert_slice(m.uri, "sip:v;a=1?x@h;lr");
    assert_slice(m.to_tag, "19n");
    assert_slice(m.from_tag, "98");
    assert_slice(m.via.host, "192.0.2.2");
    assert_int_equal(m.via.port, 5060);
    assert_slice(m.via.branch, "z9hG4bK9ikj8");
    assert_slice(m.via.transport, "UDP");
    assert_slice(m.call_id, "abc");
    assert_int_equal(m.cseq, 9);
}

static void start_lines(void **state)
{
    static const struct {
        const char *line;
        int err;
        uint32_t flaws;
        const char *uri;
    } rows[] = {
        { "INVITE sip:a@b SIP/2.0", 0, 0, "sip:a@b" },
        { "X.y-!%*_+`'~ sip:a@b SIP/2.0", 0, 0, "sip:a@b" },
        { "INVITE  sip:a@b SIP/2.0", 0, FLAW_START_LINE, "sip:a@b" },
        { "INVITE sip:a@b  SIP/2.0", 0, FLAW_START_LINE, "sip:a@b" },
        { "INVITE sip:a@b SIP/2.0 ", 0, FLAW_START_LINE, "sip:a@b" },
        { "INVITE sip:a@b; lr SIP/2.0", 0, FLAW_START_LINE, "sip:a@b; lr" },
        { "INVITE <sip:a@b> SIP/2.0", 0, FLAW_START_LINE, "<sip:a@b>" },
        { "INVITE SIP/2.0", 0, FLAW_START_LINE, "" },
        { "INV\"TE sip:a@b SIP/2.0", 0, FLAW_START_LINE, "sip:a@b" },
        { "INVITE sip:a@b sip/2.0", 0, FLAW_START_LINE, "sip:a@b" },
        { "INVITE sip:a@b SIP/7.0", 0, FLAW_VERSION, "sip:a@b" },
        { "INVITE sip:a@b SIP/2.00", 0, FLAW_VERSION, "sip:a@b" },
        { "SIP/2.0 200 OK", 0, 0, NULL },
        { "SIP/2.0 200 ", 0, 0, NULL },
        { "SIP/2.0 999 Odd", 0, 0, NULL },
        { "SIP/2.0 200", 0, FLAW_START_LINE, NULL },
        { "SIP/2.0  200 OK", 0, FLAW_START_LINE, NULL },
        { "SIP/3.0 200 OK", 0, FLAW_VERSION, NULL },
        { "SIP/2.0 099 Low", ERR_PROTOCOL, 0, NULL },
        { "SIP/2.0 20 OK", ERR_PROTOCOL, 0, NULL },
        { "SIP/2.0 2000 OK", ERR_PROTOCOL, 0, NULL },
        { "SIP/2.0 4294967301 OK", ERR_PROTOCOL, 0, NULL },
        { "SIP/2.0 OK", ERR_PROTOCOL, 0, NULL },
        { "SIP/2.0", ERR_PROTOCOL, 0, NULL },
        { "GET / HTTP/1.1", ERR_PROTOCOL, 0, NULL },
        { "INVITE sip:a@b", ERR_PROTOCOL, 0, NULL },
        { "INVITE", ERR_PROTOCOL, 0, NULL },
        { " INVITE sip:a@b SIP/2.0", ERR_PROTOCOL, 0, NULL },
        { "\x16\x03\x01", ERR_PROTOCOL, 0, NULL },
    };
    const uint32_t mask = FLAW_START_LINE | FLAW_VERSION;

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct wire_message m;

        assert_int_equal(scan(rows[i].line, &m), rows[i].err);
        if (rows[i].err)
            continue;
        assert_int_equal(m.flaws & mask, rows[i].flaws);
        assert_int_equal(m.request, rows[i].uri != NULL);
        if (rows[i].uri)
            assert_slice(m.uri, rows[i].uri);
    }
}

static void keep_alives_are_not_found(void **state)
{
    struct wire_message m;

    (void)state;
    assert_int_equal(scan("\r\n\r\n", &m), ERR_NOT_FOUND);
    assert_int_equal(scan("\r\n", &m), ERR_NOT_FOUND);
    assert_int_equal(wire_scan(NULL, 0, &m), ERR_NOT_FOUND);
}

/* A whole request with one line changed: "From" gives way to `line`. */
static uint32_t flaws_with(const char *instead, const char *line,
                           struct wire_message *m)
{
    static const char *const lines[] = {
        "Via: SIP/2.0/UDP h;branch=z9",
        "From: <sip:a@h>;tag=1",
        "To: sip:b@h",
        "Call-ID: c",
        "CSeq: 1 BYE",
        "Content-Length: 3",
    };
    static char text[1024];

    strcpy(text, "BYE sip:b@h SIP/2.0\r\n");
    for (size_t i = 0; i < array_length(lines); i++) {
        bool swap = strncmp(lines[i], instead, strlen(instead)) == 0;

        strcat(text, swap ? line : lines[i]);
        strcat(text, swap && !*line ? "" : "\r\n");
    }
    strcat(text, "\r\nabc");
    assert_int_equal(scan(text, m), ERR_NONE);
    return m->flaws;
}

static void flaws_of_headers(void **state)
{
    static const struct {
        const char *instead;
        const char *line;
        uint32_t flaws;
    } rows[] = {
        { "none", "", 0 },
        { "Via", "", FLAW_NO_VIA },
        { "From", "", FLAW_NO_FROM },
        { "To", "", FLAW_NO_TO },
        { "Call-ID", "", FLAW_NO_CALL_ID },
        { "CSeq", "", FLAW_NO_CSEQ },
        { "Content-Length", "", 0 },
        { "Via", "Via: SIP/2.0/UDP", FLAW_NO_VIA },
        { "Via", "Via: SIP/2.0/UDP h:99999;branch=x", FLAW_NO_VIA },
        { "Via", "Via: SIP/2.0/UDP h:;branch=x", FLAW_NO_VIA },
        { "Via", "Via: SIP/2.0/UDP [::1;branch=x", FLAW_NO_VIA },
        { "Via", "Via: SIP/2.0 h", FLAW_NO_VIA },
        { "From", "From: \"never closed <sip:a@h>;tag=1", FLAW_NO_FROM },
        { "From", "From: <sip:a@h;tag=1", FLAW_NO_FROM },
        { "To", "To:", FLAW_NO_TO },
        { "Call-ID", "Call-ID: ", FLAW_NO_CALL_ID },
        { "CSeq", "CSeq: 4294967295 BYE", 0 },
        { "CSeq", "CSeq: 4294967296 BYE", FLAW_NO_CSEQ },
        { "CSeq", "CSeq: 36893488147419103232 BYE", FLAW_NO_CSEQ },
        { "CSeq", "CSeq: -1 BYE", FLAW_NO_CSEQ },
        { "CSeq", "CSeq: BYE", FLAW_NO_CSEQ },
        { "CSeq", "CSeq: 1", FLAW_NO_CSEQ },
        { "CSeq", "CSeq: 1 BYE BYE", FLAW_NO_CSEQ },
        { "CSeq", "CSeq: 1 INVITE", FLAW_CSEQ_METHOD },
        { "CSeq", "CSeq: 1 bye", FLAW_CSEQ_METHOD },
        { "CSeq", "CSeq: 1 BYE\r\nCSeq: 2 BYE", FLAW_DUPLICATE },
        { "From", "From: <sip:a@h>;tag=1\r\nf: <sip:x@h>", FLAW_DUPLICATE },
        { "Content-Length", "Content-Length: 4", FLAW_CONTENT_LENGTH },
        { "Content-Length", "Content-Length: -9", FLAW_CONTENT_LENGTH },
        { "Content-Length", "Content-Length: 3x", FLAW_CONTENT_LENGTH },
        { "Content-Length", "Content-Length: 99999999999",
          FLAW_CONTENT_LENGTH },
        { "Content-Length", "Content-Length: 3\r\nl: 3", 0 },
        { "Content-Length", "Content-Length: 3\r\nl: 2", FLAW_CONTENT_LENGTH },
        { "Content-Length", "no colon here", FLAW_HEADER_LINE },
        { "Content-Length", ": no name", FLAW_HEADER_LINE },
        { "Content-Length", "two words: x", FLAW_HEADER_LINE },
        { "Content-Length", "Subject: x\ny: z", FLAW_LINE_END },
        { "Content-Length", "Subject: x\ry: z", FLAW_LINE_END },
        { "Content-Length", "Subject: x\n folded", FLAW_LINE_END },
    };

    (void)state;
    for (size_t i = 0; i < array_length(rows); i++) {
        struct wire_message m;
        uint32_t flaws = flaws_with(rows[i].instead, rows[i].line, &m);

        if (flaws != rows[i].flaws)
            print_message("row %zu: %s\n", i, rows[i].line);
        assert_int_equal(flaws, rows[i].flaws);
        assert_slice(m.body, "abc");
        assert_int_equal(wire_flaw_text(flaws) != NULL, flaws != 0);
    }
}

static void first_of_two_counts(void **state)
{
    struct wire_message m;

    (void)state;
    flaws_with("CSeq", "CSeq: 1 BYE\r\nCSeq: 2 BYE", &m);
    assert_int_equal(m.cseq, 1);
    flaws_with("Via", "Via: SIP/2.0/UDP one\r\nVia: SIP/2.0/UDP two", &m);
    assert_slice(m.via.host, "one");
    assert_int_equal(m.flaws, 0);
    assert_absent(m.via.branch);
}

static void bare_line_feeds_are_read(void **state)
{
    struct wire_message m;

    (void)state;
    assert_int_equal(scan("BYE sip:b@h SIP/2.0\nVia: SIP/2.0/UDP h\n"
                          "From: <sip:a@h>;tag=1\nTo: <sip:b@h>\nCall-ID: c\n"
                          "CSeq: 1 BYE\nContent-Length: 2\n\nxyz",
                          &m),
                     ERR_NONE);
    assert_int_equal(m.flaws, FLAW_LINE_END);
    assert_slice(m.via.host, "h");
    assert_slice(m.body, "xy");
}

static void nul_in_a_header_is_a_flaw(void **state)
{
    static const char text[] = "BYE sip:b@h SIP/2.0\r\nSubject: a\0b\r\n"
                               "Call-ID: c\r\n\r\n";
    struct wire_message m;

    (void)state;
    assert_int_equal(wire_scan(text, sizeof(text) - 1, &m), ERR_NONE);
    assert_true(m.flaws & FLAW_HEADER_LINE);
    assert_false(m.flaws & FLAW_UNTERMINATED);
    assert_slice(m.call_id, "c");
}

static void missing_empty_line_is_a_flaw(void **state)
{
    struct wire_message m;

    (void)state;
    assert_int_equal(scan("BYE sip:b@h SIP/2.0\r\nCall-ID: c\r\n", &m), 0);
    assert_true(m.flaws & FLAW_UNTERMINATED);
    assert_slice(m.call_id, "c");
    assert_slice(m.body, "");
    assert_int_equal(scan("BYE sip:b@h SIP/2.0\r\n\r\n", &m), 0);
    assert_false(m.flaws & FLAW_UNTERMINATED);
    assert_slice(m.headers, "");
}

static void headers_that_others_ask_for_are_noted(void **state)
{
    struct wire_message m;

    (void)state;
    assert_int_equal(scan("BYE sip:b@h SIP/2.0\r\n"
                          "Record-Route: <sip:p;lr>, <sip:q;lr>\r\n"
                          "record-route: <sip:r;lr>\r\n"
                          "m : <sip:a@h>\r\nContact: <sip:c@h>\r\n"
                          "proxy-authorization:Digest x\r\n\r\n",
                          &m),
                     0);
    assert_slice(m.record_route, "<sip:p;lr>, <sip:q;lr>");
    assert_slice(m.contact, "<sip:a@h>");
    assert_slice(m.credentials, "Digest x");
    assert_int_equal(scan("BYE sip:b@h SIP/2.0\r\nContacts: x\r\n\r\n", &m), 0);
    assert_absent(m.record_route);
    assert_absent(m.contact);
    assert_absent(m.credentials);
}

/* Names that begin like others, and lines that end where a name does. */
static void names_are_not_mixed_up(void **state)
{
    static const char *const cut[] = { "V",    "Via:",     "C",
                                       "CSeq", "Call-ID:", "Content-L",
                                       "To:",  "R",        "From" };
    struct wire_message m;

    (void)state;
    assert_int_equal(scan("BYE sip:b@h SIP/2.0\r\nTow: x\r\nCall-IDs: y\r\n"
                          "Content-Language: de\r\nVia2: z\r\n"
                          "To:b <sip:b@h> ; x=y;tag = t1\r\n"
                          "From: <sip:a@h>;tag=t2 ;u\r\n\r\n",
                          &m),
                     0);
    assert_absent(m.call_id);
    assert_absent(m.via.value);
    assert_slice(m.to_tag, "t1");
    assert_slice(m.from_tag, "t2");
    for (size_t i = 0; i < array_length(cut); i++) {
        size_t n = strlen(cut[i]) + 21;
        char *exact = memcpy(mem_alloc(n), "BYE sip:b@h SIP/2.0\r\n", 21);

        memcpy(exact + 21, cut[i], n - 21);
        assert_int_equal(wire_scan(exact, n, &m), 0);
        assert_true(m.flaws & FLAW_UNTERMINATED);
        mem_free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_read),
        cmocka_unit_test(response_in_compact_form_is_read),
        cmocka_unit_test(odd_spacing_is_read),
        cmocka_unit_test(start_lines),
        cmocka_unit_test(keep_alives_are_not_found),
        cmocka_unit_test(flaws_of_headers),
        cmocka_unit_test(first_of_two_counts),
        cmocka_unit_test(bare_line_feeds_are_read),
        cmocka_unit_test(headers_that_others_ask_for_are_noted),
        cmocka_unit_test(names_are_not_mixed_up),
        cmocka_unit_test(nul_in_a_header_is_a_flaw),
        cmocka_unit_test(missing_empty_line_is_a_flaw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
