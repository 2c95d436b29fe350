/* SPDX-License-Identifier: MIT */
/* Owners: what is left open is ended, counted once, and owned no more. */
#include "agent_world.h"

static void assert_owns_nothing(const struct owner *o)
{
    assert_true(list_empty(&o->requests));
    assert_true(list_empty(&o->usages));
    assert_true(list_empty(&o->incoming));
}

/* Moved, so that the owner's memory is known not to be touched again. */
static size_t close_and_forget(struct owner **o)
{
    size_t left = owner_close(*o);

    assert_owns_nothing(*o);
    mem_free(*o);
    *o = NULL;
    return left;
}

static struct owner *new_owner(void)
{
    struct owner *o = mem_zalloc(sizeof(*o));

    owner_init(o);
    return o;
}

static void nothing_left(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, bye = { .told = "" };
    struct owner o;

    owner_init(&o);
    assert_int_equal(owner_close(&o), 0);
    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    owner_take(&o, c.request);
    settle(w);
    assert_true(list_empty(&o.requests)); /* has its outcome */
    assert_false(list_empty(&o.usages));
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    assert_int_equal(owner_close(&o), 0); /* it is ending */
    assert_owns_nothing(&o);
    settle(w);
    assert_string_equal(bye.told, "200");
    caller_fini(&c);
    caller_fini(&bye);
}

static void a_session_left_open(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };

    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    owner_take(o, c.request);
    settle(w);
    assert_int_equal(close_and_forget(&o), 1);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK >BYE <200");
    assert_string_equal(c.ended, "bye sent");
    caller_fini(&c);
}

/* Not even its 2xx was acknowledged. */
static void an_unsettled_session(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "", .no_settle = true };

    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    owner_take(o, c.request);
    settle(w);
    assert_int_equal(close_and_forget(&o), 1);
    settle(w);
    request_settle(c.request, &(struct request_event){ .session = c.session });
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK >BYE <200");
    caller_fini(&c);
}

static void a_call_that_rings(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    owner_take(o, c.request);
    settle(w);
    assert_int_equal(close_and_forget(&o), 1); /* one call, counted once */
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <180 >CANCEL <200 <487 >ACK");
    assert_string_equal(c.told, "180 487");
    caller_fini(&c);
}

/* The 2xx crosses the CANCEL: nobody is there to end the call but we. */
static void a_2xx_that_crosses(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };
    struct message *m;

    invite(w, &c, w->peer_uri);
    owner_take(o, c.request);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "t", NULL);
    assert_int_equal(close_and_forget(&o), 1);
    peer_answer(w, m, 200, "t", NULL);
    assert_string_equal(c.told, "180 200");
    assert_int_equal(wire_count(&w->wire, ">ACK"), 1);
    assert_int_equal(wire_count(&w->wire, ">BYE"), 1);
    assert_int_equal(session_state(c.session), SESSION_ENDING);
    caller_fini(&c);
}

static void other_requests_fall_silent(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };
    struct request_options options = plain_request(w->peer_uri);

    send_with(w, &c, &kind_message, &options);
    owner_take(o, c.request);
    assert_int_equal(close_and_forget(&o), 1);
    assert_int_equal(request_state(c.request), REQUEST_DISPOSED);
    advance(w, 40 * SECOND);
    assert_string_equal(c.told, "");
    caller_fini(&c);
}

static void given_back(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct owner o;

    owner_init(&o);
    invite(w, &c, w->bob_uri);
    owner_take(&o, c.request);
    owner_take(NULL, c.request);
    settle(w);
    owner_take_incoming(&o, w->callee.in);
    owner_take_incoming(NULL, w->callee.in);
    assert_int_equal(owner_close(&o), 0);
    answer(&w->callee, w->callee.in, 200);
    settle(w);
    assert_string_equal(c.told, "200");
    assert_int_equal(owner_close(&o), 0);
    caller_fini(&c);
}

/* ---- the callee's side ---- */

static void take(struct callee *c, struct incoming *in)
{
    owner_take_incoming(c->extra, in);
}

static void an_incoming_that_rings(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };

    w->callee.extra = o;
    w->callee.inside = take;
    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(close_and_forget(&o), 1);
    settle(w);
    assert_string_equal(c.told, "180 480");
    assert_string_equal(w->callee.told, "INVITE ended:rejected");
    caller_fini(&c);
}

static void an_incoming_with_its_default_due(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };

    w->callee.extra = o;
    w->callee.inside = take;
    w->callee.hold = true;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(close_and_forget(&o), 0);
    advance(w, 2 * SECOND);
    assert_string_equal(c.told, "100 486");
    caller_fini(&c);
}

static void an_accepted_session(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };

    w->callee.extra = o;
    w->callee.inside = take;
    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(close_and_forget(&o), 1);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK <BYE >200");
    assert_string_equal(c.ended, "bye received");
    caller_fini(&c);
}

/* RFC 3261 15: the callee's BYE waits for the ACK. */
static void an_accepted_session_without_ack(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct peer_request p = { .method = "INVITE",
                              .uri = w->bob_uri,
                              .branch = "1",
                              .call_id = "x",
                              .cseq = 1 };
    char tag[64];

    w->callee.extra = o;
    w->callee.inside = take;
    w->callee.answers[0] = 200;
    peer_request(w, w->bob, &p);
    assert_int_equal(close_and_forget(&o), 1);
    settle(w);
    assert_string_equal(w->peer_wire.words, "<200");
    tag_of(wire_get(&w->peer_wire, "<200", 0), tag);
    p.method = "ACK";
    p.branch = "2";
    p.to_tag = tag;
    peer_request(w, w->bob, &p);
    assert_string_equal(w->peer_wire.words, "<200 <BYE");
    peer_answer(w, wire_get(&w->peer_wire, "<BYE", 0), 200, NULL, NULL);
    assert_string_equal(w->callee.told, "INVITE ACK ended:bye sent");
}

/* Accepted after its owner has gone: it is nobody's. */
static void accepted_late(void **state)
{
    struct world *w = *state;
    struct owner *o = new_owner();
    struct caller c = { .told = "" };
    struct request_options options = plain_request(w->bob_uri);

    w->callee.extra = o;
    w->callee.inside = take;
    send_with(w, &c, &kind_message, &options);
    settle(w);
    assert_int_equal(close_and_forget(&o), 0);
    assert_int_equal(answer(&w->callee, w->callee.in, 200), ERR_NONE);
    settle(w);
    assert_string_equal(c.told, "200");
    caller_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(nothing_left),
        world_spec(a_session_left_open),
        world_spec(an_unsettled_session),
        world_spec(a_call_that_rings),
        world_spec(a_2xx_that_crosses),
        world_spec(other_requests_fall_silent),
        world_spec(given_back),
        world_spec(an_incoming_that_rings),
        world_spec(an_incoming_with_its_default_due),
        world_spec(an_accepted_session),
        world_spec(an_accepted_session_without_ack),
        world_spec(accepted_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
