/* SPDX-License-Identifier: MIT */
/* Sessions, mostly as their caller sees them: calls, early ones, routes. */
#include "agent_world.h"

/* ---- calls ---- */

static void note_order(struct caller *c, struct request *r,
                       const struct request_event *e)
{
    (void)c;
    /* The engine's own part comes only when the event is settled. */
    if (e->status == 200) {
        assert_int_equal(session_state(e->session), SESSION_ACCEPTED);
        assert_false(session_acked(e->session));
        assert_int_equal(request_state(r), REQUEST_DONE);
    }
}

static void a_basic_call(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = note_order };
    struct caller bye = { .told = "" };
    struct engine_objects n;

    w->callee.answers[0] = 180;
    w->callee.answers[1] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "180 200");
    assert_string_equal(w->callee.told, "INVITE ACK");
    assert_string_equal(w->wire.words, ">INVITE <180 <200 >ACK");
    assert_int_equal(c.outcomes, 1);
    assert_true(session_acked(c.session));
    assert_true(session_is_uac(c.session));
    assert_false(session_is_uac(w->callee.session));
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    assert_int_equal(session_state(c.session), SESSION_ENDING);
    settle(w);
    assert_string_equal(bye.told, "200");
    assert_string_equal(c.ended, "bye sent");
    assert_string_equal(w->callee.told, "INVITE ACK BYE ended:bye received");
    assert_string_equal(w->wire.words, ">INVITE <180 <200 >ACK >BYE <200");
    assert_header(wire_get(&w->wire, ">INVITE", 0), "CSeq", "1 INVITE");
    assert_header(wire_get(&w->wire, ">ACK", 0), "CSeq", "1 ACK");
    assert_header(wire_get(&w->wire, ">BYE", 0), "CSeq", "2 BYE");
    caller_fini(&c);
    caller_fini(&bye);
    callee_fini(&w->callee);
    engine_count(w->ours, &n);
    assert_int_equal(n.requests, 0);
    assert_int_equal(n.sessions, 0);
    assert_int_equal(n.dialogs, 0);
    engine_count(w->theirs, &n);
    assert_int_equal(n.incoming, 0);
    assert_int_equal(n.sessions, 0);
    assert_int_equal(n.dialogs, 0);
    advance(w, 40 * SECOND);
    engine_count(w->ours, &n);
    assert_int_equal(n.transactions + n.lingering, 0);
    engine_count(w->theirs, &n);
    assert_int_equal(n.transactions + n.lingering, 0);
}

static void the_callee_hangs_up(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, bye = { .told = "" };

    establish(w, &c);
    assert_int_equal(send_inside(&bye, w->callee.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(bye.told, "200");
    assert_string_equal(c.ended, "bye received");
    assert_string_equal(w->callee.told, "ended:bye sent");
    assert_header(wire_get(&w->wire, "<BYE", 0), "CSeq", "1 BYE");
    caller_fini(&c);
    caller_fini(&bye);
}

/* Either side's BYE crosses the other's. */
static void both_hang_up(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, a = { .told = "" }, b = { .told = "" };
    struct request_options o = { .automatic = AUTO_USUAL };
    struct request *none;
    char why[160];

    establish(w, &c);
    assert_int_equal(send_inside(&a, c.session, &kind_bye), ERR_NONE);
    assert_int_equal(send_inside(&b, w->callee.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_int_equal(a.outcomes, 1);
    assert_int_equal(b.outcomes, 1);
    assert_int_equal(session_state(c.session), SESSION_ENDED);
    assert_int_equal(session_state(w->callee.session), SESSION_ENDED);
    assert_int_equal(request_new_in_dialog(&none, session_usage(c.session),
                                           &kind_bye, &o, NULL, NULL, why),
                     ERR_STATE);
    caller_fini(&a);
    caller_fini(&b);
    caller_fini(&c);
}

static void requests_inside(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, info = { .told = "" };
    struct caller back = { .told = "" };

    establish(w, &c);
    assert_int_equal(send_inside(&info, c.session, &kind_request), ERR_NONE);
    assert_int_equal(send_inside(&back, w->callee.session, &kind_request),
                     ERR_NONE);
    assert_ptr_equal(request_usage(info.request), session_usage(c.session));
    settle(w);
    assert_string_equal(info.told, "200");
    assert_string_equal(back.told, "200");
    assert_header(wire_get(&w->wire, ">INFO", 0), "CSeq", "2 INFO");
    assert_header(wire_get(&w->wire, "<INFO", 0), "CSeq", "1 INFO");
    caller_fini(&c);
    caller_fini(&info);
    caller_fini(&back);
}

/* A number too low is a trick of one request; a higher one counts on. */
static void cseq_of_the_callers_own(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, r = { .told = "" };
    struct request_options o = { .automatic = AUTO_USUAL };
    static const uint32_t given[] = { 1, 0, 9, 0 };
    static const char *const told[] = { "500", "200", "200", "200" };
    static const char *const cseq[] = { "1 INFO", "2 INFO", "9 INFO",
                                        "10 INFO" };
    char why[160];

    establish(w, &c);
    o.method = SLICE("INFO");
    for (size_t i = 0; i < array_length(given); i++) {
        o.cseq = given[i];
        o.cseq_given = given[i] != 0;
        assert_int_equal(
            request_new_in_dialog(&r.request, session_usage(c.session),
                                  &kind_request, &o, &caller_ops, &r, why),
            ERR_NONE);
        settle(w);
        assert_string_equal(r.told, told[i]);
        assert_header(wire_get(&w->wire, ">INFO", i), "CSeq", cseq[i]);
        caller_fini(&r);
    }
    o.cseq_given = false;
    o.raw = SLICE("nonsense");
    assert_int_equal(request_new_in_dialog(&r.request, session_usage(c.session),
                                           &kind_request, &o, &caller_ops, &r,
                                           why),
                     ERR_ARGUMENT);
    assert_int_equal(dialog_local_cseq(session_dialog(c.session)), 10);
    caller_fini(&c);
}

/* ---- re-INVITE ---- */

static void accept_inside(struct callee *c, struct incoming *in)
{
    (void)c;
    if (incoming_method(in) == METHOD_INVITE)
        incoming_reply(in, 200, &plain_response);
}

static void reinvite_by_the_caller(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, r = { .told = "" };

    establish(w, &c);
    w->callee.inside_dialog = accept_inside;
    assert_int_equal(send_inside(&r, c.session, &kind_invite), ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "200");
    assert_ptr_equal(r.session, c.session);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK");
    assert_header(wire_get(&w->wire, ">ACK", 0), "CSeq", "2 ACK");
    assert_string_equal(w->callee.told, "INVITE ACK");
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    caller_fini(&r);
    caller_fini(&c);
}

static void caller_in_dialog(void *arg, struct session *s, struct incoming *in)
{
    struct caller *c = arg;
    char word[32];

    (void)s;
    message_word(incoming_message(in), word);
    log_word(c->told, "%s", word);
    accept_inside(NULL, in);
    incoming_settle(in);
}

static void reinvite_by_the_callee(void **state)
{
    static const struct session_ops ops = { .incoming = caller_in_dialog };
    struct world *w = *state;
    struct caller c = { .told = "" }, r = { .told = "" };

    establish(w, &c);
    session_set_ops(c.session, &ops, &c);
    assert_int_equal(send_inside(&r, w->callee.session, &kind_invite),
                     ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "200");
    assert_string_equal(w->wire.words, "<INVITE >200 <ACK");
    assert_string_equal(c.told, "180 200 INVITE ACK");
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    caller_fini(&r);
    caller_fini(&c);
}

/* Nobody listens to alice's session: the default answer, after hold. */
static void reinvite_that_nobody_takes(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, r = { .told = "" };

    establish(w, &c);
    session_set_ops(c.session, NULL, NULL);
    assert_int_equal(send_inside(&r, w->callee.session, &kind_invite),
                     ERR_NONE);
    advance(w, 3 * SECOND);
    assert_string_equal(r.told, "100 488");
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    caller_fini(&r);
    caller_fini(&c);
}

static void a_request_that_ends_the_dialog(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, r = { .told = "" };

    establish(w, &c);
    session_dispose(w->callee.session);
    assert_int_equal(send_inside(&r, c.session, &kind_request), ERR_NONE);
    settle(w);
    assert_string_equal(r.told, "481");
    assert_string_equal(c.ended, "481");
    caller_fini(&r);
    caller_fini(&c);
}

/* ---- early sessions ---- */

static void take_early(struct caller *c, struct request *r,
                       const struct request_event *e)
{
    struct session *s = e->session;

    (void)r;
    if (e->status >= 200 || !s)
        return;
    assert_int_equal(session_state(s), SESSION_EARLY);
    session_set_ops(s, &caller_session_ops, c);
    replace_session(c->session ? &c->other : &c->session, s);
}

static void early_and_rejected(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = take_early };

    w->callee.answers[0] = 180;
    w->callee.answers[1] = 486;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "180 486");
    assert_string_equal(c.ended, "rejected");
    assert_int_equal(session_state(c.session), SESSION_ENDED);
    assert_string_equal(w->callee.told, "INVITE ended:rejected");
    caller_fini(&c);
}

static void early_becomes_the_session(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = take_early };
    struct session *early;

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    early = session_ref(c.session);
    answer(&w->callee, w->callee.in, 200);
    settle(w);
    assert_ptr_equal(c.session, early);
    assert_int_equal(session_state(early), SESSION_CONFIRMED);
    session_unref(early);
    caller_fini(&c);
}

static void dispose_request_too(void *arg, struct session *s, const char *cause)
{
    struct caller *c = arg;

    caller_ended(arg, s, cause);
    request_dispose(c->request);
}

/* Two early ones; the end of the first disposes of the request. */
static void early_ones_end_in_any_order(void **state)
{
    static const struct session_ops ops = { .ended = dispose_request_too };
    struct world *w = *state;
    struct caller c = { .told = "", .inside = take_early };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "a", NULL);
    peer_answer(w, m, 183, "b", NULL);
    assert_ptr_not_equal(c.session, c.other);
    session_set_ops(c.session, &ops, &c);
    session_set_ops(c.other, &ops, &c);
    c.inside = NULL;
    peer_answer(w, m, 486, "a", NULL);
    assert_string_equal(c.told, "180 183");
    assert_int_equal(session_state(c.session), SESSION_ENDED);
    assert_int_equal(session_state(c.other), SESSION_ENDED);
    caller_fini(&c);
}

static void early_and_not_chosen(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = take_early };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "a", NULL);
    peer_answer(w, m, 180, "b", NULL);
    c.inside = NULL;
    peer_answer(w, m, 200, "a", NULL);
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    assert_int_equal(session_state(c.other), SESSION_EARLY);
    advance(w, 32 * SECOND);
    assert_int_equal(session_state(c.other), SESSION_ENDED);
    assert_string_equal(c.ended, "not chosen");
    caller_fini(&c);
}

/* 15.1.2: the callee takes the BYE, and the INVITE gets its 487. */
static void bye_in_an_early_dialog(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = take_early };
    struct caller bye = { .told = "" };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(send_inside(&bye, w->callee.session, &kind_bye),
                     ERR_STATE);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(bye.told, "200");
    assert_string_equal(c.told, "180 487");
    assert_string_equal(w->callee.told, "INVITE BYE ended:bye received");
    caller_fini(&c);
    caller_fini(&bye);
}

/* ---- routes ---- */

/* The peer as a proxy that stays on the way: loose, then strict. */
static void routed(struct world *w, const char *parameter)
{
    struct caller c = { .told = "" }, bye = { .told = "" };
    char line[256], route[160];
    struct message *m;

    snprintf(route, sizeof(route), "<sip:%s%s>", w->peer_text, parameter);
    snprintf(line, sizeof(line),
             "Record-Route: <sip:far.invalid;lr>, %s\r\n"
             "Contact: <sip:callee@nowhere.invalid>",
             route);
    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 200, "t", line);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_int_equal(wire_count(&w->peer_wire, "<ACK"), 1);
    assert_int_equal(wire_count(&w->peer_wire, "<BYE"), 1);
    m = wire_get(&w->peer_wire, "<BYE", 0);
    peer_answer(w, m, 200, NULL, NULL);
    caller_fini(&c);
    caller_fini(&bye);
}

static void loose_routes(void **state)
{
    struct world *w = *state;
    struct message *m;

    routed(w, ";lr");
    m = wire_get(&w->peer_wire, "<ACK", 0);
    assert_slice(m->w.uri, "sip:callee@nowhere.invalid");
    assert_has(m, ";lr>\r\nRoute: <sip:far.invalid;lr>\r\n");
    m = wire_get(&w->peer_wire, "<BYE", 0);
    assert_has(m, ";lr>\r\nRoute: <sip:far.invalid;lr>\r\n");
}

static void strict_routes(void **state)
{
    struct world *w = *state;
    struct message *m;
    char uri[96];

    routed(w, "");
    snprintf(uri, sizeof(uri), "sip:%s", w->peer_text);
    m = wire_get(&w->peer_wire, "<BYE", 0);
    assert_slice(m->w.uri, uri);
    assert_has(m, "Route: <sip:far.invalid;lr>\r\n"
                  "Route: <sip:callee@nowhere.invalid>\r\n");
}

/* ---- dispose ---- */

static void disposed_in_each_state(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = take_early };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    session_dispose(c.session);
    session_dispose(c.session);
    assert_int_equal(session_state(c.session), SESSION_ENDED);
    c.inside = NULL;
    answer(&w->callee, w->callee.in, 200);
    settle(w); /* the 2xx makes it anew: an outcome is never kept back */
    assert_string_equal(c.told, "180 200");
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    session_dispose(c.session);
    session_dispose(w->callee.session);
    settle(w);
    assert_string_equal(c.ended, "");
    assert_int_equal(wire_count(&w->wire, ">BYE"), 0);
    caller_fini(&c);
}

static void dispose_session(struct caller *c, struct request *r,
                            const struct request_event *e)
{
    (void)c;
    (void)r;
    if (e->session)
        session_dispose(e->session);
}

static void disposed_inside_on_accept(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = dispose_session };

    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "200");
    assert_int_equal(wire_count(&w->wire, ">ACK"), 0);
    caller_fini(&c);
}

static void a_bye_disposed_of(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, bye = { .told = "" };

    establish(w, &c);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    request_dispose(bye.request);
    assert_int_equal(session_state(c.session), SESSION_ENDED);
    settle(w);
    assert_string_equal(bye.told, "");
    assert_string_equal(w->callee.told, "BYE ended:bye received");
    caller_fini(&c);
    caller_fini(&bye);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(a_basic_call),
        world_spec(the_callee_hangs_up),
        world_spec(both_hang_up),
        world_spec(requests_inside),
        world_spec(cseq_of_the_callers_own),
        world_spec(reinvite_by_the_caller),
        world_spec(reinvite_by_the_callee),
        world_spec(reinvite_that_nobody_takes),
        world_spec(a_request_that_ends_the_dialog),
        world_spec(early_and_rejected),
        world_spec(early_becomes_the_session),
        world_spec(early_ones_end_in_any_order),
        world_spec(early_and_not_chosen),
        world_spec(bye_in_an_early_dialog),
        world_spec(loose_routes),
        world_spec(strict_routes),
        world_spec(disposed_in_each_state),
        world_spec(disposed_inside_on_accept),
        world_spec(a_bye_disposed_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
