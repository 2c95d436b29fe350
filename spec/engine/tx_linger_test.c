/* SPDX-License-Identifier: MIT */
/* Reduction, the ACKs of 2xx by To tag, release and orphans, forced answers. */
#include "message/render.h"
#include "tx_support.h"

/* ---- reduction ---- */

static void assert_counts(const struct bench *b, size_t live, size_t lingering)
{
    assert_int_equal(tx_counters(b->layer)->live, live);
    assert_int_equal(tx_counters(b->layer)->lingering, lingering);
}

static void clients_are_reduced_once_they_only_absorb(void **state)
{
    static const struct {
        const char *method, *answer;
    } rows[] = { { "INVITE", "200" }, { "INVITE", "486" }, { "BYE", "200" } };
    struct bench *b = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        bench_client(b, rows[i].method);
        assert_non_null(tx_message(b->t));
        assert_counts(b, 1, 0);
        bench_do(b, rows[i].answer);
        assert_null(tx_message(b->t));
        assert_counts(b, 0, 1);
        assert_int_equal(timer_count(b->loop), 1);
        bench_advance(b, 32 * ONE_SECOND);
        assert_counts(b, 0, 0);
    }
}

static void servers_are_reduced_once_they_only_absorb(void **state)
{
    static const struct {
        const char *method, *words;
    } rows[] = { { "INVITE", "respond:200" },
                 { "INVITE", "respond:486 ack" },
                 { "BYE", "respond:404" } };
    struct bench *b = *state;
    for (size_t i = 0; i < array_length(rows); i++) {
        bench_server(b, rows[i].method);
        assert_non_null(tx_message(b->t));
        bench_do_all(b, rows[i].words);
        assert_null(tx_message(b->t));
        assert_counts(b, 0, 1);
        assert_int_equal(timer_count(b->loop), 1);
        bench_advance(b, 32 * ONE_SECOND);
        assert_counts(b, 0, 0);
    }
}

/* Whoever has the transaction by then, or nobody. */
static void a_mark_stays_until_the_transaction_is_gone(void **state)
{
    struct bench *b = *state;
    char mark[] = "mark";
    bench_server(b, "BYE");
    tx_set_mark(b->t, mark);
    bench_do(b, "respond:200");
    tx_release(b->t);
    bench_forget(b);
    bench_advance(b, 31 * ONE_SECOND);
    assert_string_equal(b->told, "");
    bench_advance(b, 1 * ONE_SECOND);
    assert_string_equal(b->told, "gone:mark");
    bench_server(b, "INVITE");
    tx_set_mark(b->t, mark);
    bench_forget(b);
    tx_terminate(b->t);
    assert_string_equal(b->told, "gone:mark");
    b->t = NULL;
}

static void see_message(struct bench *b, struct tx *t, const char *which)
{
    assert_non_null(tx_message(t));
    bench_tell(b, "%s-with-request", which);
}

static void the_final_response_s_callback_still_sees_the_request(void **state)
{
    struct bench *b = *state;
    b->inside = see_message;
    bench_client(b, "INVITE");
    bench_do(b, "200");
    assert_string_equal(b->told, "200 response-with-request");
    assert_null(tx_message(b->t));
}

static void an_invite_server_keeps_its_request_until_the_ack(void **state)
{
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_do(b, "respond:486");
    assert_non_null(tx_message(b->t));
    assert_counts(b, 1, 0);
}

/* ---- ACKs ---- */

static void the_ack_of_a_refusal_is_made_of_request_and_response(void **state)
{
    struct bench *b = *state;
    struct buf expected = { 0 };
    struct buf answer = { 0 };
    struct message *response = NULL;
    char via[256];
    bench_client(b, "INVITE");
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=%s", b->our_text, BRANCH);
    make_response(&answer, 486, via, "theirs", "INVITE");
    assert_int_equal(message_new(&response, answer.p, answer.n, 0, 0), 0);
    render_ack(&expected, tx_message(b->t), response, NULL, 0);
    for (int i = 0; i < 2; i++) {
        buf_clear(&b->last);
        peer_send_text(b, buf_view(&answer));
        assert_true(slice_eq(buf_view(&b->last), buf_view(&expected)));
    }
    assert_int_equal(tx_counters(b->layer)->retransmitted, 1);
    assert_int_equal(tx_counters(b->layer)->absorbed, 1);
    assert_string_equal(b->told, "486");
    message_unref(response);
    buf_fini(&answer);
    buf_fini(&expected);
}

static void a_2xx_is_handed_up_once_even_before_its_ack(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do_all(b, "200/a 200/a 200/b 200/a 200/b");
    assert_string_equal(b->told, "200 200");
    assert_string_equal(b->heard, "INVITE");
    assert_int_equal(tx_counters(b->layer)->absorbed, 3);
}

static void the_ack_of_each_tag_answers_the_repeats_of_its_2xx(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do_all(b, "200/a 200/b");
    bench_forget(b);
    assert_int_equal(tx_ack(b->t, SLICE("a"), SLICE("ACKa x"), &b->peer_addr),
                     0);
    assert_int_equal(tx_ack(b->t, SLICE("b"), SLICE("ACKb x"), &b->peer_addr),
                     0);
    bench_settle(b);
    assert_string_equal(b->heard, "ACKa ACKb");
    bench_do_all(b, "200/b 200/a 200/b");
    assert_string_equal(b->heard, "ACKa ACKb ACKb ACKa ACKb");
    assert_int_equal(tx_ack(b->t, SLICE("a"), SLICE("ACK2 x"), &b->peer_addr),
                     0);
    bench_do(b, "200/a");
    assert_string_equal(b->heard, "ACKa ACKb ACKb ACKa ACKb ACK2 ACK2");
    assert_string_equal(b->told, "");
    assert_int_equal(tx_counters(b->layer)->retransmitted, 4);
}

static void a_2xx_without_a_tag_has_the_empty_tag(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do_all(b, "200/ 200/");
    assert_string_equal(b->told, "200");
    bench_forget(b);
    assert_int_equal(tx_ack(b->t, SLICE(""), SLICE("ACK x"), &b->peer_addr), 0);
    bench_do(b, "200/");
    assert_string_equal(b->heard, "ACK ACK");
    assert_string_equal(b->told, "");
}

static void tx_ack_is_for_accepted_only(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    assert_int_equal(tx_ack(b->t, SLICE("a"), SLICE("ACK x"), &b->peer_addr),
                     ERR_STATE);
    bench_do(b, "486");
    assert_int_equal(tx_ack(b->t, SLICE("a"), SLICE("ACK x"), &b->peer_addr),
                     ERR_STATE);
}

static void a_peer_that_invents_tags_is_stopped(void **state)
{
    struct bench *b = *state;
    char word[16];
    bench_client(b, "INVITE");
    for (int i = 0; i < 64; i++) {
        snprintf(word, sizeof(word), "200/%d", i);
        bench_do(b, word);
    }
    bench_forget(b);
    bench_do(b, "200/64");
    assert_string_equal(b->told, "dropped:forks");
}

/* ---- release ---- */

static void a_released_invite_still_acks_a_refusal(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    tx_release(b->t);
    bench_forget(b);
    bench_do_all(b, "180 486 486");
    assert_string_equal(b->heard, "ACK ACK");
    assert_string_equal(b->told, "");
    bench_advance(b, 32 * ONE_SECOND);
    assert_counts(b, 0, 0);
}

static void a_released_invite_stops_repeating_and_ends_at_b(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    tx_release(b->t);
    bench_advance(b, 32 * ONE_SECOND);
    assert_string_equal(b->heard, "INVITE");
    assert_string_equal(b->told, "");
    assert_counts(b, 0, 0);
}

static void a_2xx_of_a_released_invite_is_an_orphan_once_per_tag(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    tx_release(b->t);
    bench_do_all(b, "200/a 200/a 200/b");
    assert_string_equal(b->told, "orphan:200 orphan:200");
    bench_forget(b);
    assert_int_equal(tx_ack(b->t, SLICE("a"), SLICE("ACK x"), &b->peer_addr),
                     0);
    bench_do(b, "200/a");
    assert_string_equal(b->heard, "ACK ACK");
    assert_string_equal(b->told, "");
}

static void a_2xx_left_without_an_ack_becomes_an_orphan(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do_all(b, "200/a 200/b");
    assert_int_equal(tx_ack(b->t, SLICE("a"), SLICE("ACK x"), &b->peer_addr),
                     0);
    tx_release(b->t);
    bench_forget(b);
    bench_do_all(b, "200/a 200/b 200/b");
    assert_string_equal(b->heard, "ACK ACK");
    assert_string_equal(b->told, "orphan:200");
}

static void a_released_invite_does_not_ring_for_ever(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    bench_do(b, "180");
    tx_release(b->t);
    bench_advance(b, 180 * ONE_SECOND - 1);
    assert_counts(b, 1, 0);
    bench_advance(b, 1);
    assert_counts(b, 0, 0);

    bench_client(b, "INVITE");
    tx_release(b->t);
    bench_do(b, "180");
    bench_advance(b, 180 * ONE_SECOND);
    assert_counts(b, 0, 0);
    assert_string_equal(b->told, "180");
}

static void a_released_server_answers_repeats_until_64_t1(void **state)
{
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_do(b, "respond:180");
    tx_release(b->t);
    bench_forget(b);
    bench_do(b, "request");
    assert_string_equal(b->heard, "180");
    bench_advance(b, 32 * ONE_SECOND);
    assert_counts(b, 0, 0);

    bench_server(b, "BYE");
    tx_release(b->t);
    bench_forget(b);
    bench_do(b, "request");
    bench_advance(b, 32 * ONE_SECOND);
    assert_counts(b, 0, 0);
    assert_string_equal(b->told, "");
}

static void terminate_is_silent_and_frees_the_key(void **state)
{
    struct bench *b = *state;
    bench_client(b, "INVITE");
    tx_terminate(b->t);
    assert_int_equal(b->state, TX_TERMINATED);
    assert_counts(b, 0, 0);
    assert_int_equal(timer_count(b->loop), 0);
    bench_client(b, "INVITE");
    bench_do(b, "200");
    tx_terminate(b->t);
    assert_counts(b, 0, 0);
    bench_forget(b);
    bench_do(b, "200");
    assert_string_equal(b->told, "stray:200");
}

/* ---- forced answers ---- */

static void force_sends_and_leaves_the_state_alone(void **state)
{
    struct bench *b = *state;
    bench_server(b, "BYE");
    bench_do(b, "respond:200");
    bench_forget(b);
    assert_int_equal(bench_answer(b, b->t, 404, false), ERR_STATE);
    assert_int_equal(bench_answer(b, b->t, 99, false), ERR_ARGUMENT);
    assert_string_equal(b->heard, "");
    assert_int_equal(bench_answer(b, b->t, 404, true), 0);
    assert_int_equal(bench_answer(b, b->t, 180, true), 0);
    assert_int_equal(tx_state(b->t), TX_COMPLETED);
    bench_do(b, "request");
    assert_string_equal(b->heard, "404 180 200");
}

static void a_client_does_not_respond(void **state)
{
    struct bench *b = *state;
    bench_client(b, "BYE");
    assert_int_equal(tx_respond(b->t, 200, SLICE("x"), true), ERR_STATE);
}

static void the_dialog_repeats_a_2xx_on_the_transaction_s_path(void **state)
{
    struct bench *b = *state;
    bench_server(b, "INVITE");
    bench_do(b, "respond:200");
    bench_forget(b);
    tx_send_again(b->t, SLICE("SIP/2.0 200 OK\r\n\r\n"));
    bench_settle(b);
    assert_string_equal(b->heard, "200");
    assert_int_equal(tx_counters(b->layer)->retransmitted, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        bench_spec(clients_are_reduced_once_they_only_absorb),
        bench_spec(servers_are_reduced_once_they_only_absorb),
        bench_spec(a_mark_stays_until_the_transaction_is_gone),
        bench_spec(the_final_response_s_callback_still_sees_the_request),
        bench_spec(an_invite_server_keeps_its_request_until_the_ack),
        bench_spec(the_ack_of_a_refusal_is_made_of_request_and_response),
        bench_spec(a_2xx_is_handed_up_once_even_before_its_ack),
        bench_spec(the_ack_of_each_tag_answers_the_repeats_of_its_2xx),
        bench_spec(a_2xx_without_a_tag_has_the_empty_tag),
        bench_spec(tx_ack_is_for_accepted_only),
        bench_spec(a_peer_that_invents_tags_is_stopped),
        bench_spec(a_released_invite_still_acks_a_refusal),
        bench_spec(a_released_invite_stops_repeating_and_ends_at_b),
        bench_spec(a_2xx_of_a_released_invite_is_an_orphan_once_per_tag),
        bench_spec(a_2xx_left_without_an_ack_becomes_an_orphan),
        bench_spec(a_released_invite_does_not_ring_for_ever),
        bench_spec(a_released_server_answers_repeats_until_64_t1),
        bench_spec(terminate_is_silent_and_frees_the_key),
        bench_spec(force_sends_and_leaves_the_state_alone),
        bench_spec(a_client_does_not_respond),
        bench_spec(the_dialog_repeats_a_2xx_on_the_transaction_s_path),
    };
    return cmocka_run_group_tests_name("lingering", tests, NULL, NULL);
}
