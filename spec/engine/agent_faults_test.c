/* SPDX-License-Identifier: MIT */
/*
 * Calls over a bad line: one in five datagrams lost, one in twenty doubled, in
 * both directions. Every call has one outcome, is told each response once, and
 * nothing is left behind.
 */
#include "agent_world.h"
#include "loop/timer.h"

enum { CALLS = 500, APART = 20 /* milliseconds */ };

struct line_call {
    struct run *run;
    struct request *request, *bye;
    struct session *session;
    struct timer start, hang_up;
    unsigned outcomes, byes, last, ended;
    int status, bye_status;
};

struct run {
    struct world *world;
    struct line_call calls[CALLS];
    unsigned accepted, answered, acks, hung_up;
    unsigned provisionals, told; /* that came, and that were told */
    struct net_tap tap;
};

/* ---- the callee ---- */

static void bob_in_dialog(void *arg, struct session *s, struct incoming *in)
{
    struct run *run = arg;

    (void)s;
    run->acks += incoming_method(in) == METHOD_ACK;
    incoming_settle(in);
}

static void bob_ended(void *arg, struct session *s, const char *cause)
{
    struct run *run = arg;

    (void)s;
    (void)cause;
    run->hung_up++;
}

static const struct session_ops bob_session_ops = { .incoming = bob_in_dialog,
                                                    .ended = bob_ended };

static void bob_incoming(void *arg, struct ua *ua, struct incoming *in)
{
    struct run *run = arg;

    (void)ua;
    run->answered++;
    assert_int_equal(incoming_method(in), METHOD_INVITE);
    assert_int_equal(incoming_reply(in, 180, &plain_response), ERR_NONE);
    assert_int_equal(incoming_reply(in, 200, &plain_response), ERR_NONE);
    session_set_ops(incoming_session(in), &bob_session_ops, run);
    incoming_settle(in);
}

static const struct ua_ops bob_ops = { .incoming = bob_incoming };

/* ---- the caller ---- */

static void bye_event(void *arg, struct request *r,
                      const struct request_event *e)
{
    struct line_call *c = arg;

    if (e->status >= 200) {
        c->byes++;
        c->bye_status = e->status;
    }
    request_settle(r, e);
}

static const struct request_ops bye_ops = { .event = bye_event };

static void alice_ended(void *arg, struct session *s, const char *cause)
{
    struct line_call *c = arg;

    (void)s;
    (void)cause;
    c->ended++;
}

static const struct session_ops alice_session_ops = { .ended = alice_ended };

static void hang_up(void *arg)
{
    struct line_call *c = arg;
    struct request_options o = { .automatic = AUTO_USUAL };
    char why[160];

    assert_int_equal(request_new_in_dialog(&c->bye, session_usage(c->session),
                                           &kind_bye, &o, &bye_ops, c, why),
                     ERR_NONE);
}

static void call_event(void *arg, struct request *r,
                       const struct request_event *e)
{
    struct line_call *c = arg;

    /* 180 may be lost, or be doubled on the way; nothing else. */
    assert_true((unsigned)e->status >= c->last);
    assert_false(e->fork);
    c->run->told += e->status < 200;
    c->last = (unsigned)e->status;
    if (e->status >= 200) {
        c->outcomes++;
        c->status = e->status;
    }
    if (e->status >= 200 && e->session) {
        c->run->accepted++;
        c->session = session_ref(e->session);
        session_set_ops(e->session, &alice_session_ops, c);
        timer_start(c->run->world->loop, &c->hang_up, SECOND);
    }
    request_settle(r, e);
}

static const struct request_ops call_ops = { .event = call_event };

static void start(void *arg)
{
    struct line_call *c = arg;
    struct world *w = c->run->world;
    struct request_options o = plain_request(w->bob_uri);
    char why[160];

    o.body = SLICE("v=0\r\n");
    assert_int_equal(
        request_new(&c->request, w->alice, &kind_invite, &o, &call_ops, c, why),
        ERR_NONE);
}

/* ---- the run ---- */

static void count_provisionals(void *arg, bool outgoing,
                               const struct net_socket *s,
                               const struct addr *peer, struct slice bytes,
                               int64_t at, enum net_mark mark)
{
    struct run *run = arg;

    (void)s;
    (void)peer;
    (void)at;
    run->provisionals += !outgoing && mark != NET_MARK_DROPPED &&
                         slice_starts(bytes, SLICE("SIP/2.0 1"));
}

static void place_calls(struct run *run)
{
    for (int i = 0; i < CALLS; i++) {
        struct line_call *c = &run->calls[i];

        c->run = run;
        timer_init(&c->start, start, c);
        timer_init(&c->hang_up, hang_up, c);
        timer_start(run->world->loop, &c->start, i * APART * MS);
    }
}

static void check_and_forget(struct line_call *c)
{
    assert_int_equal(c->outcomes, 1);
    assert_int_equal(c->status, 200);
    assert_int_equal(c->byes, 1);
    assert_int_equal(c->bye_status, 200);
    assert_int_equal(c->ended, 1);
    assert_int_equal(session_state(c->session), SESSION_ENDED);
    request_unref(c->request);
    request_unref(c->bye);
    session_unref(c->session);
}

static void assert_nothing_open(const struct engine *e, bool agent)
{
    struct engine_objects n;

    engine_count(e, &n);
    assert_int_equal(n.requests + n.incoming + n.sessions + n.dialogs, 0);
    assert_int_equal(n.transactions + n.lingering, 0);
    assert_int_equal(n.agents, agent);
}

static void a_bad_line(void **state)
{
    struct world *w = *state;
    struct faults_plan plan = { .drop = 0.2, .duplicate = 0.05, .seed = 11 };
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct run *run = mem_zalloc(sizeof(*run));
    struct faults *faults;
    char why[160];

    net_tap_remove(&w->tap);
    run->tap.fn = count_provisionals;
    run->tap.arg = run;
    net_tap_add(engine_net(w->ours), &run->tap);
    run->world = w;
    ua_close(w->bob);
    assert_int_equal(ua_new(&w->bob, w->theirs, &o, &bob_ops, run, why),
                     ERR_NONE);
    uri_of(w->bob_uri, "bob", w->bob);
    assert_int_equal(faults_new(&faults, w->loop, &plan), ERR_NONE);
    net_faults_add(ua_socket(w->alice), faults);
    place_calls(run);
    advance(w, 300 * SECOND);
    assert_int_equal(run->accepted, CALLS);
    assert_int_equal(run->answered, CALLS);
    assert_int_equal(run->hung_up, CALLS);
    assert_true(run->acks <= CALLS);
    assert_true(run->told > 0);
    assert_true(run->told <= run->provisionals);
    assert_true(faults_counters(faults)->dropped > CALLS);
    for (int i = 0; i < CALLS; i++)
        check_and_forget(&run->calls[i]);
    assert_nothing_open(w->ours, true);
    assert_nothing_open(w->theirs, true);
    net_faults_remove(ua_socket(w->alice), faults);
    faults_free(faults);
    net_tap_remove(&run->tap);
    mem_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(a_bad_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
