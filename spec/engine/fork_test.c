/* SPDX-License-Identifier: MIT */
/* The 2xx of an INVITE of ours: its ACK, its repeats, further ones. */
#include "agent_world.h"

/* ---- ACK ---- */

static void a_repeated_2xx(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 200, "t", NULL);
    peer_answer(w, m, 200, "t", NULL);
    assert_string_equal(c.told, "200");
    assert_int_equal(wire_count(&w->wire, ">ACK"), 2);
    assert_true(slice_eq(message_bytes(wire_get(&w->wire, ">ACK", 0)),
                         message_bytes(wire_get(&w->wire, ">ACK", 1))));
    caller_fini(&c);
}

/* A second ACK takes the place of the first for the repeats to come. */
static void another_ack(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = { .automatic = AUTO_USUAL,
                                 .body = SLICE("v=0\r\n") };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 200, "t", NULL);
    assert_int_equal(session_ack(c.session, &o), ERR_NONE);
    settle(w);
    peer_answer(w, m, 200, "t", NULL);
    assert_int_equal(wire_count(&w->wire, ">ACK"), 3);
    assert_header(wire_get(&w->wire, ">ACK", 2), "Content-Type",
                  "application/sdp");
    caller_fini(&c);
}

static void ack_inside(struct caller *c, struct request *r,
                       const struct request_event *e)
{
    struct request_options o = { .automatic = AUTO_USUAL,
                                 .body = SLICE("v=0\r\n") };
    (void)c;
    (void)r;
    if (e->session)
        assert_int_equal(session_ack(e->session, &o), ERR_NONE);
}

static void the_scripts_own_ack(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = ack_inside };

    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK");
    assert_has(wire_get(&w->wire, ">ACK", 0), "\r\n\r\nv=0\r\n");
    caller_fini(&c);
}

static void no_ack_by_itself(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    o.automatic &= ~auto_bit(AUTO_ACK);
    w->callee.answers[0] = 200;
    send_with(w, &c, &kind_invite, &o);
    advance(w, 10 * SECOND);
    assert_int_equal(wire_count(&w->wire, ">ACK"), 0);
    assert_string_equal(c.told, "200");
    assert_int_equal(session_ack(c.session, &o), ERR_NONE);
    settle(w);
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    assert_int_equal(session_ack(w->callee.session, &o), ERR_STATE);
    caller_fini(&c);
}

struct hasty_caller {
    struct caller call, bye;
};

static void hang_up_inside(struct caller *c, struct request *r,
                           const struct request_event *e)
{
    struct hasty_caller *h = container_of(c, struct hasty_caller, call);

    (void)r;
    if (e->session)
        assert_int_equal(send_inside(&h->bye, e->session, &kind_bye), ERR_NONE);
}

/* The ACK that the engine owes is not overtaken by the script's own BYE. */
static void bye_before_the_event_is_settled(void **state)
{
    struct world *w = *state;
    struct hasty_caller h = { .call = { .told = "", .inside = hang_up_inside },
                              .bye = { .told = "" } };

    w->callee.answers[0] = 200;
    invite(w, &h.call, w->bob_uri);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK >BYE <200");
    assert_string_equal(h.bye.told, "200");
    caller_fini(&h.call);
    caller_fini(&h.bye);
}

/* ---- forks ---- */

static void fork_call(struct world *w, struct caller *c)
{
    struct message *m;

    invite(w, c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 200, "a", NULL);
    peer_answer(w, m, 200, "b", NULL);
}

static void the_second_2xx_is_ended(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct message *bye;

    fork_call(w, &c);
    assert_string_equal(c.told, "200 200+");
    assert_int_equal(c.outcomes, 1);
    assert_int_equal(wire_count(&w->wire, ">ACK"), 2);
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    assert_int_equal(session_state(c.other), SESSION_ENDING);
    bye = wire_get(&w->peer_wire, "<BYE", 0);
    assert_has(bye, ";tag=b\r\n");
    peer_answer(w, bye, 200, NULL, NULL);
    assert_int_equal(session_state(c.other), SESSION_ENDED);
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    caller_fini(&c);
}

static void forks_may_stay(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct caller c = { .told = "" };
    struct request_options r = plain_request(w->peer_uri);
    struct message *m;

    o.automatic &= ~auto_bit(AUTO_FORK_BYE);
    world_reopen_alice(w, &o);
    r.automatic = o.automatic;
    send_with(w, &c, &kind_invite, &r);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 200, "a", NULL);
    peer_answer(w, m, 200, "b", NULL);
    assert_string_equal(c.told, "200 200+");
    assert_int_equal(wire_count(&w->wire, ">BYE"), 0);
    assert_int_equal(session_state(c.other), SESSION_CONFIRMED);
    caller_fini(&c);
}

/* Nobody has the request any more: the same, in silence. */
static void a_fork_for_nobody(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 200, "a", NULL);
    request_unref(c.request);
    c.request = NULL;
    peer_answer(w, m, 200, "b", NULL);
    assert_string_equal(c.told, "200");
    assert_int_equal(wire_count(&w->wire, ">ACK"), 2);
    assert_int_equal(wire_count(&w->wire, ">BYE"), 1);
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    caller_fini(&c);
}

/* A peer without To tags (RFC 2543) or Contact is dealt with as well. */
static void a_2xx_without_tag_or_contact(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct buf text = { 0 };
    struct message *m;
    struct render_response r = { .status = 200 };

    invite(w, &c, w->peer_uri);
    settle(w);
    r.request = m = wire_get(&w->peer_wire, "<INVITE", 0);
    render_response(&text, &r);
    peer_send(w, &m->peer, buf_view(&text));
    buf_fini(&text);
    assert_string_equal(c.told, "200");
    assert_has(wire_get(&w->peer_wire, "<ACK", 0), "ACK sip:peer@127.0.0.1:");
    caller_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(a_repeated_2xx),
        world_spec(another_ack),
        world_spec(the_scripts_own_ack),
        world_spec(no_ack_by_itself),
        world_spec(bye_before_the_event_is_settled),
        world_spec(the_second_2xx_is_ended),
        world_spec(forks_may_stay),
        world_spec(a_fork_for_nobody),
        world_spec(a_2xx_without_tag_or_contact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
