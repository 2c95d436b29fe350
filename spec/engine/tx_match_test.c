/* SPDX-License-Identifier: MIT */
/* Matching: RFC 3261 17.1.3, 17.2.3, 18.2.2, RFC 3581; and what is dropped. */
#include "tx_support.h"

/* ---- clients ---- */

static void respond_via(struct bench *b, int status, const char *via,
                        const char *method)
{
    struct buf text = { 0 };
    make_response(&text, status, via, "a", method);
    peer_send_text(b, buf_view(&text));
    buf_fini(&text);
}

static void a_response_matches_by_branch_and_cseq_method(void **state)
{
    struct bench *b = *state;
    bench_client(b, "OPTIONS");
    peer_respond(b, 200, "z9hG4bKother", "OPTIONS", "a");
    peer_respond(b, 200, BRANCH, "INVITE", "a");
    assert_string_equal(b->told, "stray:200 stray:200");
    peer_respond(b, 200, BRANCH, "OPTIONS", "a");
    assert_string_equal(b->told, "stray:200 stray:200 200");
}

static void a_response_with_another_sent_by_is_a_stray(void **state)
{
    struct bench *b = *state;
    char via[256];
    bench_client(b, "OPTIONS");
    respond_via(b, 200, "SIP/2.0/UDP 127.0.0.1:1;branch=" BRANCH, "OPTIONS");
    respond_via(b, 200, "SIP/2.0/UDP 127.0.0.1;branch=" BRANCH, "OPTIONS");
    assert_string_equal(b->told, "stray:200 stray:200");
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;received=1.2.3.4;branch=%s",
             b->our_text, BRANCH);
    respond_via(b, 200, via, "OPTIONS");
    assert_string_equal(b->told, "stray:200 stray:200 200");
}

static void a_sent_by_host_has_no_case_and_port_5060_by_default(void **state)
{
    struct bench *b = *state;
    struct buf text = { 0 };
    struct message *m = NULL;
    struct tx_client_options options = { .socket = b->socket,
                                         .to = b->peer_addr,
                                         .timing = b->timing,
                                         .ops = &bench_ops,
                                         .arg = b };
    make_request(&text, "OPTIONS", "SIP/2.0/UDP Host.Example;branch=" BRANCH,
                 "<sip:b@x>");
    assert_int_equal(message_new(&m, text.p, text.n, 0, 0), 0);
    assert_int_equal(tx_request(b->layer, &b->t, m, &options), 0);
    message_unref(m);
    buf_fini(&text);
    respond_via(b, 200, "SIP/2.0/UDP hOST.example:5060;branch=" BRANCH,
                "OPTIONS");
    assert_string_equal(b->told, "200");
}

static void a_response_with_two_vias_is_delivered(void **state)
{
    struct bench *b = *state;
    char via[256];
    bench_client(b, "OPTIONS");
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=%s, SIP/2.0/UDP x",
             b->our_text, BRANCH);
    respond_via(b, 200, via, "OPTIONS");
    assert_string_equal(b->told, "200");
}

static void cancel_and_invite_of_one_branch_are_two_transactions(void **state)
{
    struct bench *b = *state;
    struct tx *cancel = NULL;
    bench_client(b, "INVITE");
    assert_int_equal(
        bench_request_to(b, &cancel, "CANCEL", BRANCH, &b->peer_addr), 0);
    assert_int_equal(tx_kind(cancel), TX_NICT);
    peer_respond(b, 200, BRANCH, "CANCEL", "a");
    assert_int_equal(tx_state(cancel), TX_COMPLETED);
    assert_int_equal(tx_state(b->t), TX_CALLING);
    peer_respond(b, 487, BRANCH, "INVITE", "a");
    assert_int_equal(tx_state(b->t), TX_COMPLETED);
    assert_string_equal(b->heard, "INVITE CANCEL ACK");
}

static int request_text(struct bench *b, struct slice text)
{
    struct message *m = NULL;
    struct tx *t = NULL;
    struct tx_client_options options = { .socket = b->socket,
                                         .to = b->peer_addr,
                                         .timing = b->timing };
    assert_int_equal(message_new(&m, text.p, text.n, 0, 0), 0);
    int err = tx_request(b->layer, &t, m, &options);
    assert_true(err == 0 ? t != NULL : t == NULL);
    message_unref(m);
    return err;
}

static void wrong_requests_are_refused(void **state)
{
    struct bench *b = *state;
    struct tx *t = NULL;
    bench_client(b, "OPTIONS");
    assert_int_equal(bench_request_to(b, &t, "OPTIONS", BRANCH, &b->peer_addr),
                     ERR_STATE);
    assert_int_equal(bench_request_to(b, &t, "ACK", BRANCH, &b->peer_addr),
                     ERR_ARGUMENT);
    assert_int_equal(
        request_text(b,
                     SLICE("BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n")),
        ERR_ARGUMENT);
    assert_int_equal(
        request_text(b, SLICE("SIP/2.0 200 OK\r\n"
                              "Via: SIP/2.0/UDP x;branch=z9hG4bK1\r\n\r\n")),
        ERR_ARGUMENT);
    assert_int_equal(tx_counters(b->layer)->live, 1);
}

/* ---- servers ---- */

static void request_via(struct bench *b, const char *method, const char *via)
{
    struct buf text = { 0 };
    make_request(&text, method, via, "<sip:b@127.0.0.1>");
    peer_send_text(b, buf_view(&text));
    buf_fini(&text);
}

static void a_request_matches_by_branch_sent_by_and_method(void **state)
{
    struct bench *b = *state;
    request_via(b, "OPTIONS", "SIP/2.0/UDP Host:5060;branch=" BRANCH);
    request_via(b, "OPTIONS", "SIP/2.0/UDP hOST;branch=" BRANCH ";rport");
    assert_string_equal(b->told, "request:OPTIONS");
    request_via(b, "OPTIONS", "SIP/2.0/UDP host:5061;branch=" BRANCH);
    request_via(b, "OPTIONS", "SIP/2.0/UDP other;branch=" BRANCH);
    request_via(b, "OPTIONS", "SIP/2.0/UDP host;branch=" BRANCH "2");
    request_via(b, "MESSAGE", "SIP/2.0/UDP host;branch=" BRANCH);
    assert_string_equal(b->told, "request:OPTIONS request:OPTIONS "
                                 "request:OPTIONS request:OPTIONS "
                                 "request:MESSAGE");
    assert_int_equal(tx_counters(b->layer)->absorbed, 1);
    assert_int_equal(tx_counters(b->layer)->created[TX_NIST], 5);
}

static void cancel_knows_its_invite(void **state)
{
    struct bench *b = *state;
    bench_server(b, "INVITE");
    struct tx *invite = b->t;
    peer_request(b, "CANCEL", BRANCH);
    assert_ptr_equal(b->target, invite);
    assert_ptr_not_equal(b->t, invite);
    assert_int_equal(tx_kind(b->t), TX_NIST);
    b->target = invite;
    peer_request(b, "CANCEL", BRANCH "-nobody");
    assert_null(b->target);
    assert_string_equal(b->told,
                        "request:INVITE request:CANCEL request:CANCEL");
}

/* RFC 2543: no cookie in the branch, or no branch at all. */
static void without_the_cookie_the_older_rules_hold(void **state)
{
    struct bench *b = *state;
    request_via(b, "INVITE", "SIP/2.0/UDP host;branch=1");
    struct tx *invite = b->t;
    request_via(b, "INVITE", "SIP/2.0/UDP host;branch=1");
    assert_string_equal(b->told, "request:INVITE");
    request_via(b, "CANCEL", "SIP/2.0/UDP host;branch=1");
    assert_ptr_equal(b->target, invite);
    request_via(b, "INVITE", "SIP/2.0/UDP host");
    request_via(b, "INVITE", "SIP/2.0/UDP host;branch=z9hG4bK");
    assert_string_equal(
        b->told, "request:INVITE request:CANCEL request:INVITE request:INVITE");
}

static void ack_via(struct bench *b, const char *to)
{
    struct buf text = { 0 };
    make_request(&text, "ACK", "SIP/2.0/UDP host;branch=1", to);
    peer_send_text(b, buf_view(&text));
    buf_fini(&text);
}

static void by_the_older_rules_an_ack_has_the_response_s_tag(void **state)
{
    struct bench *b = *state;
    b->method = "INVITE";
    request_via(b, "INVITE", "SIP/2.0/UDP host;branch=1");
    bench_do(b, "respond:486");
    bench_forget(b);
    ack_via(b, "<sip:b@127.0.0.1>;tag=theirs");
    assert_string_equal(b->told, "layer-ack");
    assert_int_equal(tx_state(b->t), TX_COMPLETED);
    ack_via(b, "<sip:b@127.0.0.1>;tag=ours");
    assert_string_equal(b->told, "layer-ack ack");
    assert_int_equal(tx_state(b->t), TX_CONFIRMED);
}

static void an_ack_of_nothing_goes_to_the_layer_s_user(void **state)
{
    struct bench *b = *state;
    peer_request(b, "ACK", BRANCH);
    assert_string_equal(b->told, "layer-ack");
    assert_int_equal(tx_counters(b->layer)->live, 0);
}

/* ---- where responses go ---- */

static uint16_t answer_port(struct bench *b, const char *via)
{
    request_via(b, "OPTIONS", via);
    char host[ADDR_TEXT];
    addr_host_text(tx_peer(b->t), host, false);
    assert_string_equal(host, "127.0.0.1");
    return addr_port(tx_peer(b->t));
}

static void responses_go_to_the_source_host_and_the_via_s_port(void **state)
{
    struct bench *b = *state;
    uint16_t source = addr_port(&b->peer_addr);
    assert_int_equal(
        answer_port(b, "SIP/2.0/UDP 192.0.2.1:7000;branch=z9hG4bK1"), 7000);
    assert_int_equal(answer_port(b, "SIP/2.0/UDP nowhere;branch=z9hG4bK2"),
                     5060);
    assert_int_equal(
        answer_port(b, "SIP/2.0/UDP 192.0.2.1:7000;rport;branch=z9hG4bK3"),
        source);
}

/* RFC 3261 18.2.2: before all else, at the port of the sent-by. A name, and an
 * address that the socket cannot reach, are left aside. */
static void maddr_says_where_responses_go(void **state)
{
    struct bench *b = *state;
    uint16_t source = addr_port(&b->peer_addr);
    assert_int_equal(
        answer_port(b,
                    "SIP/2.0/UDP x:7000;maddr=127.0.0.1;rport;branch=z9hG4bK1"),
        7000);
    assert_int_equal(
        answer_port(b, "SIP/2.0/UDP x;maddr=127.0.0.1;rport;branch=z9hG4bK2"),
        5060);
    assert_int_equal(
        answer_port(b, "SIP/2.0/UDP x:7;maddr=[::1];rport;branch=z9hG4bK3"),
        source);
    assert_int_equal(
        answer_port(b, "SIP/2.0/UDP x:7;maddr=nowhere;rport;branch=z9hG4bK4"),
        source);
}

static void a_cancel_finds_what_it_names_whatever_the_method(void **state)
{
    struct bench *b = *state;
    peer_request(b, "MESSAGE", BRANCH);
    struct tx *t = b->t;
    peer_request(b, "CANCEL", BRANCH);
    assert_ptr_equal(b->target, t);
    peer_request(b, "CANCEL", BRANCH "-nobody");
    assert_null(b->target);
}

static void a_message_knows_both_of_its_sides(void **state)
{
    struct bench *b = *state;
    bench_server(b, "OPTIONS");
    assert_true(addr_eq(&tx_message(b->t)->peer, &b->peer_addr));
    assert_true(addr_eq(&tx_message(b->t)->local, &b->our_addr));
    assert_ptr_equal(tx_socket(b->t), b->socket);
}

/* ---- what goes no further ---- */

static void what_is_dropped_has_a_reason(void **state)
{
    struct bench *b = *state;
    peer_send_text(b, SLICE("\r\n\r\n"));
    peer_send_text(b, SLICE("hello\r\n\r\n"));
    peer_send_text(b, SLICE("SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n"));
    peer_send_text(b, SLICE("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x\r\n\r\n"));
    peer_send_text(b, SLICE("BYE sip:x SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n"));
    assert_string_equal(b->told, "dropped:keep-alive dropped:garbage "
                                 "dropped:no-via dropped:no-via "
                                 "dropped:no-via");
    assert_int_equal(tx_counters(b->layer)->dropped, 5);
    assert_int_equal(tx_counters(b->layer)->live, 0);
}

static void a_flawed_request_is_handed_up_all_the_same(void **state)
{
    struct bench *b = *state;
    peer_send_text(b, SLICE("BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n"));
    assert_string_equal(b->told, "request:BYE");
    peer_send_text(b, SLICE("BYE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n"));
    assert_string_equal(b->told, "request:BYE");
    assert_int_equal(tx_counters(b->layer)->absorbed, 1);
}

static void names_are_words(void **state)
{
    (void)state;
    assert_string_equal(tx_kind_name(TX_ICT), "ICT");
    assert_string_equal(tx_kind_name(TX_NIST), "NIST");
    assert_string_equal(tx_state_name(TX_CALLING), "calling");
    assert_string_equal(tx_state_name(TX_TERMINATED), "terminated");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        bench_spec(a_response_matches_by_branch_and_cseq_method),
        bench_spec(a_response_with_another_sent_by_is_a_stray),
        bench_spec(a_sent_by_host_has_no_case_and_port_5060_by_default),
        bench_spec(a_response_with_two_vias_is_delivered),
        bench_spec(cancel_and_invite_of_one_branch_are_two_transactions),
        bench_spec(wrong_requests_are_refused),
        bench_spec(a_request_matches_by_branch_sent_by_and_method),
        bench_spec(cancel_knows_its_invite),
        bench_spec(without_the_cookie_the_older_rules_hold),
        bench_spec(by_the_older_rules_an_ack_has_the_response_s_tag),
        bench_spec(an_ack_of_nothing_goes_to_the_layer_s_user),
        bench_spec(responses_go_to_the_source_host_and_the_via_s_port),
        bench_spec(maddr_says_where_responses_go),
        bench_spec(a_cancel_finds_what_it_names_whatever_the_method),
        bench_spec(a_message_knows_both_of_its_sides),
        bench_spec(what_is_dropped_has_a_reason),
        bench_spec(a_flawed_request_is_handed_up_all_the_same),
        cmocka_unit_test(names_are_words),
    };
    return cmocka_run_group_tests_name("matching", tests, NULL, NULL);
}
