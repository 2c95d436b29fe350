/* SPDX-License-Identifier: MIT */
/*
 * A bench for the specs of the transaction layer: the layer on one socket, a
 * plain socket as its peer, a virtual clock, and two logs of short words: what
 * the peer heard, and what the users of the layer were told.
 */
#ifndef SIPWRIGHT_SPEC_TX_SUPPORT_H
#define SIPWRIGHT_SPEC_TX_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "transaction/tx_private.h"

#define BENCH_HEARD 128
#define BRANCH "z9hG4bKspec"
#define ONE_SECOND LOOP_SECOND

struct bench {
    struct loop *loop;
    struct tx_layer *layer;
    struct net_socket *socket;
    struct net *peer_net;
    struct net_socket *peer;
    struct addr peer_addr, our_addr;
    char our_text[ADDR_TEXT], peer_text[ADDR_TEXT];

    struct tx *t;        /* the transaction of the spec */
    enum tx_state state; /* its latest, after its end too */
    struct tx *target;   /* what a CANCEL was told to mean */
    struct tx_timing timing;
    bool no_retransmit;
    const char *method;

    char heard[1024]; /* by the peer: "INVITE ACK", "180 200" */
    char told[1024];  /* to the users: "180 failed:B terminated" */
    int64_t start;
    int64_t heard_at[BENCH_HEARD]; /* since `start` */
    size_t heard_count;
    int64_t told_at; /* the latest, since `start` */
    struct buf last; /* what the peer heard last */
    struct addr last_from;
    /* Runs inside callbacks of the transaction, for specs of re-entry. */
    void (*inside)(struct bench *b, struct tx *t, const char *which);
    void *extra; /* what `inside` wants to know */
};

/* ---- the logs ---- */

static inline void bench_log(char *log, const char *word)
{
    size_t n = strlen(log);
    assert_true(n + strlen(word) + 2 < 1024);
    snprintf(log + n, 1024 - n, "%s%s", n ? " " : "", word);
}

static inline void bench_tell(struct bench *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void bench_tell(struct bench *b, const char *format, ...)
{
    char word[128];
    va_list args;
    va_start(args, format);
    vsnprintf(word, sizeof(word), format, args);
    va_end(args);
    bench_log(b->told, word);
    b->told_at = loop_now(b->loop) - b->start;
}

static inline void bench_forget(struct bench *b)
{
    b->heard[0] = b->told[0] = '\0';
    b->heard_count = 0;
    b->start = loop_now(b->loop);
}

/* ---- the user of one transaction ---- */

static inline void bench_inside(struct bench *b, struct tx *t, const char *word)
{
    if (b->inside)
        b->inside(b, t, word);
}

static inline void on_response(void *arg, struct tx *t, struct message *m)
{
    struct bench *b = arg;
    bench_tell(b, "%d", m->w.status);
    bench_inside(b, t, "response");
}

static inline void on_ack(void *arg, struct tx *t, struct message *m)
{
    struct bench *b = arg;
    assert_int_equal(m->w.method, METHOD_ACK);
    bench_tell(b, "ack");
    bench_inside(b, t, "ack");
}

static inline void on_failed(void *arg, struct tx *t, enum tx_cause cause,
                             int err)
{
    static const char *const causes[] = { "B", "F", "H" };
    struct bench *b = arg;
    if (cause == TX_CAUSE_TRANSPORT)
        bench_tell(b, "failed:%s", err_name(err));
    else
        bench_tell(b, "failed:%s", causes[cause]);
    if (cause != TX_CAUSE_TRANSPORT)
        assert_int_equal(err, ERR_TIMEOUT);
    bench_inside(b, t, "failed");
}

static inline void on_terminated(void *arg, struct tx *t)
{
    struct bench *b = arg;
    assert_int_equal(tx_state(t), TX_TERMINATED);
    bench_tell(b, "terminated");
    bench_inside(b, t, "terminated");
    if (b->t == t)
        b->t = NULL;
}

static const struct tx_ops bench_ops = {
    .response = on_response,
    .ack = on_ack,
    .failed = on_failed,
    .terminated = on_terminated,
};

/* ---- the user of the layer ---- */

static inline void on_request(void *arg, struct tx *t, struct message *m,
                              struct tx *target)
{
    struct bench *b = arg;
    char method[32];
    snprintf(method, sizeof(method), "%.*s", (int)m->w.method_name.n,
             m->w.method_name.p);
    bench_tell(b, "request:%s", method);
    b->target = target;
    b->t = t;
    b->state = tx_state(t);
    tx_set_timing(t, &b->timing);
    tx_set_user(t, &bench_ops, b);
    bench_inside(b, t, "request");
}

static inline void on_layer_ack(void *arg, struct net_socket *s,
                                struct message *m)
{
    struct bench *b = arg;
    assert_ptr_equal(s, b->socket);
    assert_int_equal(m->w.method, METHOD_ACK);
    bench_tell(b, "layer-ack");
}

static inline void on_stray(void *arg, struct net_socket *s, struct message *m)
{
    struct bench *b = arg;
    assert_ptr_equal(s, b->socket);
    bench_tell(b, "stray:%d", m->w.status);
}

static inline void on_orphan(void *arg, struct tx *t, struct message *m)
{
    struct bench *b = arg;
    bench_tell(b, "orphan:%d", m->w.status);
    bench_inside(b, t, "orphan");
}

static inline void on_dropped(void *arg, struct net_socket *s,
                              const char *reason, struct slice bytes,
                              const struct addr *from)
{
    struct bench *b = arg;
    assert_ptr_equal(s, b->socket);
    assert_non_null(bytes.p);
    assert_true(addr_eq(from, &b->peer_addr));
    bench_tell(b, "dropped:%s", reason);
}

static inline void on_gone(void *arg, void *mark)
{
    bench_tell(arg, "gone:%s", (const char *)mark);
}

static const struct tx_layer_ops bench_layer_ops = {
    .gone = on_gone,
    .request = on_request,
    .ack = on_layer_ack,
    .stray = on_stray,
    .orphan = on_orphan,
    .dropped = on_dropped,
};

static inline void on_state(void *arg, struct tx *t, enum tx_state from,
                            enum tx_state to)
{
    struct bench *b = arg;
    assert_int_not_equal(from, to);
    if (t == b->t)
        b->state = to;
}

/* ---- the peer ---- */

/* The word of a message: its method or its status. */
static inline void peer_received(void *arg, struct net_socket *s,
                                 const char *bytes, size_t n,
                                 const struct addr *from, int64_t at)
{
    struct bench *b = arg;
    char word[32];
    struct slice text = slice_of(bytes, n);
    (void)s;
    if (slice_starts(text, SLICE("SIP/2.0 ")))
        text = slice_of(bytes + 8, n - 8);
    snprintf(word, sizeof(word), "%.*s", (int)slice_find(text, ' '), text.p);
    bench_log(b->heard, word);
    assert_true(b->heard_count < BENCH_HEARD);
    b->heard_at[b->heard_count++] = at - b->start;
    buf_clear(&b->last);
    buf_add(&b->last, bytes, n);
    b->last_from = *from;
}

static const struct net_ops bench_peer_ops = { .received = peer_received };

/* ---- time ---- */

/* Everything that can happen in this instant. */
static inline void bench_settle(struct bench *b)
{
    while (loop_turn(b->loop, 0)) {
    }
}

static inline void bench_advance(struct bench *b, int64_t delay)
{
    int64_t until = loop_now(b->loop) + delay;
    bench_settle(b);
    while (loop_turn(b->loop, until)) {
    }
    assert_int_equal(loop_now(b->loop), until);
}

/* ---- life ---- */

static inline int bench_open(void **state)
{
    static const struct tx_timing timing = TX_TIMING_DEFAULT;
    struct bench *b = mem_zalloc(sizeof(*b));
    struct addr any;
    b->timing = timing;
    assert_int_equal(addr_parse(&any, SLICE("127.0.0.1:0")), 0);
    assert_int_equal(loop_new(&b->loop), 0);
    loop_set_virtual(b->loop, true);
    assert_int_equal(tx_layer_new(&b->layer, b->loop, &bench_layer_ops, b), 0);
    tx_layer_watch(b->layer, on_state, b);
    assert_int_equal(
        net_open(tx_layer_net(b->layer), &b->socket, NET_UDP, &any, false), 0);
    assert_int_equal(net_new(&b->peer_net, b->loop, &bench_peer_ops, b), 0);
    assert_int_equal(net_open(b->peer_net, &b->peer, NET_UDP, &any, false), 0);
    b->our_addr = *net_socket_local(b->socket);
    b->peer_addr = *net_socket_local(b->peer);
    addr_text(&b->our_addr, b->our_text);
    addr_text(&b->peer_addr, b->peer_text);
    bench_forget(b);
    *state = b;
    return 0;
}

static inline int bench_close(void **state)
{
    struct bench *b = *state;
    tx_layer_free(b->layer);
    net_free(b->peer_net);
    loop_free(b->loop); /* asserts that no timer or job is left */
    buf_fini(&b->last);
    mem_free(b);
    return 0;
}

/* ---- messages ---- */

/* "METHOD sip:b@x" with its Via; `to` is a whole To value. */
static inline void make_request(struct buf *out, const char *method,
                                const char *via, const char *to)
{
    buf_clear(out);
    buf_fmt(out,
            "%s sip:b@127.0.0.1 SIP/2.0\r\n"
            "Via: %s\r\n"
            "From: <sip:a@127.0.0.1>;tag=from\r\n"
            "To: %s\r\n"
            "Call-ID: call\r\n"
            "CSeq: 1 %s\r\n"
            "Content-Length: 0\r\n\r\n",
            method, via, to, method);
}

static inline void make_response(struct buf *out, int status, const char *via,
                                 const char *tag, const char *method)
{
    buf_clear(out);
    buf_fmt(out,
            "SIP/2.0 %d Reason\r\n"
            "Via: %s\r\n"
            "From: <sip:a@127.0.0.1>;tag=from\r\n"
            "To: <sip:b@127.0.0.1>%s%s\r\n"
            "Call-ID: call\r\n"
            "CSeq: 1 %s\r\n"
            "Content-Length: 0\r\n\r\n",
            status, via, tag[0] ? ";tag=" : "", tag, method);
}

static inline void peer_send_text(struct bench *b, struct slice text)
{
    assert_int_equal(net_send(b->peer, &b->our_addr, text), 0);
    bench_settle(b);
}

/* The peer's request, with its own Via. */
static inline void peer_request(struct bench *b, const char *method,
                                const char *branch)
{
    struct buf text = { 0 };
    char via[256];
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=%s", b->peer_text,
             branch);
    make_request(&text, method, via, "<sip:b@127.0.0.1>");
    peer_send_text(b, buf_view(&text));
    buf_fini(&text);
}

/* The peer's response to our request of this branch and method. */
static inline void peer_respond(struct bench *b, int status, const char *branch,
                                const char *method, const char *tag)
{
    struct buf text = { 0 };
    char via[256];
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=%s", b->our_text, branch);
    make_response(&text, status, via, tag, method);
    peer_send_text(b, buf_view(&text));
    buf_fini(&text);
}

/* ---- transactions ---- */

static inline int bench_request_to(struct bench *b, struct tx **out,
                                   const char *method, const char *branch,
                                   const struct addr *to)
{
    struct buf text = { 0 };
    char via[256];
    struct message *m = NULL;
    struct tx_client_options options = {
        .socket = b->socket,
        .to = *to,
        .timing = b->timing,
        .ops = &bench_ops,
        .arg = b,
        .no_retransmit = b->no_retransmit,
    };
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=%s", b->our_text, branch);
    make_request(&text, method, via, "<sip:b@127.0.0.1>");
    assert_int_equal(message_new(&m, text.p, text.n, loop_now(b->loop), 0), 0);
    int err = tx_request(b->layer, out, m, &options);
    message_unref(m);
    buf_fini(&text);
    return err;
}

/* A client transaction of the layer to the bench's peer, request heard. */
static inline void bench_client(struct bench *b, const char *method)
{
    b->method = method;
    assert_int_equal(bench_request_to(b, &b->t, method, BRANCH, &b->peer_addr),
                     0);
    b->state = tx_state(b->t);
    bench_settle(b);
}

/* A server transaction of the layer, by a request of the peer. */
static inline void bench_server(struct bench *b, const char *method)
{
    b->method = method;
    peer_request(b, method, BRANCH);
    assert_non_null(b->t);
}

static inline int bench_answer(struct bench *b, struct tx *t, int status,
                               bool force)
{
    struct buf text = { 0 };
    char via[256];
    snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=%s", b->peer_text,
             BRANCH);
    make_response(&text, status, via, "ours", b->method);
    int err = tx_respond(t, status, buf_view(&text), force);
    buf_fini(&text);
    bench_settle(b);
    return err;
}

/* ---- cells ---- */

/* One cell of a machine: state × event. */
struct cell {
    const char *name;
    const char *before; /* words that lead to the state */
    const char *event;  /* the word of the event */
    enum tx_state next;
    const char *heard; /* by the peer */
    const char *told;  /* to the users */
};

static inline int bench_event(const char *word, bool client)
{
    static const struct {
        const char *word;
        int event;
    } events[] = {
        { "timer:A", CLIENT_REPEAT },  { "timer:E", CLIENT_REPEAT },
        { "timer:B", CLIENT_TIMEOUT }, { "timer:C", CLIENT_TIMEOUT },
        { "timer:F", CLIENT_TIMEOUT }, { "timer:D", CLIENT_LINGER },
        { "timer:K", CLIENT_LINGER },  { "timer:M", CLIENT_LINGER },
        { "timer:G", SERVER_TIMER_G }, { "timer:H", SERVER_TIMER_H },
        { "timer:I", SERVER_TIMER_I }, { "timer:J", SERVER_TIMER_J },
        { "timer:L", SERVER_TIMER_L },
    };
    for (size_t i = 0; i < array_length(events); i++)
        if (!strcmp(word, events[i].word))
            return events[i].event;
    assert_string_equal(word, "error");
    return client ? (int)CLIENT_ERROR : (int)SERVER_ERROR;
}

/*
 * "180", "200/b": the peer answers, with that To tag; "respond:180": the TU
 * does; "request", "ack": the peer's; "timer:A", "error": as the loop and the
 * net would tell.
 */
static inline void bench_do(struct bench *b, const char *word)
{
    struct tx_input in = { 0 };
    const char *slash = strchr(word, '/');
    if (word[0] >= '0' && word[0] <= '9') {
        peer_respond(b, atoi(word), BRANCH, b->method, slash ? slash + 1 : "a");
    } else if (!strncmp(word, "respond:", 8)) {
        if (bench_answer(b, b->t, atoi(word + 8), false) == ERR_STATE)
            bench_tell(b, "refused");
    } else if (!strcmp(word, "request")) {
        peer_request(b, b->method, BRANCH);
    } else if (!strcmp(word, "ack")) {
        peer_request(b, "ACK", BRANCH);
    } else {
        in.err = ERR_REFUSED;
        tx_step(b->t, bench_event(word, tx_is_client(b->t)), &in);
        bench_settle(b);
    }
}

static inline void bench_do_all(struct bench *b, const char *words)
{
    char copy[128], *save = NULL;
    snprintf(copy, sizeof(copy), "%s", words);
    for (char *w = strtok_r(copy, " ", &save); w;
         w = strtok_r(NULL, " ", &save))
        bench_do(b, w);
}

/* Compares the outcome with what the cell says in so many words. */
static inline void bench_check_cell(struct bench *b, const struct cell *cell)
{
    bench_do_all(b, cell->before);
    bench_forget(b);
    bench_do(b, cell->event);
    assert_string_equal(b->heard, cell->heard);
    assert_string_equal(b->told, cell->told);
    assert_string_equal(tx_state_name(b->state), tx_state_name(cell->next));
    if (b->t)
        assert_int_equal(tx_state(b->t), cell->next);
}

/* The cell in *state on a fresh bench. */
static inline void bench_run_cell(void **state, const char *method, bool client)
{
    const struct cell *cell = *state;
    void *place = NULL;
    bench_open(&place);
    if (client)
        bench_client(place, method);
    else
        bench_server(place, method);
    bench_check_cell(place, cell);
    bench_close(&place);
}

/* Fills one cmocka test for each cell. */
static inline void bench_list_cells(struct CMUnitTest *tests,
                                    const struct cell *cells, size_t n,
                                    CMUnitTestFunction run)
{
    for (size_t i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){ .name = cells[i].name,
                                        .test_func = run,
                                        .initial_state = (void *)&cells[i] };
}

#define bench_spec(f) \
    cmocka_unit_test_setup_teardown(f, bench_open, bench_close)

#endif
