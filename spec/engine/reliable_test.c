/* SPDX-License-Identifier: MIT */
/* Reliable provisional responses: when a callee repeats them, and both sides
 * of an exchange. */
#include "agent_world.h"

/* ---- a callee of ours, and a plain socket as its caller ---- */

static void invite_bob(struct world *w, const char *branch)
{
    const struct peer_request p = { .method = "INVITE",
                                    .uri = w->bob_uri,
                                    .branch = branch,
                                    .call_id = "reliable",
                                    .lines = "Require: 100rel\r\n",
                                    .cseq = 1 };

    peer_request(w, w->bob, &p);
}

/* Answers what the peer heard last as the index-th 183. */
static void prack_bob(struct world *w, size_t index, unsigned cseq)
{
    struct message *m = wire_get(&w->peer_wire, "<183", index);
    char tag[64], lines[96], branch[16];
    struct peer_request p = { .method = "PRACK",
                              .uri = w->bob_uri,
                              .branch = branch,
                              .call_id = "reliable",
                              .to_tag = tag,
                              .lines = lines,
                              .cseq = cseq };

    tag_of(m, tag);
    snprintf(branch, sizeof(branch), "prack%u", cseq);
    snprintf(lines, sizeof(lines), "RAck: %u 1 INVITE\r\n",
             (unsigned)reliable_rseq(m));
    peer_request(w, w->bob, &p);
}

static size_t heard(const struct world *w, const char *word)
{
    return wire_count(&w->peer_wire, word);
}

/* How many there are just before and just after each of these times. */
static void assert_repeats(struct world *w, const int64_t *times, size_t n)
{
    int64_t passed = 0;

    for (size_t i = 0; i < n; i++) {
        advance(w, times[i] - 1 - passed);
        assert_int_equal(heard(w, "<183"), i + 1);
        advance(w, 1);
        assert_int_equal(heard(w, "<183"), i + 2);
        passed = times[i];
    }
}

static void doubled_without_a_cap(void **state)
{
    static const int64_t times[] = { 500 * MS,  1500 * MS,  3500 * MS,
                                     7500 * MS, 15500 * MS, 31500 * MS };
    struct world *w = *state;

    w->callee.answers[0] = 183;
    invite_bob(w, "one");
    assert_repeats(w, times, 6);
    advance(w, 500 * MS - 1);
    assert_int_equal(heard(w, "<504"), 0);
    advance(w, 1);
    assert_int_equal(heard(w, "<504"), 1);
    assert_string_equal(w->callee.told, "INVITE ended:prack timeout");
    assert_int_equal(incoming_status(w->callee.in), 504);
    advance(w, 60 * SECOND);
    assert_int_equal(heard(w, "<183"), 7);
}

/* T1 is that of the agent. */
static void in_the_agents_time(void **state)
{
    static const int64_t times[] = { 100 * MS, 300 * MS, 700 * MS };
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");

    o.timing = (struct tx_timing){ 100 * MS, 200 * MS, 5000 * MS };
    world_reopen_bob(w, &o);
    w->callee.answers[0] = 183;
    invite_bob(w, "one");
    assert_repeats(w, times, 3);
    advance(w, 5700 * MS);
    assert_int_equal(heard(w, "<504"), 1);
}

static void ended_by_the_prack(void **state)
{
    struct world *w = *state;

    w->callee.answers[0] = 183;
    invite_bob(w, "one");
    advance(w, 600 * MS);
    prack_bob(w, 0, 2);
    advance(w, 100 * SECOND);
    assert_string_equal(w->peer_wire.words, "<183 <183 <200");
    assert_int_equal(session_state(w->callee.session), SESSION_EARLY);
    prack_bob(w, 1, 3); /* of the same number: it is no repeat of the PRACK */
    assert_int_equal(heard(w, "<481"), 1);
}

/* The repeat of an INVITE gets the latest answer of its transaction (RFC 3261
 * 17.2.1), whatever the repeats of the others do. */
static void beside_repeats_of_the_invite(void **state)
{
    struct world *w = *state;

    w->callee.answers[0] = 183;
    invite_bob(w, "one");
    invite_bob(w, "one");
    assert_string_equal(w->peer_wire.words, "<183 <183");
    prack_bob(w, 0, 2);
    invite_bob(w, "one");
    assert_string_equal(w->peer_wire.words, "<183 <183 <200 <183");
    assert_string_equal(w->callee.told, "INVITE PRACK");
}

static void sent_when_its_turn_comes(void **state)
{
    static const int64_t times[] = { 500 * MS };
    struct world *w = *state;
    uint32_t first;

    w->callee.answers[0] = 183;
    w->callee.answers[1] = 183;
    invite_bob(w, "one");
    assert_repeats(w, times, 1);
    first = reliable_rseq(wire_get(&w->peer_wire, "<183", 0));
    prack_bob(w, 0, 2);
    assert_string_equal(w->peer_wire.words, "<183 <183 <200 <183");
    assert_int_equal(reliable_rseq(wire_get(&w->peer_wire, "<183", 2)),
                     first + 1);
    advance(w, 500 * MS - 1);
    assert_int_equal(heard(w, "<183"), 3);
    advance(w, 1);
    assert_int_equal(heard(w, "<183"), 4);
}

/* What waits is forgotten with its agent. */
static void closed_while_it_waits(void **state)
{
    struct world *w = *state;

    w->callee.answers[0] = 183;
    w->callee.answers[1] = 183;
    invite_bob(w, "one");
    ua_close(w->bob);
    advance(w, 60 * SECOND);
    assert_int_equal(heard(w, "<183"), 1);
}

/* The PRACK has not been answered yet, and so holds the next one. */
static void closed_with_an_open_prack(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");

    o.automatic &= ~auto_bit(AUTO_PRACK);
    world_reopen_bob(w, &o);
    w->callee.answers[0] = 183;
    w->callee.answers[1] = 183;
    invite_bob(w, "one");
    prack_bob(w, 0, 2);
    assert_string_equal(w->callee.told, "INVITE PRACK");
    ua_close(w->bob);
    assert_string_equal(w->peer_wire.words, "<183");
}

/* ---- both ---- */

static void a_whole_call(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    o.reliable = RELIABLE_REQUIRED;
    w->callee.answers[0] = 180;
    w->callee.answers[1] = 183;
    w->callee.answers[2] = 200;
    send_with(w, &c, &kind_invite, &o);
    settle(w);
    assert_string_equal(c.told, "180 183 200");
    assert_string_equal(w->wire.words, ">INVITE <180 >PRACK <200 <183 >PRACK "
                                       "<200 <200 >ACK");
    assert_header(wire_get(&w->wire, ">PRACK", 1), "CSeq", "3 PRACK");
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    caller_fini(&c);
}

static bool first_prack(void *arg, bool outgoing, struct slice bytes)
{
    unsigned *pracks = arg;

    return outgoing && slice_starts(bytes, SLICE("PRACK ")) && !(*pracks)++;
}

/* A PRACK is repeated by its transaction; the 183 that is repeated meanwhile is
 * told once and brings no other. */
static void the_prack_is_lost(void **state)
{
    struct world *w = *state;
    unsigned pracks = 0;
    struct faults_plan plan = {
        .drop = 1, .seed = 1, .where = first_prack, .arg = &pracks
    };
    struct faults *faults;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    assert_int_equal(faults_new(&faults, w->loop, &plan), ERR_NONE);
    net_faults_add(ua_socket(w->alice), faults);
    o.reliable = RELIABLE_REQUIRED;
    w->callee.answers[0] = 183;
    send_with(w, &c, &kind_invite, &o);
    advance(w, 40 * SECOND);
    assert_int_equal(faults_counters(faults)->dropped, 1);
    assert_string_equal(c.told, "183");
    assert_int_equal(wire_count(&w->wire, "<183"), 2);
    assert_int_equal(wire_count(&w->wire, ">PRACK"), 1); /* that arrived */
    assert_int_equal(wire_count(&w->wire, "<200"), 1);
    assert_int_equal(session_state(w->callee.session), SESSION_EARLY);
    net_faults_remove(ua_socket(w->alice), faults);
    faults_free(faults);
    caller_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(doubled_without_a_cap),
        world_spec(in_the_agents_time),
        world_spec(ended_by_the_prack),
        world_spec(beside_repeats_of_the_invite),
        world_spec(sent_when_its_turn_comes),
        world_spec(closed_while_it_waits),
        world_spec(closed_with_an_open_prack),
        world_spec(a_whole_call),
        world_spec(the_prack_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
