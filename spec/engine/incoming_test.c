/* SPDX-License-Identifier: MIT */
/* Incoming requests: answers, defaults, the callee's side of a session. */
#include "agent_world.h"

/* ---- defaults ---- */

static void default_of(struct world *w, const char *method, const char *told)
{
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);
    bool invites = !strcmp(method, "INVITE");

    o.method = slice_str(method);
    send_with(w, &c, invites ? &kind_invite : &kind_request, &o);
    advance(w, 1900 * MS);
    assert_string_equal(c.told, invites ? "100" : "");
    advance(w, 100 * MS);
    assert_string_equal(c.told, told);
    caller_fini(&c);
}

/* Bob has no ops at all, then some that leave it to the engine. */
static void what_nobody_takes(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");

    for (int i = 0; i < 2; i++) {
        ua_close(w->bob);
        w->callee.hold = true;
        w->bob = open_agent(w->theirs, &o, i ? &w->callee : NULL);
        uri_of(w->bob_uri, "bob", w->bob);
        default_of(w, "INVITE", "100 486");
        default_of(w, "MESSAGE", "200");
        default_of(w, "SUBSCRIBE", "480");
        default_of(w, "OPTIONS", "200");
        default_of(w, "PUBLISH", "405");
        default_of(w, "FOO", "405");
    }
    assert_has(wire_get(&w->wire, "<405", 0), "\r\nAllow: INVITE, ACK, ");
}

static void hold_of_nothing(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct caller c = { .told = "" };

    o.hold = 0;
    w->callee.hold = true;
    world_reopen_bob(w, &o);
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "486");
    caller_fini(&c);
}

static void switches_off(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct caller c = { .told = "" };
    struct request_options r = plain_request(w->bob_uri);

    o.automatic &= ~(auto_bit(AUTO_ALLOW) | auto_bit(AUTO_OPTIONS) |
                     auto_bit(AUTO_TRYING));
    w->callee.hold = true;
    world_reopen_bob(w, &o);
    r.uri = slice_str(w->bob_uri);
    r.method = SLICE("FOO");
    send_with(w, &c, &kind_request, &r);
    advance(w, 32 * SECOND);
    assert_string_equal(c.told, "408!");
    caller_fini(&c);
    r.method = SLICE("OPTIONS");
    send_with(w, &c, &kind_request, &r);
    advance(w, 32 * SECOND);
    assert_string_equal(c.told, "408!");
    caller_fini(&c);
    invite(w, &c, w->bob_uri);
    advance(w, 1900 * MS);
    assert_string_equal(c.told, "");
    caller_fini(&c);
}

/* Script code has it: no default is due, and in the end it is forgotten. */
static void what_the_script_keeps(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);
    struct engine_objects n;

    send_with(w, &c, &kind_message, &o);
    advance(w, 10 * SECOND);
    assert_string_equal(c.told, "");
    assert_int_equal(answer(&w->callee, w->callee.in, 202), ERR_NONE);
    settle(w);
    assert_string_equal(c.told, "202");
    caller_fini(&c);
    send_with(w, &c, &kind_message, &o);
    settle(w);
    callee_fini(&w->callee);
    advance(w, 70 * SECOND);
    assert_string_equal(c.told, "408!");
    engine_count(w->theirs, &n);
    assert_int_equal(n.incoming, 0);
    assert_int_equal(n.transactions, 0);
    caller_fini(&c);
}

static void an_invite_may_ring_for_long(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    advance(w, 600 * SECOND);
    assert_string_equal(c.told, "180");
    answer(&w->callee, w->callee.in, 200);
    settle(w);
    assert_string_equal(c.told, "180 200");
    caller_fini(&c);
}

/* ---- answers ---- */

static void answers_have_an_order(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct response_options forced = { .force = true };
    struct incoming *in;

    invite(w, &c, w->bob_uri);
    settle(w);
    in = w->callee.in;
    assert_int_equal(incoming_status(in), 0);
    assert_int_equal(answer(&w->callee, in, 99), ERR_ARGUMENT);
    assert_int_equal(answer(&w->callee, in, 700), ERR_ARGUMENT);
    assert_int_equal(answer(&w->callee, in, 486), ERR_NONE);
    assert_int_equal(incoming_status(in), 486);
    assert_true(incoming_final(in));
    assert_int_equal(answer(&w->callee, in, 180), ERR_STATE);
    assert_int_equal(answer(&w->callee, in, 200), ERR_STATE);
    settle(w);
    /* By force out of order, and twice; the session is not of this world. */
    assert_int_equal(incoming_reply(in, 180, &forced), ERR_NONE);
    assert_int_equal(incoming_reply(in, 200, &forced), ERR_NONE);
    assert_int_equal(incoming_reply(in, 486, &forced), ERR_NONE);
    assert_null(incoming_session(in));
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <486 >ACK <180 <200 <486 >ACK");
    assert_int_equal(c.outcomes, 1);
    /* Its transaction is long gone. */
    advance(w, 60 * SECOND);
    assert_int_equal(incoming_reply(in, 500, &plain_response), ERR_STATE);
    assert_int_equal(incoming_reply(in, 500, &forced), ERR_NONE);
    settle(w);
    assert_int_equal(wire_count(&w->wire, "<500"), 1);
    caller_fini(&c);
}

static void twice_by_force(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct response_options forced = { .force = true };

    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(incoming_reply(w->callee.in, 200, &plain_response),
                     ERR_STATE);
    assert_int_equal(incoming_reply(w->callee.in, 200, &forced), ERR_NONE);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK <200 >ACK");
    assert_string_equal(c.told, "200");
    caller_fini(&c);
}

static bool add_header(void *arg, struct buf *text)
{
    /* Answering in it is silly, and must not hurt. */
    struct world *w = arg;

    incoming_reply(w->callee.in, 183, &plain_response);
    text->n -= 2;
    buf_lit(text, "X-Edit: yes\r\n\r\n");
    return true;
}

static void answers_of_the_scripts_own(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    const struct slice lines[] = { SLICE("X-One: 1") };
    struct response_options o = { .reason = SLICE("Ding Dong"),
                                  .to_tag = SLICE("mine"),
                                  .contact = SLICE("<sip:c@127.0.0.1:9>"),
                                  .lines = lines,
                                  .line_count = 1,
                                  .body = SLICE("v=0\r\n"),
                                  .edit = add_header,
                                  .edit_arg = w };
    const struct message *m;

    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(incoming_reply(w->callee.in, 180, &o), ERR_NONE);
    settle(w);
    assert_string_equal(c.told, "183 180");
    m = wire_get(&w->wire, "<180", 0);
    assert_has(m, "SIP/2.0 180 Ding Dong\r\n");
    assert_has(m, ";tag=mine\r\n");
    assert_has(m, "Contact: <sip:c@127.0.0.1:9>\r\n");
    assert_has(m, "X-One: 1\r\n");
    assert_has(m, "Content-Type: application/sdp\r\n");
    assert_has(m, "X-Edit: yes\r\n\r\n");
    /* The dialog goes by what the caller has seen. */
    assert_slice(
        dialog_local_tag(session_dialog(incoming_session(w->callee.in))),
        "mine");
    caller_fini(&c);
}

/* Several To tags of one callee: a fork played by one agent. */
static void a_callee_that_forks(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct response_options a = { .to_tag = SLICE("a") };
    struct response_options b = { .to_tag = SLICE("b") };
    struct incoming *in;

    invite(w, &c, w->bob_uri);
    settle(w);
    in = w->callee.in;
    assert_int_equal(incoming_reply(in, 180, &a), ERR_NONE);
    assert_int_equal(incoming_reply(in, 180, &b), ERR_NONE);
    assert_int_equal(incoming_reply(in, 200, &b), ERR_NONE);
    session_set_ops(incoming_session(in), &callee_session_ops, &w->callee);
    settle(w);
    assert_string_equal(c.told, "180 180 200");
    assert_string_equal(w->callee.told, "INVITE ACK");
    assert_int_equal(session_state(incoming_session(in)), SESSION_CONFIRMED);
    caller_fini(&c);
}

static void raw_answers(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct buf text = { 0 };
    struct response_options o = { .force = false };
    const struct message *m;

    invite(w, &c, w->bob_uri);
    settle(w);
    m = incoming_message(w->callee.in);
    buf_lit(&text, "SIP/2.0 200 Raw\r\nVia: ");
    buf_slice(&text, m->w.via.value);
    buf_lit(&text, "\r\nFrom: ");
    buf_slice(&text, m->w.from);
    buf_lit(&text, "\r\nTo: <sip:bob@b>;tag=raw\r\nCall-ID: ");
    buf_slice(&text, m->w.call_id);
    buf_fmt(&text, "\r\nCSeq: 1 INVITE\r\nContact: <%s>\r\n\r\n", w->bob_uri);
    o.raw = buf_view(&text);
    assert_int_equal(incoming_reply(w->callee.in, 200, &o), ERR_NONE);
    session_set_ops(incoming_session(w->callee.in), &callee_session_ops,
                    &w->callee);
    settle(w);
    buf_fini(&text);
    assert_string_equal(c.told, "200");
    assert_string_equal(w->callee.told, "INVITE ACK");
    caller_fini(&c);
}

/* ---- the 2xx and its ACK ---- */

static struct peer_request peer_invite(const struct world *w)
{
    return (struct peer_request){ .method = "INVITE",
                                  .uri = w->bob_uri,
                                  .branch = "1",
                                  .call_id = "peers",
                                  .cseq = 5 };
}

static void peer_ack(struct world *w, const char *tag, unsigned cseq,
                     const char *branch)
{
    struct peer_request ack = peer_invite(w);

    ack.method = "ACK";
    ack.branch = branch;
    ack.to_tag = tag;
    ack.cseq = cseq;
    peer_request(w, w->bob, &ack);
}

static void no_ack_at_all(void **state)
{
    struct world *w = *state;
    struct peer_request p = peer_invite(w);
    struct message *bye;

    w->callee.answers[0] = 200;
    peer_request(w, w->bob, &p);
    assert_int_equal(wire_count(&w->peer_wire, "<200"), 1);
    advance(w, 32 * SECOND - MS);
    assert_int_equal(wire_count(&w->peer_wire, "<200"), 11);
    assert_int_equal(wire_count(&w->peer_wire, "<BYE"), 0);
    advance(w, 2 * MS);
    assert_string_equal(w->callee.told, "INVITE ended:ack timeout");
    bye = wire_get(&w->peer_wire, "<BYE", 0);
    assert_slice(bye->w.uri, w->peer_uri);
    peer_answer(w, bye, 200, NULL, NULL);
    assert_int_equal(wire_count(&w->peer_wire, "<200"), 11);
    assert_true(slice_eq(message_bytes(wire_get(&w->peer_wire, "<200", 0)),
                         message_bytes(wire_get(&w->peer_wire, "<200", 10))));
}

static void no_ack_and_no_bye(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct peer_request p;

    o.automatic &= ~auto_bit(AUTO_ACK_TIMEOUT_BYE);
    world_reopen_bob(w, &o);
    w->callee.answers[0] = 200;
    p = peer_invite(w);
    peer_request(w, w->bob, &p);
    advance(w, 33 * SECOND);
    assert_string_equal(w->callee.told, "INVITE ended:ack timeout");
    assert_int_equal(wire_count(&w->peer_wire, "<BYE"), 0);
}

static void on_drop(void *arg, const char *reason, struct slice bytes,
                    const struct addr *from)
{
    const char **at = arg;

    (void)bytes;
    (void)from;
    *at = reason;
}

static void an_ack_with_another_cseq(void **state)
{
    struct world *w = *state;
    struct peer_request p = peer_invite(w);
    const char *last_drop = "";
    char tag[64];

    engine_on_drop(w->theirs, on_drop, &last_drop);
    w->callee.answers[0] = 200;
    peer_request(w, w->bob, &p);
    tag_of(wire_get(&w->peer_wire, "<200", 0), tag);
    peer_ack(w, tag, 6, "2");
    assert_string_equal(last_drop, "ack-cseq");
    assert_int_equal(engine_drops(w->theirs), 1);
    advance(w, SECOND);
    assert_int_equal(wire_count(&w->peer_wire, "<200"), 2);
    assert_string_equal(w->callee.told, "INVITE");
    peer_ack(w, tag, 5, "3");
    peer_ack(w, tag, 5, "3");
    advance(w, 10 * SECOND);
    assert_int_equal(wire_count(&w->peer_wire, "<200"), 2);
    assert_string_equal(w->callee.told, "INVITE ACK");
    peer_ack(w, "other", 5, "4");
    assert_string_equal(last_drop, "stray-ack");
}

static void requests_that_belong_nowhere(void **state)
{
    struct world *w = *state;
    struct peer_request p = peer_invite(w);
    char tag[64];

    w->callee.answers[0] = 200;
    peer_request(w, w->bob, &p);
    tag_of(wire_get(&w->peer_wire, "<200", 0), tag);
    peer_ack(w, tag, 5, "2");
    p.method = "INFO";
    p.branch = "3";
    p.cseq = 6;
    p.to_tag = "wrong";
    peer_request(w, w->bob, &p);
    assert_int_equal(wire_count(&w->peer_wire, "<481"), 1);
    p.branch = "4";
    p.cseq = 4; /* too low */
    p.to_tag = tag;
    peer_request(w, w->bob, &p);
    assert_int_equal(wire_count(&w->peer_wire, "<500"), 1);
    p.branch = "5";
    p.cseq = 6;
    peer_request(w, w->bob, &p);
    assert_int_equal(wire_count(&w->peer_wire, "<200"), 2);
    p.method = "BYE";
    p.branch = "6";
    p.cseq = 7;
    peer_request(w, w->bob, &p);
    assert_int_equal(wire_count(&w->peer_wire, "<200"), 3);
    p.branch = "7"; /* the dialog has ended */
    p.cseq = 8;
    peer_request(w, w->bob, &p);
    assert_int_equal(wire_count(&w->peer_wire, "<481"), 2);
    assert_string_equal(w->callee.told,
                        "INVITE ACK INFO BYE ended:bye received");
}

/* The caller's proxies stay on the way of what the callee sends. */
static void routes_of_the_callee(void **state)
{
    struct world *w = *state;
    struct peer_request p = peer_invite(w);
    struct caller bye = { .told = "" };
    char lines[256], tag[64];
    struct message *m;

    snprintf(lines, sizeof(lines),
             "Record-Route: <sip:%s;lr>\r\nRecord-Route: <sip:far.invalid;lr>"
             "\r\n",
             w->peer_text);
    p.lines = lines;
    w->callee.answers[0] = 200;
    peer_request(w, w->bob, &p);
    m = wire_get(&w->peer_wire, "<200", 0);
    assert_has(m, lines);
    tag_of(m, tag);
    peer_ack(w, tag, 5, "2");
    assert_int_equal(send_inside(&bye, w->callee.session, &kind_bye), ERR_NONE);
    settle(w);
    m = wire_get(&w->peer_wire, "<BYE", 0);
    assert_slice(m->w.uri, w->peer_uri);
    assert_has(m, ";lr>\r\nRoute: <sip:far.invalid;lr>\r\n");
    peer_answer(w, m, 200, NULL, NULL);
    assert_string_equal(bye.told, "200");
    caller_fini(&bye);
}

/* The switch for 481 is off: it is the agent's. */
static void strays_can_be_had(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct peer_request p;

    o.automatic &= ~auto_bit(AUTO_STRAY);
    world_reopen_bob(w, &o);
    w->callee.answers[0] = 200;
    p = peer_invite(w);
    p.to_tag = "mine";
    peer_request(w, w->bob, &p);
    peer_ack(w, "mine", 5, "2");
    assert_string_equal(w->callee.told, "INVITE ACK");
}

/* A challenge of its BYE leaves the session as it was. */
static void challenge_bye(struct callee *c, struct incoming *in)
{
    (void)c;
    if (incoming_method(in) == METHOD_BYE)
        incoming_reply(in, 401, &plain_response);
}

static void a_refused_bye(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, bye = { .told = "" };

    establish(w, &c);
    w->callee.inside_dialog = challenge_bye;
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(bye.told, "401");
    assert_string_equal(c.ended, "bye sent");
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    assert_string_equal(w->callee.told, "BYE");
    caller_fini(&c);
    caller_fini(&bye);
}

/* The BYE is answered when script code has seen it, not before. */
static void look_at_bye(struct callee *c, struct incoming *in)
{
    if (incoming_method(in) != METHOD_BYE)
        return;
    assert_int_equal(session_state(c->session), SESSION_ENDING);
    assert_false(incoming_final(in));
}

static void a_bye_waits_for_the_script(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, bye = { .told = "" };

    establish(w, &c);
    w->callee.inside_dialog = look_at_bye;
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(bye.told, "200");
    assert_true(incoming_final(w->callee.inner));
    caller_fini(&c);
    caller_fini(&bye);
}

/* ---- the end of an agent inside of its callbacks ---- */

static void close_bob(struct callee *c, struct incoming *in)
{
    struct world *w = c->extra;

    (void)in;
    ua_close(w->bob);
    w->bob = NULL;
}

static void closed_inside(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    w->callee.extra = w;
    w->callee.inside = close_bob;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(incoming_reply(w->callee.in, 200, &plain_response),
                     ERR_STATE);
    caller_fini(&c);
}

static void closed_inside_a_dialog(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, bye = { .told = "" };

    w->callee.extra = w;
    establish(w, &c);
    w->callee.inside_dialog = close_bob;
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(w->callee.told, "BYE");
    caller_fini(&c);
    caller_fini(&bye);
}

/* Held past the end of everything. */
static void kept_past_its_answer(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct response_options forced = { .force = true };

    w->callee.answers[0] = 486;
    invite(w, &c, w->bob_uri);
    settle(w);
    ua_close(w->bob);
    w->bob = NULL;
    assert_int_equal(incoming_reply(w->callee.in, 500, &forced), ERR_STATE);
    caller_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(what_nobody_takes),
        world_spec(hold_of_nothing),
        world_spec(switches_off),
        world_spec(what_the_script_keeps),
        world_spec(an_invite_may_ring_for_long),
        world_spec(answers_have_an_order),
        world_spec(twice_by_force),
        world_spec(answers_of_the_scripts_own),
        world_spec(a_callee_that_forks),
        world_spec(raw_answers),
        world_spec(no_ack_at_all),
        world_spec(no_ack_and_no_bye),
        world_spec(an_ack_with_another_cseq),
        world_spec(requests_that_belong_nowhere),
        world_spec(routes_of_the_callee),
        world_spec(strays_can_be_had),
        world_spec(a_refused_bye),
        world_spec(a_bye_waits_for_the_script),
        world_spec(closed_inside),
        world_spec(closed_inside_a_dialog),
        world_spec(kept_past_its_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
