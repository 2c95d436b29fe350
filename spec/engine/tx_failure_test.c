/* SPDX-License-Identifier: MIT */
/* What the transport could not deliver: RFC 3261 17.1.4, 17.2.4, 18.4. */
#include "tx_support.h"

/* A loopback address at which nobody listens. */
static struct addr closed_address(struct bench *b)
{
    struct net_socket *s = NULL;
    struct addr any, closed;
    assert_int_equal(addr_parse(&any, SLICE("127.0.0.1:0")), 0);
    assert_int_equal(net_open(b->peer_net, &s, NET_UDP, &any, false), 0);
    closed = *net_socket_local(s);
    net_socket_unref(s);
    return closed;
}

static void name_failed(struct bench *b, struct tx *t, const char *which)
{
    struct slice branch = SLICE("?");
    if (tx_message(t))
        branch = tx_message(t)->w.via.branch;
    bench_tell(b, "%s=%.*s", which, (int)branch.n, branch.p);
}

static struct tx *client_to(struct bench *b, const char *method,
                            const char *branch, const struct addr *to)
{
    struct tx *t = NULL;
    assert_int_equal(bench_request_to(b, &t, method, branch, to), 0);
    return t;
}

static void net_fails(struct bench *b, const struct addr *to,
                      const char *quoted)
{
    tx_net_failed(b->layer, b->socket, to, ERR_REFUSED, slice_str(quoted));
}

/* ---- ICMP ---- */

static void icmp_ends_the_one_that_it_is_about(void **state)
{
    struct bench *b = *state;
    struct addr first = closed_address(b), second = closed_address(b);
    b->inside = name_failed;
    struct tx *good = client_to(b, "OPTIONS", "z9hG4bKgood", &b->peer_addr);
    bench_settle(b);
    client_to(b, "OPTIONS", "z9hG4bKone", &first);
    bench_settle(b);
    assert_string_equal(b->told, "failed:refused failed=z9hG4bKone "
                                 "terminated terminated=z9hG4bKone");
    bench_forget(b);
    client_to(b, "INVITE", "z9hG4bKtwo", &second);
    bench_settle(b);
    assert_string_equal(b->told, "failed:refused failed=z9hG4bKtwo "
                                 "terminated terminated=z9hG4bKtwo");
    assert_int_equal(tx_state(good), TX_TRYING);
    assert_int_equal(tx_counters(b->layer)->live, 1);
}

static void icmp_of_one_batch_is_told_apart(void **state)
{
    struct bench *b = *state;
    struct addr closed = closed_address(b);
    b->inside = name_failed;
    client_to(b, "OPTIONS", "z9hG4bKone", &closed);
    struct tx *good = client_to(b, "OPTIONS", "z9hG4bKgood", &b->peer_addr);
    struct tx *slow = client_to(b, "MESSAGE", "z9hG4bKslow", &b->peer_addr);
    assert_string_equal(b->told, "");
    bench_settle(b);
    assert_string_equal(b->told, "failed:refused failed=z9hG4bKone "
                                 "terminated terminated=z9hG4bKone");
    assert_int_equal(tx_state(good), TX_TRYING);
    assert_int_equal(tx_state(slow), TX_TRYING);
    assert_string_equal(b->heard, "OPTIONS MESSAGE");
}

static void icmp_of_a_response_finds_its_server(void **state)
{
    struct bench *b = *state;
    struct addr closed = closed_address(b);
    struct buf text = { 0 };
    char via[256], host[ADDR_TEXT];
    addr_text(&closed, host);
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=%s", host, BRANCH);
    make_request(&text, "INVITE", via, "<sip:b@x>");
    peer_send_text(b, buf_view(&text));
    make_response(&text, 180, via, "a", "INVITE");
    bench_forget(b);
    assert_int_equal(tx_respond(b->t, 180, buf_view(&text), false), 0);
    assert_string_equal(b->told, "");
    bench_settle(b);
    assert_string_equal(b->told, "failed:refused");
    assert_int_equal(tx_state(b->t), TX_PROCEEDING);
    buf_fini(&text);
}

/* ---- quotes ---- */

#define VIA(branch) "Via: SIP/2.0/UDP %s;branch=" branch "\r\n"

static void quote(struct bench *b, const char *format, const char *host)
{
    struct buf text = { 0 };
    const char *mark = strstr(format, "%s");
    buf_add(&text, format, (size_t)(mark - format));
    buf_str(&text, host);
    buf_str(&text, mark + 2);
    tx_net_failed(b->layer, b->socket, &b->peer_addr, ERR_REFUSED,
                  buf_view(&text));
    buf_fini(&text);
}

static void a_quote_tells_cancel_from_its_invite(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    client_to(b, "CANCEL", BRANCH, &b->peer_addr);
    quote(b, "CANCEL sip:b@x SIP/2.0\r\n" VIA(BRANCH) "From: <si", b->our_text);
    assert_string_equal(b->told, "failed:refused terminated");
    assert_int_equal(tx_state(b->t), TX_CALLING);
}

static void a_quoted_ack_belongs_to_its_invite(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do(b, "486");
    bench_forget(b);
    quote(b, "ACK sip:b@x SIP/2.0\r\n" VIA(BRANCH) "CSeq: 1 ACK\r\n\r\n",
          b->our_text);
    assert_string_equal(b->told, "failed:refused");
    assert_int_equal(tx_state(b->t), TX_COMPLETED);
    bench_do(b, "486");
    assert_string_equal(b->heard, "ACK");
}

static void a_quoted_ack_of_nobody_ends_nothing(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    quote(b, "ACK sip:b@x SIP/2.0\r\n" VIA(BRANCH "2") "\r\n", b->our_text);
    net_fails(b, &b->peer_addr, "ACK sip:b@x SIP/2.0\r\nVia: SIP/2.0/U");
    assert_string_equal(b->told, "");
}

static void a_quoted_ack_of_a_2xx_is_told_to_its_invite(void **state)
{
    static const char ack[] = "ACK sip:b@x SIP/2.0\r\n"
                              "Via: SIP/2.0/UDP h;branch=z9hG4bKack\r\n"
                              "CSeq: 1 ACK\r\n\r\n";
    struct bench *b = *state;
    struct addr closed = closed_address(b);
    bench_client(b, "INVITE");
    bench_do(b, "200");
    bench_forget(b);
    assert_int_equal(tx_ack(b->t, SLICE("a"), slice_str(ack), &closed), 0);
    assert_string_equal(b->told, "");
    bench_settle(b);
    assert_string_equal(b->told, "failed:refused");
    tx_net_failed(b->layer, b->socket, &closed, ERR_REFUSED,
                  slice_of(ack, strlen(ack) - 8));
    assert_string_equal(b->told, "failed:refused failed:refused");
    assert_int_equal(tx_state(b->t), TX_ACCEPTED);
    tx_terminate(b->t);
    net_fails(b, &closed, ack);
    assert_string_equal(b->told, "failed:refused failed:refused");
}

static void a_late_error_of_an_answered_request_is_no_news(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do(b, "486");
    bench_forget(b);
    quote(b, "INVITE sip:b@x SIP/2.0\r\n" VIA(BRANCH) "CSeq: 1 INVITE\r\n\r\n",
          b->our_text);
    assert_string_equal(b->told, "");
}

static void a_cut_cseq_is_not_believed(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    quote(b, "INVITE sip:b@x SIP/2.0\r\n" VIA(BRANCH) "CSeq: 1 INV",
          b->our_text);
    assert_string_equal(b->told, "failed:refused terminated");
}

static void a_quoted_response_finds_its_server_even_without_a_cseq(void **state)
{
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_do(b, "respond:180");
    bench_forget(b);
    quote(b, "SIP/2.0 180 Ringing\r\n" VIA(BRANCH) "CSeq: 1 INVITE\r\n\r\n",
          b->peer_text);
    quote(b, "SIP/2.0 180 Ringing\r\n" VIA(BRANCH) "From: <sip:a",
          b->peer_text);
    assert_string_equal(b->told, "failed:refused failed:refused");
    quote(b, "SIP/2.0 180 Ringing\r\n" VIA(BRANCH "2") "From: ", b->peer_text);
    assert_string_equal(b->told, "failed:refused failed:refused");
    assert_int_equal(tx_state(b->t), TX_PROCEEDING);
}

static void without_a_quote_all_live_clients_of_that_peer_fail(void **state)
{
    static const char *const quotes[] = { NULL, "", "OPT",
                                          "OPTIONS sip:b@x SIP/2.0\r\n"
                                          "Via: SIP/2.0/UDP 127.0.0.1;bra" };
    struct bench *b = *state;
    struct addr other = b->peer_addr;
    addr_set_port(&other, 1);
    for (size_t i = 0; i < array_length(quotes); i++) {
        struct tx *done = client_to(b, "OPTIONS", "z9hG4bK1", &b->peer_addr);
        peer_respond(b, 200, "z9hG4bK1", "OPTIONS", "a");
        client_to(b, "OPTIONS", "z9hG4bK2", &b->peer_addr);
        client_to(b, "INVITE", "z9hG4bK3", &b->peer_addr);
        bench_forget(b);
        net_fails(b, &other, quotes[i]);
        assert_string_equal(b->told, "");
        net_fails(b, &b->peer_addr, quotes[i]);
        assert_string_equal(b->told, "failed:refused terminated "
                                     "failed:refused terminated");
        assert_int_equal(tx_state(done), TX_COMPLETED);
        tx_terminate(done);
        bench_settle(b);
    }
}

static void a_cut_response_says_nothing_about_requests(void **state)
{
    struct bench *b = *state;
    bench_client(b, "OPTIONS");
    net_fails(b, &b->peer_addr,
              "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;b");
    assert_string_equal(b->told, "");
}

/* ---- at once ---- */

static void what_does_not_fit_fails_later_not_inside_the_call(void **state)
{
    struct bench *b = *state;
    struct buf text = { 0 };
    struct message *m = NULL;
    struct tx_client_options options = { .socket = b->socket,
                                         .to = b->peer_addr,
                                         .timing = b->timing,
                                         .ops = &bench_ops,
                                         .arg = b };
    make_request(&text, "MESSAGE", "SIP/2.0/UDP x;branch=" BRANCH, "<sip:b@x>");
    while (text.n < 70000)
        buf_lit(&text, "0123456789");
    assert_int_equal(message_new(&m, text.p, text.n, 0, 0), 0);
    assert_int_equal(tx_request(b->layer, &b->t, m, &options), 0);
    assert_string_equal(b->told, "");
    bench_settle(b);
    assert_string_equal(b->told, "failed:too_big terminated");

    bench_server(b, "OPTIONS");
    bench_forget(b);
    assert_int_equal(tx_respond(b->t, 200, buf_view(&text), false), 0);
    assert_string_equal(b->told, "");
    bench_settle(b);
    assert_string_equal(b->told, "failed:too_big terminated");
    assert_int_equal(tx_counters(b->layer)->live, 0);
    assert_int_equal(tx_counters(b->layer)->lingering, 0);

    bench_server(b, "INVITE");
    bench_forget(b);
    assert_int_equal(tx_respond(b->t, 200, buf_view(&text), false), 0);
    bench_settle(b);
    assert_string_equal(b->told, "failed:too_big");
    assert_int_equal(tx_counters(b->layer)->lingering, 1);
    message_unref(m);
    buf_fini(&text);
}

/* ---- ends of their own within a failure ---- */

static void end_the_other(struct bench *b, struct tx *t, const char *which)
{
    if (b->t && b->t != t && !strcmp(which, "failed")) {
        tx_terminate(b->t);
        b->t = NULL;
    }
}

static void one_failure_may_end_the_others(void **state)
{
    struct bench *b = *state;
    b->inside = end_the_other;
    struct tx *first = client_to(b, "OPTIONS", "z9hG4bK1", &b->peer_addr);
    client_to(b, "OPTIONS", "z9hG4bK2", &b->peer_addr);
    bench_settle(b);
    /* Whichever is told first, the other is ended by it, or was told. */
    b->t = first;
    net_fails(b, &b->peer_addr, NULL);
    assert_int_equal(tx_counters(b->layer)->live, 0);
    assert_true(!strcmp(b->told, "failed:refused terminated") ||
                !strcmp(b->told, "failed:refused terminated "
                                 "failed:refused terminated"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        bench_spec(icmp_ends_the_one_that_it_is_about),
        bench_spec(icmp_of_one_batch_is_told_apart),
        bench_spec(icmp_of_a_response_finds_its_server),
        bench_spec(a_quote_tells_cancel_from_its_invite),
        bench_spec(a_quoted_ack_belongs_to_its_invite),
        bench_spec(a_quoted_ack_of_nobody_ends_nothing),
        bench_spec(a_quoted_ack_of_a_2xx_is_told_to_its_invite),
        bench_spec(a_late_error_of_an_answered_request_is_no_news),
        bench_spec(a_cut_cseq_is_not_believed),
        bench_spec(a_quoted_response_finds_its_server_even_without_a_cseq),
        bench_spec(without_a_quote_all_live_clients_of_that_peer_fail),
        bench_spec(a_cut_response_says_nothing_about_requests),
        bench_spec(what_does_not_fit_fails_later_not_inside_the_call),
        bench_spec(one_failure_may_end_the_others),
    };
    return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
