/* SPDX-License-Identifier: MIT */
/*
 * The users may call anything inside any callback, the end of that very
 * transaction included; under AddressSanitizer a use after that shows.
 */
#include "tx_support.h"

/* One way to get a callback called, and what is told when it ends there. */
struct way {
    const char *name;
    const char *method;
    bool client;
    const char *words;    /* that lead to the callback */
    const char *callback; /* inside which the transaction is let go */
    const char *told;     /* nothing may follow it */
    const char *heard;    /* must have gone out before */
};

static const struct way ways[] = {
    { "1xx", "INVITE", true, "180", "response", "180", "INVITE" },
    { "2xx of an INVITE", "INVITE", true, "200", "response", "200", "INVITE" },
    { "a second 2xx", "INVITE", true, "200/a 200/b", "second", "200 200",
      "INVITE" },
    { "refusal of an INVITE", "INVITE", true, "486", "response", "486",
      "INVITE ACK" },
    { "final response", "OPTIONS", true, "200", "response", "200", "OPTIONS" },
    { "timer B", "INVITE", true, "timer:B", "failed", "failed:B", "INVITE" },
    { "timer F", "OPTIONS", true, "timer:F", "failed", "failed:F", "OPTIONS" },
    { "transport error", "OPTIONS", true, "error", "failed", "failed:refused",
      "OPTIONS" },
    { "late transport error", "INVITE", true, "486 error", "failed",
      "486 failed:refused", "INVITE ACK" },
    { "the end of an ICT", "INVITE", true, "486 timer:D", "terminated",
      "486 terminated", "INVITE ACK" },
    { "the end of a NICT", "OPTIONS", true, "200 timer:K", "terminated",
      "200 terminated", "OPTIONS" },
    { "a request", "OPTIONS", false, "", "request", "request:OPTIONS", "" },
    { "an INVITE", "INVITE", false, "", "request", "request:INVITE", "" },
    { "ACK", "INVITE", false, "respond:486 ack", "ack", "request:INVITE ack",
      "486" },
    { "timer H", "INVITE", false, "respond:486 timer:H", "failed",
      "request:INVITE failed:H", "486" },
    { "a response that did not arrive", "INVITE", false, "respond:180 error",
      "failed", "request:INVITE failed:refused", "180" },
    { "a final response that did not arrive", "OPTIONS", false,
      "respond:200 error", "failed", "request:OPTIONS failed:refused", "200" },
    { "the end of an IST", "INVITE", false, "respond:200 timer:L", "terminated",
      "request:INVITE terminated", "200" },
    { "the end of a NIST", "OPTIONS", false, "respond:200 timer:J",
      "terminated", "request:OPTIONS terminated", "200" },
};

struct reentry {
    const struct way *way;
    void (*let_go)(struct tx *t);
    int responses;
};

static bool is_the_callback(struct reentry *now, const char *which)
{
    if (!strcmp(which, "response") && !strcmp(now->way->callback, "second"))
        return ++now->responses == 2;
    return !strcmp(which, now->way->callback);
}

static void let_go(struct bench *b, struct tx *t, const char *which)
{
    struct reentry *now = b->extra;
    if (!is_the_callback(now, which))
        return;
    now->let_go(t);
    b->t = NULL;
}

static void run(struct bench *b, const struct way *way,
                void (*how)(struct tx *t))
{
    struct reentry now = { .way = way, .let_go = how };
    b->inside = let_go;
    b->extra = &now;
    b->method = way->method;
    if (way->client)
        bench_client(b, way->method);
    else
        peer_request(b, way->method, BRANCH);
    bench_do_all(b, way->words);
    assert_null(b->t);
    assert_string_equal(b->told, way->told);
    assert_string_equal(b->heard, way->heard);
    b->inside = NULL;
}

static void terminate_inside(void **state)
{
    const struct way *way = *state;
    void *place = NULL;
    bench_open(&place);
    struct bench *b = place;
    run(b, way, tx_terminate);
    assert_int_equal(tx_counters(b->layer)->live, 0);
    assert_int_equal(tx_counters(b->layer)->lingering, 0);
    assert_int_equal(timer_count(b->loop), 0);
    assert_int_equal(b->layer->table.count, 0);
    bench_close(&place);
}

static void release_inside(void **state)
{
    const struct way *way = *state;
    void *place = NULL;
    bench_open(&place);
    struct bench *b = place;
    run(b, way, tx_release);
    bench_advance(b, 200 * ONE_SECOND);
    assert_string_equal(b->told, way->told);
    assert_int_equal(tx_counters(b->layer)->live, 0);
    assert_int_equal(tx_counters(b->layer)->lingering, 0);
    bench_close(&place);
}

/* ---- other calls inside a callback ---- */

static void answer_inside_(struct bench *b, struct tx *t, const char *which)
{
    static const char busy[] = "SIP/2.0 486 Busy Here\r\n\r\n";
    static const char trying[] = "SIP/2.0 100 Trying\r\n\r\n";
    if (strcmp(which, "request"))
        return;
    assert_int_equal(tx_respond(t, 100, slice_str(trying), false), 0);
    assert_int_equal(tx_respond(t, 486, slice_str(busy), false), 0);
    assert_int_equal(tx_respond(t, 486, slice_str(busy), false), ERR_STATE);
    assert_non_null(tx_message(t));
    bench_tell(b, "answered");
}

static void a_server_may_be_answered_inside_its_request(void **state)
{
    struct bench *b = *state;
    b->inside = answer_inside_;
    bench_server(b, "INVITE");
    assert_string_equal(b->told, "request:INVITE answered");
    assert_string_equal(b->heard, "100 486");
    bench_do(b, "ack");
    assert_int_equal(tx_state(b->t), TX_CONFIRMED);
}

static void ack_inside_(struct bench *b, struct tx *t, const char *which)
{
    if (!strcmp(which, "response"))
        assert_int_equal(tx_ack(t, SLICE("a"), SLICE("ACK x"), &b->peer_addr),
                         0);
}

static void a_2xx_may_be_acked_inside_its_callback(void **state)
{
    struct bench *b = *state;
    b->inside = ack_inside_;
    bench_client(b, "INVITE");
    bench_do_all(b, "200 200");
    assert_string_equal(b->heard, "INVITE ACK ACK");
    assert_string_equal(b->told, "200");
}

static void same_key_again(struct bench *b, struct tx *t, const char *which)
{
    struct tx *again = NULL;
    if (strcmp(which, "terminated") || b->t != t)
        return;
    assert_int_equal(
        bench_request_to(b, &again, "OPTIONS", BRANCH, &b->peer_addr), 0);
    b->t = again;
}

static void the_key_is_free_when_the_end_is_told(void **state)
{
    struct bench *b = *state;
    bench_client(b, "OPTIONS");
    b->inside = same_key_again;
    bench_do(b, "timer:F");
    assert_string_equal(b->heard, "OPTIONS OPTIONS");
    assert_int_equal(tx_state(b->t), TX_TRYING);
    assert_int_equal(tx_counters(b->layer)->live, 1);
}

static void end_orphan(struct bench *b, struct tx *t, const char *which)
{
    if (!strcmp(which, "orphan")) {
        tx_terminate(t);
        b->t = NULL;
    }
}

static void an_orphan_may_be_ended_inside_its_callback(void **state)
{
    struct bench *b = *state;
    b->inside = end_orphan;
    bench_client(b, "INVITE");
    tx_release(b->t);
    bench_do(b, "200");
    assert_string_equal(b->told, "orphan:200");
    assert_int_equal(b->layer->table.count, 0);
}

int main(void)
{
    enum { WAYS = array_length(ways) };
    const struct CMUnitTest others[] = {
        bench_spec(a_server_may_be_answered_inside_its_request),
        bench_spec(a_2xx_may_be_acked_inside_its_callback),
        bench_spec(the_key_is_free_when_the_end_is_told),
        bench_spec(an_orphan_may_be_ended_inside_its_callback),
    };
    struct CMUnitTest terminate[WAYS], release[WAYS];
    for (size_t i = 0; i < WAYS; i++) {
        terminate[i] = (struct CMUnitTest){ .name = ways[i].name,
                                            .test_func = terminate_inside,
                                            .initial_state = (void *)&ways[i] };
        release[i] = terminate[i];
        release[i].test_func = release_inside;
    }
    int failed =
        cmocka_run_group_tests_name("terminate inside", terminate, NULL, NULL);
    failed +=
        cmocka_run_group_tests_name("release inside", release, NULL, NULL);
    return failed +
           cmocka_run_group_tests_name("calls inside", others, NULL, NULL);
}
