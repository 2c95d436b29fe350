/* SPDX-License-Identifier: MIT */
/* Outgoing requests: outcomes, options, what dispose leaves behind. */
#include "agent_world.h"
#include "base/buf.h"

/* ---- outcomes ---- */

static void outcome_of(struct world *w, int status)
{
    struct caller c = { .told = "" };
    char told[16], words[64];

    w->callee.answers[0] = status;
    invite(w, &c, w->bob_uri);
    assert_int_equal(request_state(c.request), REQUEST_TRYING);
    settle(w);
    snprintf(told, sizeof(told), "%d", status);
    snprintf(words, sizeof(words), ">INVITE <%d >ACK", status);
    assert_string_equal(c.told, told);
    assert_string_equal(w->wire.words, words);
    assert_int_equal(c.outcomes, 1);
    assert_null(c.session);
    assert_int_equal(request_state(c.request), REQUEST_DONE);
    assert_int_equal(ua_open_requests(w->alice), 0);
    advance(w, 40 * SECOND);
    assert_string_equal(w->wire.words, words);
    caller_fini(&c);
    wire_forget(&w->wire);
}

static void refusals(void **state)
{
    struct world *w = *state;

    outcome_of(w, 302);
    outcome_of(w, 404);
    outcome_of(w, 486);
    outcome_of(w, 603);
}

static void nobody_answers(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->peer_uri);

    invite(w, &c, w->peer_uri);
    advance(w, 32 * SECOND - MS);
    assert_string_equal(c.told, "");
    advance(w, MS);
    assert_string_equal(c.told, "408!");
    assert_string_equal(c.cause, "timeout:B");
    assert_int_equal(wire_count(&w->wire, ">INVITE"), 7);
    caller_fini(&c);

    o.method = SLICE("OPTIONS");
    send_with(w, &c, &kind_request, &o);
    advance(w, 32 * SECOND);
    assert_string_equal(c.told, "408!");
    assert_string_equal(c.cause, "timeout:F");
    assert_int_equal(wire_count(&w->wire, ">OPTIONS"), 11);
    caller_fini(&c);
}

static void timing_can_be_its_own(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->peer_uri);

    o.timing.t1 = 10 * MS; /* the others stay the agent's */
    o.automatic &= ~auto_bit(AUTO_RETRANSMIT);
    send_with(w, &c, &kind_invite, &o);
    advance(w, 640 * MS);
    assert_string_equal(c.told, "408!");
    assert_int_equal(wire_count(&w->wire, ">INVITE"), 1);
    caller_fini(&c);
}

static void a_closed_port(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    net_socket_unref(w->peer);
    invite(w, &c, w->peer_uri);
    settle(w);
    assert_string_equal(c.told, "503!");
    assert_string_equal(c.cause, "transport:refused");
    assert_int_equal(c.outcomes, 1);
    advance(w, 40 * SECOND);
    assert_int_equal(c.outcomes, 1);
    caller_fini(&c);
}

/* A real 408 is told as what it is. */
static void a_real_408(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    w->callee.answers[0] = 408;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "408");
    assert_string_equal(c.cause, "");
    caller_fini(&c);
}

static void provisionals_in_order(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    invite(w, &c, w->bob_uri);
    advance(w, 199 * MS);
    assert_string_equal(c.told, "");
    advance(w, MS);
    assert_string_equal(c.told, "100");
    assert_int_equal(request_state(c.request), REQUEST_PROCEEDING);
    answer(&w->callee, w->callee.in, 180);
    answer(&w->callee, w->callee.in, 183);
    answer(&w->callee, w->callee.in, 486);
    settle(w);
    assert_string_equal(c.told, "100 180 183 486");
    caller_fini(&c);
}

/* ---- options ---- */

static bool add_word(void *arg, struct buf *text)
{
    struct world *w = arg;
    struct request_options o = plain_request(w->bob_uri);
    struct request *r;
    char why[160];
    size_t at = text->n - 2;

    /* The engine may be used meanwhile. */
    o.method = SLICE("OPTIONS");
    assert_int_equal(
        request_new(&r, w->alice, &kind_request, &o, NULL, NULL, why),
        ERR_NONE);
    request_unref(r);
    text->n = at;
    buf_lit(text, "X-Edit: yes\r\n\r\n");
    return true;
}

static bool spoil(void *arg, struct buf *text)
{
    (void)arg;
    buf_clear(text);
    return false; /* so nothing of it counts */
}

static void headers_of_the_callers_own(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);
    const struct slice lines[] = { SLICE("X-One: 1"), SLICE("X-Two: 2") };
    const struct slice gone = SLICE("Max-Forwards");
    const struct message *m;

    o.lines = lines;
    o.line_count = 2;
    o.from = SLICE("\"Eve\" <sip:eve@example.org>");
    o.to = SLICE("sip:mallory@example.org");
    o.contact = SLICE("<sip:eve@127.0.0.1:9>");
    o.call_id = SLICE("my-call");
    o.request_uri = SLICE("sip:other@example.org");
    o.cseq = 77;
    o.cseq_given = true;
    o.edits.remove = &gone;
    o.edits.removes = 1;
    o.body = SLICE("hello");
    o.content_type = SLICE("text/x-spec");
    o.content_disposition = SLICE("render");
    o.edit = add_word;
    o.edit_arg = w;
    send_with(w, &c, &kind_message, &o);
    settle(w);
    m = wire_get(&w->wire, ">MESSAGE", 0);
    assert_has(m, "MESSAGE sip:other@example.org SIP/2.0\r\n");
    assert_has(m, "From: \"Eve\" <sip:eve@example.org>;tag=");
    assert_has(m, "To: <sip:mallory@example.org>\r\n");
    assert_has(m, "Contact: <sip:eve@127.0.0.1:9>\r\n");
    assert_has(m, "Call-ID: my-call\r\n");
    assert_has(m, "CSeq: 77 MESSAGE\r\n");
    assert_has(m, "X-One: 1\r\nX-Two: 2\r\nContent-Type: text/x-spec\r\n"
                  "Content-Disposition: render\r\n");
    assert_lacks(m, "Max-Forwards");
    assert_has(m, "X-Edit: yes\r\n\r\n");
    assert_int_equal(wire_count(&w->wire, ">OPTIONS"), 1);
    caller_fini(&c);
}

static void a_refused_edit_changes_nothing(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    o.edit = spoil;
    o.contact = SLICE("");
    send_with(w, &c, &kind_invite, &o);
    settle(w);
    assert_lacks(wire_get(&w->wire, ">INVITE", 0), "Contact:");
    assert_has(wire_get(&w->wire, ">INVITE", 0), "Max-Forwards: 70\r\n");
    caller_fini(&c);
}

static void usual_body_types(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);

    invite(w, &c, w->bob_uri);
    settle(w);
    assert_header(wire_get(&w->wire, ">INVITE", 0), "Content-Type",
                  "application/sdp");
    caller_fini(&c);
    o.body = SLICE("hi");
    send_with(w, &c, &kind_message, &o);
    settle(w);
    assert_header(wire_get(&w->wire, ">MESSAGE", 0), "Content-Type",
                  "text/plain");
    caller_fini(&c);
}

static void a_route_decides_where_it_goes(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request("sip:bob@nowhere.invalid");
    char route[160], value[192];

    snprintf(route, sizeof(route), "<%s;lr>", w->peer_uri);
    snprintf(value, sizeof(value), "Route: %s\r\n", route);
    o.route = slice_str(route);
    send_with(w, &c, &kind_invite, &o);
    settle(w);
    assert_has(wire_get(&w->peer_wire, "<INVITE", 0), value);
    caller_fini(&c);
}

static void bytes_of_the_callers_own(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);
    char text[ADDR_TEXT], raw[512];

    addr_text(ua_address(w->alice), text);
    snprintf(raw, sizeof(raw),
             "OPTIONS sip:bob@example.com SIP/2.0\r\n"
             "v:SIP/2.0/UDP %s;branch=z9hG4bKraw\r\nf: <sip:a@b>;tag=1\r\n"
             "t: <sip:bob@b>\r\ni: raw\r\nCSeq: 4711 OPTIONS\r\n\r\n",
             text);
    o.raw = slice_str(raw);
    send_with(w, &c, &kind_request, &o);
    assert_slice(message_bytes(request_message(c.request)), raw);
    assert_slice(request_method(c.request), "OPTIONS");
    settle(w);
    assert_string_equal(c.told, "200");
    caller_fini(&c);
}

static void a_branch_of_the_callers_own(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);
    char text[ADDR_TEXT], via[160], why[160];
    struct request *twin;

    addr_text(ua_address(w->alice), text);
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=z9hG4bKmine", text);
    o.via = slice_str(via);
    send_with(w, &c, &kind_invite, &o);
    assert_int_equal(
        request_new(&twin, w->alice, &kind_invite, &o, NULL, NULL, why),
        ERR_STATE);
    assert_string_equal(why, "its transaction is under way already");
    settle(w);
    assert_header(wire_get(&w->wire, ">INVITE", 0), "Via", via);
    caller_fini(&c);
}

static void refused(struct world *w, const struct request_options *o,
                    const struct request_kind *kind, int err,
                    const char *sentence)
{
    struct request *r;
    char why[160];

    assert_int_equal(request_new(&r, w->alice, kind, o, NULL, NULL, why), err);
    assert_null(r);
    assert_string_equal(why, sentence);
}

static void what_cannot_be_sent(void **state)
{
    struct world *w = *state;
    struct request_options o = plain_request("bob");

    refused(w, &o, &kind_invite, ERR_ARGUMENT, "\"bob\" is not a SIP URI");
    o.uri = slice_of(NULL, 0);
    refused(w, &o, &kind_invite, ERR_ARGUMENT, "\"\" is not a SIP URI");
    o.uri = SLICE("sips:bob@127.0.0.1");
    refused(w, &o, &kind_invite, ERR_UNSUPPORTED,
            "\"sips:bob@127.0.0.1\": only sip: over UDP is offered yet");
    o.uri = SLICE("sip:bob@nowhere.invalid");
    refused(w, &o, &kind_invite, ERR_NO_ADDRESS,
            "\"sip:bob@nowhere.invalid\": the host has no address");
    o = plain_request(w->bob_uri);
    o.route = SLICE("<broken");
    refused(w, &o, &kind_invite, ERR_ARGUMENT, "\"<broken\" is not a SIP URI");
    o = plain_request(w->bob_uri);
    o.raw = SLICE("nonsense");
    refused(w, &o, &kind_invite, ERR_ARGUMENT, "the bytes are no SIP message");
    o.raw = SLICE("ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=x\r\n"
                  "CSeq: 1 ACK\r\n\r\n");
    refused(w, &o, &kind_request, ERR_ARGUMENT,
            "the bytes are no request, an ACK, or have no branch in Via");
    settle(w);
    assert_string_equal(w->wire.words, "");
}

static void registering(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };
    struct request_options o = plain_request(w->peer_uri);
    const struct message *m;

    send_with(w, &c, &kind_register, &o);
    settle(w);
    m = wire_get(&w->peer_wire, "<REGISTER", 0);
    assert_has(m, "To: <sip:alice@example.com>\r\n");
    assert_has(m, "Contact: <sip:alice@127.0.0.1:");
    peer_answer(w, m, 200, "t", NULL);
    assert_string_equal(c.told, "200");
    assert_int_equal(request_attempts(c.request), 1);
    caller_fini(&c);
}

/* ---- dispose ---- */

static void dispose_now(struct caller *c, struct request *r,
                        const struct request_event *e)
{
    (void)e;
    (void)c;
    request_dispose(r);
    request_dispose(r);
}

static void disposed_at_once(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    w->callee.answers[0] = 486;
    invite(w, &c, w->bob_uri);
    request_dispose(c.request);
    request_dispose(c.request);
    assert_int_equal(request_state(c.request), REQUEST_DISPOSED);
    assert_int_equal(ua_open_requests(w->alice), 0);
    advance(w, 40 * SECOND);
    assert_string_equal(c.told, "");
    assert_string_equal(w->wire.words, ">INVITE <486 >ACK");
    caller_fini(&c);
}

static void disposed_inside(struct world *w, int first, int second,
                            const char *told)
{
    struct caller c = { .told = "", .inside = dispose_now };

    w->callee.answers[0] = first;
    w->callee.answers[1] = second;
    invite(w, &c, w->bob_uri);
    advance(w, SECOND);
    assert_string_equal(c.told, told);
    assert_int_equal(request_state(c.request), REQUEST_DISPOSED);
    caller_fini(&c);
}

static void disposed_inside_events(void **state)
{
    struct world *w = *state;

    disposed_inside(w, 180, 486, "180");
    disposed_inside(w, 486, 0, "486");
    disposed_inside(w, 302, 0, "302");
    disposed_inside(w, 0, 0, "100");
}

static void disposed_inside_a_synthetic_one(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = dispose_now };

    invite(w, &c, w->peer_uri);
    advance(w, 33 * SECOND);
    assert_string_equal(c.told, "408!");
    caller_fini(&c);
    c.inside = dispose_now;
    net_socket_unref(w->peer);
    invite(w, &c, w->peer_uri);
    settle(w);
    assert_string_equal(c.told, "503!");
    caller_fini(&c);
}

/* The agent ends in the very event, and with it all that the event is about. */
static void close_alice(struct caller *c, struct request *r,
                        const struct request_event *e)
{
    struct world *w = c->extra;

    (void)r;
    (void)e;
    ua_close(w->alice);
    w->alice = NULL;
}

static void closed_inside(struct world *w, const char *uri, const char *told)
{
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct caller c = { .told = "", .inside = close_alice, .extra = w };

    w->alice = open_agent(w->ours, &o, NULL);
    invite(w, &c, uri);
    advance(w, 40 * SECOND);
    assert_string_equal(c.told, told);
    assert_null(w->alice);
    if (c.session)
        assert_int_equal(session_state(c.session), SESSION_ENDED);
    caller_fini(&c);
}

static void closed_inside_events(void **state)
{
    struct world *w = *state;

    ua_close(w->alice);
    w->callee.answers[0] = 200;
    closed_inside(w, w->bob_uri, "200");
    w->callee.answers[0] = 180;
    w->callee.answers[1] = 486;
    closed_inside(w, w->bob_uri, "180");
    w->callee.answers[0] = 486;
    w->callee.answers[1] = 0;
    closed_inside(w, w->bob_uri, "486");
    closed_inside(w, w->peer_uri, "408!");
    net_socket_unref(w->peer);
    closed_inside(w, w->peer_uri, "503!");
}

/* The session is the script's all the same, and is acknowledged. */
static void disposed_inside_on_accept(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = dispose_now };
    struct caller bye = { .told = "" };

    w->callee.answers[0] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <200 >ACK");
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(bye.told, "200");
    caller_fini(&c);
    caller_fini(&bye);
}

/* A repeat of its 2xx is acknowledged again, though nobody has the request. */
static void disposed_and_acknowledged_again(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .inside = dispose_now };
    struct message *m;

    invite(w, &c, w->peer_uri);
    settle(w);
    m = wire_get(&w->peer_wire, "<INVITE", 0);
    peer_answer(w, m, 200, "t", NULL);
    peer_answer(w, m, 200, "t", NULL);
    peer_answer(w, m, 200, "t", NULL);
    assert_int_equal(wire_count(&w->wire, ">ACK"), 3);
    assert_int_equal(wire_count(&w->wire, ">BYE"), 0);
    assert_string_equal(c.told, "200");
    caller_fini(&c);
}

static void a_late_200_is_ended(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    w->callee.answers[0] = 180;
    invite(w, &c, w->bob_uri);
    settle(w);
    request_dispose(c.request);
    caller_fini(&c);
    answer(&w->callee, w->callee.in, 200);
    settle(w);
    assert_string_equal(w->wire.words, ">INVITE <180 <200 >ACK >BYE <200");
    assert_string_equal(w->callee.told, "INVITE ACK BYE ended:bye received");
}

static void disposed_after_its_outcome(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "" };

    establish(w, &c);
    request_dispose(c.request);
    request_dispose(c.request);
    settle(w);
    assert_int_equal(session_state(c.session), SESSION_CONFIRMED);
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    assert_string_equal(w->wire.words, "");
    caller_fini(&c);
}

/* Settled once more, unsettled, forgotten: the end takes it all along. */
static void left_unsettled(void **state)
{
    struct world *w = *state;
    struct caller c = { .told = "", .no_settle = true };
    struct request_event nothing = { 0 };

    w->callee.answers[0] = 486;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(ua_open_requests(w->alice), 1);
    request_settle(c.request, &nothing);
    request_settle(c.request, &nothing);
    assert_int_equal(ua_open_requests(w->alice), 0);
    caller_fini(&c);
    w->callee.answers[0] = 200;
    c.no_settle = true;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_int_equal(wire_count(&w->wire, ">ACK"), 1); /* of the 486 */
    caller_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(refusals),
        world_spec(nobody_answers),
        world_spec(timing_can_be_its_own),
        world_spec(a_closed_port),
        world_spec(a_real_408),
        world_spec(provisionals_in_order),
        world_spec(headers_of_the_callers_own),
        world_spec(a_refused_edit_changes_nothing),
        world_spec(usual_body_types),
        world_spec(a_route_decides_where_it_goes),
        world_spec(bytes_of_the_callers_own),
        world_spec(a_branch_of_the_callers_own),
        world_spec(what_cannot_be_sent),
        world_spec(registering),
        world_spec(disposed_at_once),
        world_spec(disposed_inside_events),
        world_spec(disposed_inside_a_synthetic_one),
        world_spec(closed_inside_events),
        world_spec(disposed_inside_on_accept),
        world_spec(disposed_and_acknowledged_again),
        world_spec(a_late_200_is_ended),
        world_spec(disposed_after_its_outcome),
        world_spec(left_unsettled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
