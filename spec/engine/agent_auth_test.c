/* SPDX-License-Identifier: MIT */
/* Challenges met by requests, and what the retries look like. */
#include "agent_world.h"
#include "auth/server.h"
#include "base/rng.h"

/* Bob asks for credentials: as a proxy, as the user agent, or as both. */
struct gate {
    struct world *world;
    struct rng rng;
    struct auth_server *proxy, *user; /* NULL: does not ask */
    bool dialogs_only;
    bool refuse_all; /* whatever the answer */
    bool stale_once; /* the first answer is called stale */
    unsigned asked;
};

static struct slice password(void *arg, struct slice username)
{
    (void)arg;
    return slice_eq(username, SLICE("alice")) ? SLICE("secret")
                                              : slice_of(NULL, 0);
}

/* True: let in. */
static bool check(struct gate *g, struct incoming *in, bool proxy)
{
    struct auth_server *s = proxy ? g->proxy : g->user;
    struct response_options o = { .force = false };
    struct slice username, line;
    struct buf text = { 0 };
    enum auth_verdict verdict = AUTH_OK;
    bool stale;

    if (!s)
        return true;
    verdict =
        auth_server_check(s, incoming_message(in), proxy,
                          loop_now(g->world->loop), password, NULL, &username);
    stale = verdict == AUTH_STALE || (verdict == AUTH_OK && g->stale_once);
    if (verdict == AUTH_OK && !g->refuse_all && !stale)
        return true;
    if (verdict != AUTH_NONE)
        g->stale_once = false;
    buf_str(&text, proxy ? "Proxy-Authenticate: " : "WWW-Authenticate: ");
    auth_server_challenge(s, DIGEST_MD5, QOP_AUTH, stale,
                          loop_now(g->world->loop), &text);
    line = buf_view(&text);
    o.lines = &line;
    o.line_count = 1;
    assert_int_equal(incoming_reply(in, proxy ? 407 : 401, &o), ERR_NONE);
    buf_fini(&text);
    g->asked++;
    return false;
}

static void at_the_gate(struct callee *c, struct incoming *in)
{
    struct gate *g = c->extra;

    if (incoming_method(in) == METHOD_ACK ||
        (g->dialogs_only && !incoming_in_dialog(in)))
        return;
    if (!check(g, in, true) || !check(g, in, false))
        return;
    if (incoming_method(in) == METHOD_REGISTER)
        incoming_reply(in, 200, &plain_response);
    if (incoming_method(in) == METHOD_INVITE) {
        if (incoming_in_dialog(in))
            incoming_reply(in, 200, &plain_response);
        else
            answer(c, in, 200);
    }
}

static struct gate *open_gate(struct world *w, bool proxy, bool user)
{
    struct gate *g = mem_zalloc(sizeof(*g));
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct digest *d = engine_digest(w->theirs);

    g->world = w;
    rng_init(&g->rng, 7, 7);
    if (proxy)
        g->proxy = auth_server_new(d, &g->rng, SLICE("proxy"), 60 * SECOND);
    if (user)
        g->user = auth_server_new(d, &g->rng, SLICE("user"), 60 * SECOND);
    w->callee.extra = g;
    w->callee.inside = at_the_gate;
    w->callee.inside_dialog = at_the_gate;
    o.password = SLICE("secret");
    world_reopen_alice(w, &o);
    return g;
}

static void close_gate(struct gate *g)
{
    g->world->callee.inside = g->world->callee.inside_dialog = NULL;
    auth_server_free(g->proxy);
    auth_server_free(g->user);
    mem_free(g);
}

/* ---- challenges of the first request ---- */

static void by_the_user_agent(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" };
    struct message *first, *second, *ack;

    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <401 >ACK >INVITE <200 >ACK");
    assert_string_equal(c.told, "200");
    assert_int_equal(request_attempts(c.request), 2);
    first = wire_get(&w->wire, ">INVITE", 0);
    second = wire_get(&w->wire, ">INVITE", 1);
    ack = wire_get(&w->wire, ">ACK", 1);
    assert_slice(first->w.cseq_method, "INVITE");
    assert_int_equal(second->w.cseq, first->w.cseq + 1);
    assert_true(slice_eq(second->w.call_id, first->w.call_id));
    assert_true(slice_eq(second->w.from, first->w.from));
    assert_false(slice_eq(second->w.via.branch, first->w.via.branch));
    assert_true(slice_eq(second->w.body, first->w.body));
    assert_int_equal(ack->w.cseq, second->w.cseq);
    /* 13.2.2.4: the same credentials in the ACK of the 2xx. */
    assert_true(
        slice_present(message_header(second, SLICE("Authorization"), 0)));
    assert_true(slice_eq(message_header(ack, SLICE("Authorization"), 0),
                         message_header(second, SLICE("Authorization"), 0)));
    assert_lacks(first, "Authorization");
    close_gate(g);
    caller_fini(&c);
}

static void by_proxy_and_user_agent(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, true, true);
    struct caller c = { .told = "" };
    struct message *ack;

    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(
        w->wire.words, ">INVITE <407 >ACK >INVITE <401 >ACK >INVITE <200 >ACK");
    assert_int_equal(request_attempts(c.request), 3);
    assert_int_equal(c.outcomes, 1);
    ack = wire_get(&w->wire, ">ACK", 2);
    assert_has(ack, "\r\nAuthorization: Digest ");
    assert_has(ack, "\r\nProxy-Authorization: Digest ");
    assert_header(ack, "CSeq", "3 ACK");
    close_gate(g);
    caller_fini(&c);
}

static void a_wrong_password(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    o.password = SLICE("guess");
    send_with(w, &c, &kind_invite, &o);
    settle(w);
    assert_string_equal(c.told, "401");
    assert_int_equal(request_attempts(c.request), 2);
    assert_int_equal(wire_count(&w->wire, ">INVITE"), 2);
    close_gate(g);
    caller_fini(&c);
}

static void credentials_of_one_request(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct ua_options o = plain_agent("sip:nobody@example.com");
    struct request_options r = plain_request(w->bob_uri);
    struct caller c = { .told = "" }, info = { .told = "" };

    world_reopen_alice(w, &o);
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "401"); /* none */
    assert_int_equal(request_attempts(c.request), 1);
    caller_fini(&c);
    r.username = SLICE("alice");
    r.password = SLICE("secret");
    send_with(w, &c, &kind_invite, &r);
    settle(w);
    assert_string_equal(c.told, "200");
    /* They are those of what goes on in its session. */
    assert_int_equal(send_inside(&info, c.session, &kind_request), ERR_NONE);
    settle(w);
    assert_string_equal(info.told, "200");
    close_gate(g);
    caller_fini(&c);
    caller_fini(&info);
}

static void a_stale_nonce(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" };

    g->stale_once = true;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "200");
    assert_int_equal(request_attempts(c.request), 3);
    close_gate(g);
    caller_fini(&c);
}

static void a_server_never_satisfied(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, true, true);
    struct caller c = { .told = "" };

    g->refuse_all = true;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "407");
    assert_int_equal(request_attempts(c.request), 2);
    close_gate(g);
    caller_fini(&c);
}

static void the_switch_is_off(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    o.automatic &= ~auto_bit(AUTO_AUTH);
    send_with(w, &c, &kind_invite, &o);
    settle(w);
    assert_string_equal(c.told, "401");
    assert_int_equal(request_attempts(c.request), 1);
    close_gate(g);
    caller_fini(&c);
}

/* A repeat of the first 401 belongs to the first attempt, and to that alone. */
static void a_duplicate_of_the_challenge(void **state)
{
    static const char line[] = "WWW-Authenticate: Digest realm=\"r\", "
                               "nonce=\"n\", qop=\"auth\"";
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct caller c = { .told = "" };
    struct message *first;

    o.password = SLICE("secret");
    world_reopen_alice(w, &o);
    invite(w, &c, w->peer_uri);
    settle(w);
    first = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, first, 401, "t", line);
    peer_answer(w, first, 401, "t", line);
    peer_answer(w, first, 401, "t", line);
    assert_string_equal(w->wire.words,
                        ">INVITE <401 >ACK >INVITE <401 >ACK <401 >ACK");
    assert_int_equal(request_state(c.request), REQUEST_TRYING);
    peer_answer(w, wire_get(&w->peer_wire, "<INVITE", 1), 200, "t", NULL);
    peer_answer(w, first, 401, "t", line);
    assert_string_equal(c.told, "200");
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    caller_fini(&c);
}

/* Its early dialog is gone with the first attempt: the CSeq of the next one
 * of the same tag is the second attempt's. */
static void early_and_challenged(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct caller c = { .told = "" }, bye = { .told = "" };
    struct session *early;
    struct message *m;

    o.password = SLICE("secret");
    world_reopen_alice(w, &o);
    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "t", NULL);
    early = request_session(c.request, 0);
    session_ref(early);
    peer_answer(w, m, 401, "t",
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"");
    assert_int_equal(session_state(early), SESSION_ENDED);
    m = wire_get(&w->peer_wire, "<INVITE", 1);
    peer_answer(w, m, 200, "t", NULL);
    assert_ptr_not_equal(c.session, early);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_header(wire_get(&w->wire, ">BYE", 0), "CSeq", "3 BYE");
    session_unref(early);
    caller_fini(&c);
    caller_fini(&bye);
}

/* ---- in dialogs ---- */

/* One source of numbers, whoever asks again for what. */
static void numbers_inside(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" }, r = { .told = "" };

    g->dialogs_only = true;
    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    w->callee.answers[0] = 0;
    assert_int_equal(send_inside(&r, c.session, &kind_request), ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "200");
    assert_header(wire_get(&w->wire, ">INFO", 0), "CSeq", "2 INFO");
    assert_header(wire_get(&w->wire, ">INFO", 1), "CSeq", "3 INFO");
    caller_fini(&r);
    auth_server_free(g->user); /* forgets its nonces */
    g->user = auth_server_new(engine_digest(w->theirs), &g->rng, SLICE("user"),
                              60 * SECOND);
    assert_int_equal(send_inside(&r, c.session, &kind_invite), ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "200");
    assert_header(wire_get(&w->wire, ">INVITE", 2), "CSeq", "5 INVITE");
    assert_header(wire_get(&w->wire, ">ACK", 2), "CSeq", "5 ACK");
    assert_has(wire_get(&w->wire, ">ACK", 2), "\r\nAuthorization: Digest ");
    caller_fini(&r);
    auth_server_free(g->user);
    g->user = auth_server_new(engine_digest(w->theirs), &g->rng, SLICE("user"),
                              60 * SECOND);
    assert_int_equal(send_inside(&r, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "200");
    assert_header(wire_get(&w->wire, ">BYE", 1), "CSeq", "7 BYE");
    assert_string_equal(c.ended, "bye sent");
    caller_fini(&r);
    close_gate(g);
    caller_fini(&c);
}

/* What the realm has told is used ahead of a challenge, and counted. */
static void answers_ahead(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" }, r = { .told = "" };

    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(g->asked, 1);
    assert_int_equal(send_inside(&r, c.session, &kind_request), ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "200");
    assert_int_equal(request_attempts(r.request), 1);
    assert_has(wire_get(&w->wire, ">INFO", 0), "nc=00000002");
    caller_fini(&r);
    assert_int_equal(send_inside(&r, c.session, &kind_invite), ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "200");
    /* One attempt, and yet its ACK carries what it carried. */
    assert_int_equal(request_attempts(r.request), 1);
    assert_true(slice_eq(message_header(wire_get(&w->wire, ">ACK", 2),
                                        SLICE("Authorization"), 0),
                         message_header(wire_get(&w->wire, ">INVITE", 2),
                                        SLICE("Authorization"), 0)));
    caller_fini(&r);
    assert_int_equal(send_inside(&r, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_int_equal(request_attempts(r.request), 1);
    assert_int_equal(g->asked, 1);
    caller_fini(&r);
    close_gate(g);
    caller_fini(&c);
}

static void not_ahead_of_its_own(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" }, r = { .told = "" };
    const struct slice line = SLICE("authorization : Basic x");
    struct request_options o = { .automatic = AUTO_USUAL,
                                 .method = SLICE("INFO"),
                                 .lines = &line,
                                 .line_count = 1 };
    char why[160];

    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(request_new_in_dialog(&r.request, session_usage(c.session),
                                           &kind_request, &o, &caller_ops, &r,
                                           why),
                     ERR_NONE);
    settle(w);
    assert_lacks(wire_get(&w->wire, ">INFO", 0), "Digest");
    caller_fini(&r);
    close_gate(g);
    caller_fini(&c);
}

static void a_registration_refreshed(void **state)
{
    struct world *w = *state;
    struct gate *g = open_gate(w, false, true);
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    send_with(w, &c, &kind_register, &o);
    settle(w);
    assert_string_equal(c.told, "200");
    assert_int_equal(request_attempts(c.request), 2);
    caller_fini(&c);
    send_with(w, &c, &kind_register, &o);
    settle(w);
    assert_string_equal(c.told, "200");
    assert_int_equal(request_attempts(c.request), 1);
    caller_fini(&c);
    /* A nonce too old: one more round, as before. */
    advance(w, 61 * SECOND);
    send_with(w, &c, &kind_register, &o);
    settle(w);
    assert_string_equal(c.told, "200");
    assert_int_equal(request_attempts(c.request), 2);
    caller_fini(&c);
    close_gate(g);
}

/* The engine's own BYE, of a call whose ACK never came, is no exception. */
static void the_bye_of_an_ended_session(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct peer_request p = {
        .method = "INVITE", .branch = "1", .call_id = "x", .cseq = 1
    };
    struct message *bye;

    o.password = SLICE("secret");
    world_reopen_bob(w, &o);
    p.uri = w->bob_uri;
    w->callee.answers[0] = 200;
    peer_request(w, w->bob, &p);
    advance(w, 33 * SECOND);
    assert_string_equal(w->callee.told, "INVITE ended:ack timeout");
    bye = wire_get(&w->peer_wire, "<BYE", 0);
    peer_answer(w, bye, 407, NULL,
                "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\"");
    bye =
        wire_get(&w->peer_wire, "<BYE", wire_count(&w->peer_wire, "<BYE") - 1);
    assert_header(bye, "CSeq", "2 BYE");
    assert_has(bye, "\r\nProxy-Authorization: Digest ");
    peer_answer(w, bye, 200, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(by_the_user_agent),
        world_spec(by_proxy_and_user_agent),
        world_spec(a_wrong_password),
        world_spec(credentials_of_one_request),
        world_spec(a_stale_nonce),
        world_spec(a_server_never_satisfied),
        world_spec(the_switch_is_off),
        world_spec(a_duplicate_of_the_challenge),
        world_spec(early_and_challenged),
        world_spec(numbers_inside),
        world_spec(answers_ahead),
        world_spec(not_ahead_of_its_own),
        world_spec(a_registration_refreshed),
        world_spec(the_bye_of_an_ended_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
