/* SPDX-License-Identifier: MIT */
/* CANCEL: when it goes, once; what crosses it; what never comes. */
#include "agent_world.h"

static struct request *cancel(struct caller *c)
{
    struct request_options o = { .automatic = AUTO_USUAL };
    struct request *out;

    assert_int_equal(request_cancel(c->request, &out, &o), ERR_NONE);
    assert_true(request_cancelled(c->request));
    return out;
}

/* Twice: one handle, one CANCEL. */
static void after_a_provisional(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, child = { .told = "" };
    struct request *r;
    const struct slice reason = SLICE("Reason: SIP;cause=487");
    struct request_options o = { .lines = &reason,
                                 .line_count = 1,
                                 .automatic = AUTO_USUAL };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(request_cancel(c.request, &r, &o), ERR_NONE);
    assert_ptr_equal(cancel(&c), r);
    child.request = request_ref(r);
    request_set_ops(r, &caller_ops, &child);
    settle(w);
    assert_ptr_equal(cancel(&c), r);
    assert_string_equal(w->wire.words, ">INVITE <180 >CANCEL <200 <487 >ACK");
    assert_string_equal(c.told, "180 487");
    assert_string_equal(child.told, "200");
    assert_string_equal(w->callee.told, "INVITE ended:cancelled CANCEL");
    assert_header(wire_get(&w->wire, ">CANCEL", 0), "Reason", "SIP;cause=487");
    assert_header(wire_get(&w->wire, ">CANCEL", 0), "CSeq", "1 CANCEL");
    assert_true(slice_eq(wire_get(&w->wire, ">CANCEL", 0)->w.via.branch,
                         wire_get(&w->wire, ">INVITE", 0)->w.via.branch));
    assert_true(slice_eq(wire_get(&w->wire, "<200", 0)->w.to_tag,
                         wire_get(&w->wire, "<487", 0)->w.to_tag));
    assert_ptr_equal(request_kind(r), &kind_cancel);
    advance(w, 40 * SECOND);
    assert_int_equal(c.outcomes, 1);
    caller_fini(&c);
    caller_fini(&child);
}

static void before_any_response(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request *r;

    invite(w, &c, w->bob_uri);
    r = cancel(&c);
    assert_null(request_message(r));
    advance(w, 199 * MS);
    assert_string_equal(w->wire.words, ">INVITE");
    assert_null(request_message(r));
    advance(w, MS);
    assert_non_null(request_message(r));
    assert_string_equal(w->wire.words, ">INVITE <100 >CANCEL <200 <487 >ACK");
    assert_string_equal(c.told, "100 487");
    caller_fini(&c);
}

static void look_for_cancel(struct caller *c, struct request *r,
                            const struct request_event *e)
{
    struct request *out;
    struct request_options o = { .automatic = AUTO_USUAL };

    (void)c;
    if (e->status != 180)
        return;
    /* It has gone out before this is told. */
    assert_int_equal(request_cancel(r, &out, &o), ERR_NONE);
    assert_non_null(request_message(out));
}

static void it_goes_before_the_event_is_told(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = look_for_cancel };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    cancel(&c);
    settle(w);
    assert_string_equal(c.told, "180 487");
    caller_fini(&c);
}

static void when_it_is_too_late(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, m = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);
    struct request *r;

    w->callee.answers[0] = 486;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(request_cancel(c.request, &r, &o), ERR_STATE);
    send_with(w, &m, &kind_message, &o);
    assert_int_equal(request_cancel(m.request, &r, &o), ERR_UNSUPPORTED);
    request_dispose(m.request);
    assert_int_equal(request_cancel(m.request, &r, &o), ERR_DISPOSED);
    settle(w);
    assert_int_equal(wire_count(&w->wire, ">CANCEL"), 0);
    caller_fini(&c);
    caller_fini(&m);
}

/* The first response is the last: there is nothing left to cancel. */
static void overtaken_by_a_final(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request *r;

    w->callee.answers[0] = 486;
    invite(w, &c, w->bob_uri);
    r = request_ref(cancel(&c));
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <486 >ACK");
    assert_int_equal(request_state(r), REQUEST_DISPOSED);
    request_unref(r);
    caller_fini(&c);
}

/* The CANCEL is on its way when the 2xx comes: a call all the same. */
static void crossing_a_2xx(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, bye = { .told = "" };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "t", NULL);
    cancel(&c);
    peer_answer(w, m, 200, "t", NULL);
    settle(w);
    peer_answer(w, wire_get(&w->peer_wire, "<CANCEL", 0), 200, "t", NULL);
    assert_string_equal(c.told, "180 200");
    assert_true(request_cancelled(c.request));
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    peer_answer(w, wire_get(&w->peer_wire, "<BYE", 0), 200, NULL, NULL);
    assert_string_equal(bye.told, "200");
    advance(w, 40 * SECOND);
    assert_string_equal(c.told, "180 200"); /* the guard was taken off */
    caller_fini(&c);
    caller_fini(&bye);
}

static void the_487_never_comes(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "t", NULL);
    cancel(&c);
    settle(w);
    peer_answer(w, wire_get(&w->peer_wire, "<CANCEL", 0), 200, "t", NULL);
    advance(w, 32 * SECOND - MS);
    assert_string_equal(c.told, "180");
    advance(w, MS);
    assert_string_equal(c.told, "180 408!");
    assert_string_equal(c.cause, "cancel-guard");
    peer_answer(w, m, 487, "t", NULL);
    assert_int_equal(c.outcomes, 1);
    caller_fini(&c);
}

/* Neither the CANCEL nor anything else is answered. */
static void a_cancel_into_silence(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" }, child = { .told = "" };

    invite(w, &c, w->peer_uri);
    settle(w);
    peer_answer(w, wire_get(&w->peer_wire, "<INVITE", 0), 100, NULL, NULL);
    child.request = request_ref(cancel(&c));
    request_set_ops(child.request, &caller_ops, &child);
    advance(w, 40 * SECOND);
    assert_string_equal(child.told, "408!");
    assert_string_equal(child.cause, "timeout:F");
    assert_string_equal(c.told, "100 408!");
    caller_fini(&c);
    caller_fini(&child);
}

static void timer_b_before_any_response(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    invite(w, &c, w->peer_uri);
    cancel(&c);
    advance(w, 40 * SECOND);
    assert_string_equal(c.told, "408!");
    assert_string_equal(c.cause, "timeout:B");
    assert_int_equal(wire_count(&w->wire, ">CANCEL"), 0);
    caller_fini(&c);
}

static const char challenge[] =
    "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"";

static void no_credentials_any_more(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct caller c = { .told = "" };
    struct message *m;

    o.password = SLICE("secret");
    world_reopen_alice(w, &o);
    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "t", NULL);
    cancel(&c);
    settle(w);
    peer_answer(w, m, 401, "t", challenge);
    assert_string_equal(c.told, "180 401");
    assert_int_equal(wire_count(&w->wire, ">INVITE"), 1);
    /* Nor does the CANCEL itself try again. */
    peer_answer(w, wire_get(&w->peer_wire, "<CANCEL", 0), 401, "t", challenge);
    assert_int_equal(wire_count(&w->wire, ">CANCEL"), 1);
    caller_fini(&c);
}

/* The wish outlives a retry that had begun before it. */
static void between_two_attempts(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct caller c = { .told = "" };
    struct message *m;

    o.password = SLICE("secret");
    world_reopen_alice(w, &o);
    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 180, "t", NULL);
    peer_answer(w, m, 401, "t", challenge);
    assert_int_equal(request_state(c.request), REQUEST_TRYING);
    cancel(&c);
    settle(w);
    assert_int_equal(wire_count(&w->wire, ">CANCEL"), 0);
    m = wire_get(&w->peer_wire, "<INVITE", 1);
    peer_answer(w, m, 100, NULL, NULL);
    m = wire_get(&w->peer_wire, "<CANCEL", 0);
    assert_header(m, "CSeq", "2 CANCEL");
    caller_fini(&c);
}

static void disposed_with_a_cancel(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    /* One that waits is dropped with its INVITE … */
    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    cancel(&c);
    request_dispose(c.request);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <180");
    caller_fini(&c);
    /* … one that has gone does its work. */
    wire_forget(&w->wire);
    invite(w, &c, w->bob_uri);
    settle(w);
    cancel(&c);
    request_dispose(c.request);
    settle(w);
    assert_string_equal(c.told, "180");
    assert_string_equal(w->wire.words, ">INVITE <180 >CANCEL <200 <487 >ACK");
    assert_int_equal(ua_open_requests(w->alice), 0);
    caller_fini(&c);
}

/* ---- the callee's side ---- */

static void a_cancel_of_nothing(void **state)
{
    struct world *w = *state;
    struct peer_request p = { .method = "CANCEL",
                              .uri = w->bob_uri,
                              .branch = "1",
                              .call_id = "x",
                              .cseq = 1 };

    peer_request(w, w->bob, &p);
    assert_string_equal(w->peer_wire.words, "<481");
}

static void a_cancel_after_the_final(void **state)
{
    struct world *w = *state;
    struct peer_request p = { .method = "INVITE",
                              .uri = w->bob_uri,
                              .branch = "1",
                              .call_id = "x",
                              .cseq = 1 };

    w->callee.answers[0] = 200;
    peer_request(w, w->bob, &p);
    p.method = "CANCEL";
    peer_request(w, w->bob, &p);
    assert_string_equal(w->peer_wire.words, "<200 <200");
    assert_int_equal(session_state(w->callee.session), SESSION_ACCEPTED);
    p.method = "INVITE";
    p.branch = "2";
    p.call_id = "y";
    w->callee.answers[0] = 486;
    peer_request(w, w->bob, &p);
    p.method = "CANCEL";
    peer_request(w, w->bob, &p);
    assert_string_equal(w->peer_wire.words, "<200 <200 <486 <200");
}

static void the_switch_is_off(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct caller c = { .told = "" };

    o.automatic &= ~auto_bit(AUTO_CANCEL);
    world_reopen_bob(w, &o);
    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    cancel(&c);
    settle(w);
    assert_string_equal(w->callee.told, "INVITE CANCEL");
    assert_int_equal(incoming_status(w->callee.in), 180);
    assert_int_equal(answer(&w->callee, w->callee.in, 487), ERR_NONE);
    settle(w);
    assert_string_equal(c.told, "180 487");
    caller_fini(&c);
}

static bool cancel_once_more(void *arg, struct buf *text)
{
    (void)text;
    cancel(arg);
    return true;
}

static bool dispose_of_it(void *arg, struct buf *text)
{
    struct caller *c = arg;

    (void)text;
    request_dispose(c->request);
    return true;
}

static void its_edit_cancels_too(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request *r;
    struct request_options o = { .edit = cancel_once_more,
                                 .edit_arg = &c,
                                 .automatic = AUTO_USUAL };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(request_cancel(c.request, &r, &o), ERR_NONE);
    assert_ptr_equal(cancel(&c), r);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <180 >CANCEL <200 <487 >ACK");
    assert_string_equal(c.told, "180 487");
    caller_fini(&c);
}

static void its_edit_disposes(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request *r;
    struct request_options o = { .edit = dispose_of_it,
                                 .edit_arg = &c,
                                 .automatic = AUTO_USUAL };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(request_cancel(c.request, &r, &o), ERR_DISPOSED);
    assert_null(r);
    settle(w);
    assert_int_equal(wire_count(&w->wire, ">CANCEL"), 0);
    caller_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(after_a_provisional),
        world_spec(before_any_response),
        world_spec(it_goes_before_the_event_is_told),
        world_spec(when_it_is_too_late),
        world_spec(overtaken_by_a_final),
        world_spec(crossing_a_2xx),
        world_spec(the_487_never_comes),
        world_spec(a_cancel_into_silence),
        world_spec(timer_b_before_any_response),
        world_spec(no_credentials_any_more),
        world_spec(between_two_attempts),
        world_spec(disposed_with_a_cancel),
        world_spec(a_cancel_of_nothing),
        world_spec(a_cancel_after_the_final),
        world_spec(the_switch_is_off),
        world_spec(its_edit_cancels_too),
        world_spec(its_edit_disposes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
