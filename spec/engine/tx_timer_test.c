/* SPDX-License-Identifier: MIT */
/*
 * Every timer of RFC 3261 table 4 and RFC 6026 at its very nanosecond, over
 * an unreliable transport and over a reliable one.
 */
#include "tx_support.h"

#define MS LOOP_MILLISECOND

/* The peer heard `words`, and nothing else, at these milliseconds. */
static void assert_heard(const struct bench *b, const char *words,
                         const int64_t *at, size_t n)
{
    assert_string_equal(b->heard, words);
    assert_int_equal(b->heard_count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(b->heard_at[i], at[i] * MS);
}

/* Nothing is told one nanosecond before `at`, and `told` at it. */
static void assert_told_at(struct bench *b, int64_t at, const char *told)
{
    int64_t left = at - (loop_now(b->loop) - b->start);
    bench_advance(b, left - 1);
    assert_string_equal(b->told, "");
    bench_advance(b, 1);
    assert_string_equal(b->told, told);
    assert_int_equal(b->told_at, at);
    assert_int_equal(timer_count(b->loop), 0);
}

/* Over a reliable transport: at once, but from the loop. */
static void assert_told_now(struct bench *b, const char *told)
{
    bench_settle(b);
    assert_string_equal(b->told, told);
    assert_int_equal(b->told_at, 0);
    assert_null(b->t);
}

/* ---- INVITE client ---- */

static void a_doubles_without_a_cap_until_b_fires_at_64_t1(void **state)
{
    static const int64_t at[] = { 0, 500, 1500, 3500, 7500, 15500, 31500 };
    struct bench *b = *state;
    bench_client(b, "INVITE");
    assert_told_at(b, 32 * ONE_SECOND, "failed:B terminated");
    assert_heard(b, "INVITE INVITE INVITE INVITE INVITE INVITE INVITE", at, 7);
    assert_int_equal(tx_counters(b->layer)->retransmitted, 6);
    assert_int_equal(tx_counters(b->layer)->timeouts, 1);
    assert_int_equal(tx_counters(b->layer)->live, 0);
}

static void a_and_b_follow_the_transaction_s_own_t1(void **state)
{
    static const int64_t at[] = { 0, 10, 30, 70, 150, 310, 630 };
    struct bench *b = *state;
    b->timing.t1 = 10 * MS;
    bench_client(b, "INVITE");
    assert_told_at(b, 640 * MS, "failed:B terminated");
    assert_heard(b, "INVITE INVITE INVITE INVITE INVITE INVITE INVITE", at, 7);
}

static void a_and_b_stop_with_a_provisional_response(void **state)
{
    static const int64_t at[] = { 0, 500 };
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_advance(b, 700 * MS);
    bench_do(b, "180");
    bench_advance(b, 3600 * ONE_SECOND);
    assert_heard(b, "INVITE INVITE", at, 2);
    assert_string_equal(b->told, "180");
    assert_int_equal(tx_state(b->t), TX_PROCEEDING);
    assert_int_equal(timer_count(b->loop), 0);
}

static void d_is_32_seconds(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do(b, "486");
    bench_forget(b);
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
    assert_string_equal(b->heard, "");
}

static void d_is_never_below_32_seconds(void **state)
{
    struct bench *b = *state;
    b->timing.t1 = 10 * MS;
    bench_client(b, "INVITE");
    bench_do(b, "486");
    bench_forget(b);
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
}

static void d_is_64_t1_where_that_is_more(void **state)
{
    struct bench *b = *state;
    b->timing.t1 = ONE_SECOND;
    bench_client(b, "INVITE");
    bench_do(b, "486");
    bench_forget(b);
    assert_told_at(b, 64 * ONE_SECOND, "terminated");
}

static void repeats_of_the_final_response_do_not_prolong_d(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do(b, "486");
    bench_forget(b);
    bench_advance(b, 20 * ONE_SECOND);
    bench_do(b, "486");
    assert_string_equal(b->heard, "ACK");
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
}

static void m_is_64_t1(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do(b, "200");
    bench_forget(b);
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
}

/* ---- other clients ---- */

static void e_doubles_up_to_t2_until_f_fires_at_64_t1(void **state)
{
    static const int64_t at[] = { 0,     500,   1500,  3500,  7500, 11500,
                                  15500, 19500, 23500, 27500, 31500 };
    struct bench *b = *state;
    bench_client(b, "BYE");
    assert_told_at(b, 32 * ONE_SECOND, "failed:F terminated");
    assert_heard(b, "BYE BYE BYE BYE BYE BYE BYE BYE BYE BYE BYE", at, 11);
    assert_int_equal(tx_counters(b->layer)->retransmitted, 10);
    assert_int_equal(tx_counters(b->layer)->timeouts, 1);
}

static void e_is_t2_in_proceeding_and_f_goes_on(void **state)
{
    static const int64_t at[] = { 0,     500,   4500,  8500, 12500,
                                  16500, 20500, 24500, 28500 };
    struct bench *b = *state;
    bench_client(b, "BYE");
    bench_advance(b, 200 * MS);
    bench_do(b, "100");
    b->told[0] = '\0';
    assert_told_at(b, 32 * ONE_SECOND, "failed:F terminated");
    assert_heard(b, "BYE BYE BYE BYE BYE BYE BYE BYE BYE", at, 9);
}

static void e_is_never_above_t2(void **state)
{
    static const int64_t at[] = { 0, 500, 1200, 1900 };
    struct bench *b = *state;
    b->timing.t2 = 700 * MS;
    bench_client(b, "BYE");
    bench_advance(b, 2 * ONE_SECOND);
    assert_heard(b, "BYE BYE BYE BYE", at, 4);
}

static void k_is_t4(void **state)
{
    struct bench *b = *state;
    bench_client(b, "BYE");
    bench_do(b, "200");
    bench_forget(b);
    assert_told_at(b, 5 * ONE_SECOND, "terminated");
    assert_string_equal(b->heard, "");
}

static void a_and_e_can_be_switched_off(void **state)
{
    struct bench *b = *state;
    b->no_retransmit = true;
    bench_client(b, "INVITE");
    assert_told_at(b, 32 * ONE_SECOND, "failed:B terminated");
    assert_string_equal(b->heard, "INVITE");
    bench_forget(b);
    bench_client(b, "BYE");
    assert_told_at(b, 32 * ONE_SECOND, "failed:F terminated");
    assert_string_equal(b->heard, "BYE");
}

/* ---- INVITE server ---- */

static void g_doubles_up_to_t2_until_h_fires_at_64_t1(void **state)
{
    static const int64_t at[] = { 0,     500,   1500,  3500,  7500, 11500,
                                  15500, 19500, 23500, 27500, 31500 };
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_forget(b);
    bench_do(b, "respond:486");
    assert_told_at(b, 32 * ONE_SECOND, "failed:H terminated");
    assert_heard(b, "486 486 486 486 486 486 486 486 486 486 486", at, 11);
    assert_int_equal(tx_counters(b->layer)->retransmitted, 10);
    assert_int_equal(tx_counters(b->layer)->timeouts, 0);
}

static void g_stops_with_the_ack_and_i_is_t4(void **state)
{
    static const int64_t at[] = { 0, 500 };
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_forget(b);
    bench_do(b, "respond:486");
    bench_advance(b, 600 * MS);
    assert_heard(b, "486 486", at, 2);
    bench_do(b, "ack");
    assert_string_equal(b->told, "ack");
    bench_forget(b);
    assert_told_at(b, 5 * ONE_SECOND, "terminated");
    assert_string_equal(b->heard, "");
}

static void l_is_64_t1(void **state)
{
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_do(b, "respond:200");
    bench_forget(b);
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
    assert_string_equal(b->heard, "");
}

static void a_server_takes_its_timing_from_its_user(void **state)
{
    struct bench *b = *state;
    b->timing.t1 = 100 * MS;
    bench_server(b, "INVITE");
    bench_do(b, "respond:200");
    bench_forget(b);
    assert_told_at(b, 6400 * MS, "terminated");
}

/* ---- other servers ---- */

static void j_is_64_t1(void **state)
{
    struct bench *b = *state;
    bench_server(b, "BYE");
    bench_do(b, "respond:200");
    bench_forget(b);
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
    assert_string_equal(b->heard, "");
}

static void an_unanswered_server_waits_for_its_user(void **state)
{
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_forget(b);
    bench_advance(b, 3600 * ONE_SECOND);
    assert_string_equal(b->told, "");
    assert_int_equal(tx_state(b->t), TX_PROCEEDING);
}

/* ---- over a reliable transport ---- */

static void reliable_invite_client_has_b_but_not_a(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_client(b, "INVITE");
    assert_told_at(b, 32 * ONE_SECOND, "failed:B terminated");
    assert_string_equal(b->heard, "INVITE");
}

static void reliable_other_client_has_f_but_not_e(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_client(b, "BYE");
    assert_told_at(b, 32 * ONE_SECOND, "failed:F terminated");
    assert_string_equal(b->heard, "BYE");
}

static void reliable_d_and_k_are_zero(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_client(b, "INVITE");
    bench_do(b, "486");
    assert_told_now(b, "486 terminated");
    bench_forget(b);
    bench_client(b, "BYE");
    bench_do(b, "200");
    assert_told_now(b, "200 terminated");
}

static void reliable_m_is_64_t1(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_client(b, "INVITE");
    bench_do(b, "200");
    bench_forget(b);
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
}

static void reliable_invite_server_has_h_but_not_g(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_server(b, "INVITE");
    bench_forget(b);
    bench_do(b, "respond:486");
    assert_told_at(b, 32 * ONE_SECOND, "failed:H terminated");
    assert_string_equal(b->heard, "486");
}

static void reliable_i_is_zero(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_server(b, "INVITE");
    bench_do(b, "respond:486");
    bench_forget(b);
    bench_do(b, "ack");
    assert_told_now(b, "ack terminated");
}

static void reliable_j_is_zero_and_not_inside_tx_respond(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_server(b, "BYE");
    bench_forget(b);
    assert_int_equal(
        tx_respond(b->t, 200, SLICE("SIP/2.0 200 \r\n\r\n"), false), 0);
    assert_string_equal(b->told, "");
    assert_told_now(b, "terminated");
    assert_string_equal(b->heard, "200");
}

static void reliable_l_is_64_t1(void **state)
{
    struct bench *b = *state;
    b->layer->assume_reliable = true;
    bench_server(b, "INVITE");
    bench_do(b, "respond:200");
    bench_forget(b);
    assert_told_at(b, 32 * ONE_SECOND, "terminated");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        bench_spec(a_doubles_without_a_cap_until_b_fires_at_64_t1),
        bench_spec(a_and_b_follow_the_transaction_s_own_t1),
        bench_spec(a_and_b_stop_with_a_provisional_response),
        bench_spec(d_is_32_seconds),
        bench_spec(d_is_never_below_32_seconds),
        bench_spec(d_is_64_t1_where_that_is_more),
        bench_spec(repeats_of_the_final_response_do_not_prolong_d),
        bench_spec(m_is_64_t1),
        bench_spec(e_doubles_up_to_t2_until_f_fires_at_64_t1),
        bench_spec(e_is_t2_in_proceeding_and_f_goes_on),
        bench_spec(e_is_never_above_t2),
        bench_spec(k_is_t4),
        bench_spec(a_and_e_can_be_switched_off),
        bench_spec(g_doubles_up_to_t2_until_h_fires_at_64_t1),
        bench_spec(g_stops_with_the_ack_and_i_is_t4),
        bench_spec(l_is_64_t1),
        bench_spec(a_server_takes_its_timing_from_its_user),
        bench_spec(j_is_64_t1),
        bench_spec(an_unanswered_server_waits_for_its_user),
        bench_spec(reliable_invite_client_has_b_but_not_a),
        bench_spec(reliable_other_client_has_f_but_not_e),
        bench_spec(reliable_d_and_k_are_zero),
        bench_spec(reliable_m_is_64_t1),
        bench_spec(reliable_invite_server_has_h_but_not_g),
        bench_spec(reliable_i_is_zero),
        bench_spec(reliable_j_is_zero_and_not_inside_tx_respond),
        bench_spec(reliable_l_is_64_t1),
    };
    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
