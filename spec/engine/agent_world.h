/* SPDX-License-Identifier: MIT */
/*
 * A world for the specs of the agent floor: two engines on one loop with a
 * virtual clock, alice in the one and bob in the other, a plain socket besides
 * for what no engine would send, and logs of short words: what went over
 * alice's wire, what was told to the makers of requests, what to bob.
 */
#ifndef SIPWRIGHT_SPEC_AGENT_WORLD_H
#define SIPWRIGHT_SPEC_AGENT_WORLD_H

#include "agent_wire.h"

#include "agent/engine.h"
#include "agent/incoming.h"
#include "agent/owner.h"
#include "agent/request.h"
#include "agent/session.h"
#include "agent/ua.h"
#include "base/err.h"
#include "base/mem.h"
#include "dialog/dialog.h"
#include "loop/loop.h"
#include "message/render.h"
#include "net/faults.h"
#include "net/net.h"

#define SECOND LOOP_SECOND
#define MS LOOP_MILLISECOND

/* ---- the world ---- */

/* What the maker of requests was told. */
struct caller {
    char told[LOG_MAX]; /* "100 180 200"; synthetic "408!", forks "200+" */
    char cause[64];
    char ended[128];
    unsigned outcomes, errors;
    struct request *request; /* counted */
    struct session *session; /* of the latest 2xx, counted */
    struct session *other;   /* of a fork, counted */
    bool no_settle;
    void *extra; /* what `inside` wants to know */
    /* Runs inside each event, before it is settled. */
    void (*inside)(struct caller *c, struct request *r,
                   const struct request_event *e);
};

/* What bob was told, and how he answers. */
struct callee {
    char told[LOG_MAX];      /* "INVITE ACK BYE ended:bye received" */
    struct incoming *in;     /* the latest outside of dialogs, counted */
    struct incoming *inner;  /* the latest inside, counted */
    struct session *session; /* counted, once `answer` made it */
    int answers[4];          /* given at once to an INVITE */
    bool hold;               /* nobody takes it */
    void *extra;             /* what the hooks want to know */
    void (*inside)(struct callee *c, struct incoming *in);
    void (*inside_dialog)(struct callee *c, struct incoming *in);
};

struct world {
    struct loop *loop;
    struct engine *ours, *theirs;
    struct ua *alice, *bob;
    struct net_tap tap;
    struct wire wire; /* alice's */
    struct callee callee;
    char bob_uri[96], alice_uri[96];
    /* A peer that sends what it likes. */
    struct net *peer_net;
    struct net_socket *peer;
    struct wire peer_wire;
    char peer_text[ADDR_TEXT], peer_uri[96];
};

static inline void settle(struct world *w)
{
    while (loop_turn(w->loop, 0)) {
    }
}

static inline void advance(struct world *w, int64_t delay)
{
    int64_t until = loop_now(w->loop) + delay;

    settle(w);
    while (loop_turn(w->loop, until)) {
    }
    assert_int_equal(loop_now(w->loop), until);
}

/* ---- the caller ---- */

static inline void replace_session(struct session **at, struct session *s)
{
    if (s)
        session_ref(s);
    session_unref(*at);
    *at = s;
}

static inline void caller_ended(void *arg, struct session *s, const char *cause)
{
    struct caller *c = arg;

    assert_int_equal(session_state(s), SESSION_ENDED);
    snprintf(c->ended, sizeof(c->ended), "%s", cause);
}

static const struct session_ops caller_session_ops = { .ended = caller_ended };

static inline void caller_event(void *arg, struct request *r,
                                const struct request_event *e)
{
    struct caller *c = arg;

    log_word(c->told, "%d%s%s", e->status, e->synthetic ? "!" : "",
             e->fork ? "+" : "");
    assert_int_equal(e->synthetic, e->message == NULL);
    if (e->cause)
        snprintf(c->cause, sizeof(c->cause), "%s", e->cause);
    if (e->status >= 200 && !e->fork)
        c->outcomes++;
    if (e->session && e->status >= 200) {
        replace_session(e->fork ? &c->other : &c->session, e->session);
        if (!session_arg(e->session))
            session_set_ops(e->session, &caller_session_ops, c);
    }
    if (c->inside)
        c->inside(c, r, e);
    if (!c->no_settle)
        request_settle(r, e);
}

static inline void caller_error(void *arg, struct request *r, int err,
                                const char *what)
{
    struct caller *c = arg;

    (void)r;
    assert_true(err < 0);
    assert_non_null(what);
    c->errors++;
}

static const struct request_ops caller_ops = { .event = caller_event,
                                               .error = caller_error };

static inline void caller_fini(struct caller *c)
{
    request_unref(c->request);
    session_unref(c->session);
    session_unref(c->other);
    *c = (struct caller){ .told = "" };
}

static inline struct request_options plain_request(const char *uri)
{
    return (struct request_options){ .uri = slice_str(uri),
                                     .automatic = AUTO_USUAL };
}

static inline void send_with(struct world *w, struct caller *c,
                             const struct request_kind *kind,
                             const struct request_options *o)
{
    char why[160];

    assert_int_equal(
        request_new(&c->request, w->alice, kind, o, &caller_ops, c, why),
        ERR_NONE);
    assert_string_equal(c->told, "");
}

static inline void invite(struct world *w, struct caller *c, const char *uri)
{
    struct request_options o = plain_request(uri);

    o.body = SLICE("v=0\r\n");
    send_with(w, c, &kind_invite, &o);
}

/* A request in a session; its log goes to `c`. */
static inline int send_inside(struct caller *c, struct session *s,
                              const struct request_kind *kind)
{
    struct request_options o = { .automatic = AUTO_USUAL };
    char why[160];

    if (kind == &kind_request)
        o.method = SLICE("INFO");
    return request_new_in_dialog(&c->request, session_usage(s), kind, &o,
                                 &caller_ops, c, why);
}

/* ---- the callee ---- */

static inline void replace_incoming(struct incoming **at, struct incoming *in)
{
    incoming_ref(in);
    incoming_unref(*at);
    *at = in;
}

static inline void log_request(char log[LOG_MAX], struct incoming *in)
{
    char word[32];

    message_word(incoming_message(in), word);
    log_word(log, "%s", word);
}

static inline void callee_in_dialog(void *arg, struct session *s,
                                    struct incoming *in)
{
    struct callee *c = arg;

    assert_true(incoming_in_dialog(in));
    assert_ptr_equal(incoming_session(in), s);
    log_request(c->told, in);
    if (incoming_method(in) != METHOD_ACK)
        replace_incoming(&c->inner, in);
    if (c->inside_dialog)
        c->inside_dialog(c, in);
    incoming_settle(in);
}

static inline void callee_ended(void *arg, struct session *s, const char *cause)
{
    struct callee *c = arg;

    assert_int_equal(session_state(s), SESSION_ENDED);
    log_word(c->told, "ended:%s", cause);
}

static const struct session_ops callee_session_ops = {
    .incoming = callee_in_dialog,
    .ended = callee_ended,
};

static inline void callee_cancelled(void *arg, struct incoming *in,
                                    struct incoming *cancel)
{
    struct callee *c = arg;

    assert_true(incoming_was_cancelled(in));
    log_request(c->told, cancel);
}

static const struct incoming_ops callee_incoming_ops = {
    .cancelled = callee_cancelled,
};

static const struct response_options plain_response = { .force = false };

static inline int answer(struct callee *c, struct incoming *in, int status)
{
    int err = incoming_reply(in, status, &plain_response);

    if (incoming_session(in) && !incoming_in_dialog(in)) {
        session_set_ops(incoming_session(in), &callee_session_ops, c);
        replace_session(&c->session, incoming_session(in));
    }
    return err;
}

static inline void callee_incoming(void *arg, struct ua *ua,
                                   struct incoming *in)
{
    struct callee *c = arg;

    (void)ua;
    log_request(c->told, in);
    replace_incoming(&c->in, in);
    incoming_set_ops(in, &callee_incoming_ops, c);
    if (c->inside)
        c->inside(c, in);
    for (size_t i = 0;
         i < 4 && c->answers[i] && incoming_method(in) == METHOD_INVITE; i++)
        assert_int_equal(answer(c, in, c->answers[i]), ERR_NONE);
    if (c->hold)
        incoming_hold(in);
    else
        incoming_settle(in);
}

static const struct ua_ops callee_ops = { .incoming = callee_incoming };

static inline void callee_fini(struct callee *c)
{
    incoming_unref(c->in);
    incoming_unref(c->inner);
    session_unref(c->session);
    *c = (struct callee){ .told = "" };
}

/* ---- life ---- */

static inline void on_tap(void *arg, bool outgoing, const struct net_socket *s,
                          const struct addr *peer, struct slice bytes,
                          int64_t at, enum net_mark mark)
{
    struct world *w = arg;

    (void)s;
    (void)at;
    if (mark != NET_MARK_DROPPED)
        wire_note(&w->wire, outgoing, bytes, peer);
}

static inline void peer_received(void *arg, struct net_socket *s,
                                 const char *bytes, size_t n,
                                 const struct addr *from, int64_t at)
{
    struct world *w = arg;

    (void)s;
    (void)at;
    wire_note(&w->peer_wire, false, slice_of(bytes, n), from);
}

static inline void peer_failed(void *arg, struct net_socket *s,
                               const struct addr *to, int err,
                               struct slice quoted)
{
    (void)arg;
    (void)s;
    (void)to;
    (void)err;
    (void)quoted;
}

static const struct net_ops peer_ops = { peer_received, peer_failed };

static inline struct ua_options plain_agent(const char *uri)
{
    return (struct ua_options){ .uri = slice_str(uri),
                                .automatic = AUTO_USUAL,
                                .hold = 2 * SECOND };
}

static inline struct ua *
open_agent(struct engine *e, const struct ua_options *o, struct callee *c)
{
    struct ua *ua;
    char why[160];

    assert_int_equal(ua_new(&ua, e, o, c ? &callee_ops : NULL, c, why),
                     ERR_NONE);
    assert_string_equal(why, "");
    return ua;
}

static inline void uri_of(char out[96], const char *user, const struct ua *ua)
{
    char text[ADDR_TEXT];

    addr_text(ua_address(ua), text);
    snprintf(out, 96, "sip:%s@%s", user, text);
}

static inline struct engine *open_engine(struct loop *l, uint64_t stream)
{
    struct engine_options o = { .seed = 1, .stream = stream };
    struct engine *e;

    assert_int_equal(engine_new(&e, l, &o), ERR_NONE);
    return e;
}

static inline void world_reopen_alice(struct world *w,
                                      const struct ua_options *o)
{
    ua_close(w->alice);
    w->alice = open_agent(w->ours, o, NULL);
    uri_of(w->alice_uri, "alice", w->alice);
}

static inline void world_reopen_bob(struct world *w, const struct ua_options *o)
{
    ua_close(w->bob);
    w->bob = open_agent(w->theirs, o, &w->callee);
    uri_of(w->bob_uri, "bob", w->bob);
}

static inline int world_open(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));
    struct ua_options alice = plain_agent("sip:alice@example.com");
    struct ua_options bob = plain_agent("sip:bob@example.com");
    struct addr any;

    *state = w;
    assert_int_equal(loop_new(&w->loop), ERR_NONE);
    loop_set_virtual(w->loop, true);
    w->ours = open_engine(w->loop, 1);
    w->theirs = open_engine(w->loop, 2);
    w->tap.fn = on_tap;
    w->tap.arg = w;
    net_tap_add(engine_net(w->ours), &w->tap);
    w->alice = open_agent(w->ours, &alice, NULL);
    uri_of(w->alice_uri, "alice", w->alice);
    w->bob = open_agent(w->theirs, &bob, &w->callee);
    uri_of(w->bob_uri, "bob", w->bob);
    assert_int_equal(addr_parse(&any, SLICE("127.0.0.1:0")), ERR_NONE);
    assert_int_equal(net_new(&w->peer_net, w->loop, &peer_ops, w), ERR_NONE);
    assert_int_equal(net_open(w->peer_net, &w->peer, NET_UDP, &any, false),
                     ERR_NONE);
    addr_text(net_socket_local(w->peer), w->peer_text);
    snprintf(w->peer_uri, sizeof(w->peer_uri), "sip:peer@%s", w->peer_text);
    return 0;
}

static inline void assert_idle(const struct engine *e)
{
    struct engine_objects n;

    engine_count(e, &n);
    assert_int_equal(n.agents, 0);
    assert_int_equal(n.requests, 0);
    assert_int_equal(n.incoming, 0);
    assert_int_equal(n.sessions, 0);
    assert_int_equal(n.dialogs, 0);
    assert_int_equal(n.transactions, 0);
    assert_int_equal(n.lingering, 0);
    assert_int_equal(n.sockets, 0);
}

/* Every spec ends with nothing left but what it still refers to itself. */
static inline int world_close(void **state)
{
    struct world *w = *state;

    ua_close(w->alice);
    ua_close(w->bob);
    callee_fini(&w->callee);
    assert_idle(w->ours);
    assert_idle(w->theirs);
    net_tap_remove(&w->tap);
    engine_free(w->ours);
    engine_free(w->theirs);
    net_free(w->peer_net);
    wire_forget(&w->wire);
    wire_forget(&w->peer_wire);
    loop_free(w->loop); /* asserts that no timer or job is left */
    mem_free(w);
    return 0;
}

#define world_spec(f) \
    cmocka_unit_test_setup_teardown(f, world_open, world_close)

/* A call that stands: `c` has alice's session, w->callee bob's. */
static inline void establish(struct world *w, struct caller *c)
{
    w->callee.answers[0] = 180;
    w->callee.answers[1] = 200;
    invite(w, c, w->bob_uri);
    settle(w);
    assert_string_equal(c->told, "180 200");
    assert_int_equal(session_state(c->session), SESSION_CONFIRMED);
    assert_int_equal(session_state(w->callee.session), SESSION_CONFIRMED);
    wire_forget(&w->wire);
    w->callee.told[0] = '\0';
}

/* ---- the raw peer ---- */

static inline void peer_send(struct world *w, const struct addr *to,
                             struct slice text)
{
    assert_int_equal(net_send(w->peer, to, text), ERR_NONE);
    settle(w);
}

/* Answers a request that it heard; `lines` may be NULL. */
static inline void peer_answer(struct world *w, const struct message *request,
                               int status, const char *tag, const char *lines)
{
    struct buf text = { 0 };
    struct slice line = slice_str(lines);
    char contact[128];
    struct render_response r = { .request = request,
                                 .status = status,
                                 .to_tag = slice_str(tag),
                                 .lines = &line,
                                 .line_count = lines ? 1 : 0 };

    if (request->w.method == METHOD_INVITE && status > 100 && status < 300 &&
        !(lines && strstr(lines, "Contact:"))) {
        snprintf(contact, sizeof(contact), "<%s>", w->peer_uri);
        r.contact = slice_str(contact);
    }
    render_response(&text, &r);
    peer_send(w, &request->peer, buf_view(&text));
    buf_fini(&text);
}

struct peer_request {
    const char *method, *uri, *branch, *call_id, *to_tag, *lines;
    unsigned cseq;
};

/* A request to an agent, From tag "peer". */
static inline void peer_request(struct world *w, const struct ua *to,
                                const struct peer_request *p)
{
    struct buf text = { 0 };

    buf_fmt(&text,
            "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\n"
            "Max-Forwards: 70\r\nFrom: <sip:peer@example.com>;tag=peer\r\n"
            "To: <sip:x@example.com>%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
            "Contact: <%s>\r\n%sContent-Length: 0\r\n\r\n",
            p->method, p->uri, w->peer_text, p->branch,
            p->to_tag ? ";tag=" : "", p->to_tag ? p->to_tag : "", p->call_id,
            p->cseq, p->method, w->peer_uri, p->lines ? p->lines : "");
    peer_send(w, ua_address(to), buf_view(&text));
    buf_fini(&text);
}

static inline void tag_of(const struct message *m, char out[64])
{
    snprintf(out, 64, "%.*s", (int)m->w.to_tag.n, m->w.to_tag.p);
}

#endif
