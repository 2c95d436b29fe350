/* SPDX-License-Identifier: MIT */
/*
 * What one more client transaction costs when 100, 1,000, 10,000 or 100,000
 * are in flight already: made, answered by a datagram over loopback, matched,
 * ended. CPU nanoseconds a transaction; the best of several rounds, since only
 * disturbances make it slower.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "net/net.h"
#include "transaction/tx.h"

enum { MEASURED = 2000, ROUNDS = 7, ROOM = 1024 };

struct world {
    struct loop *loop;
    struct tx_layer *layer;
    struct net_socket *socket;
    struct net *peer_net;
    struct net_socket *peer;
    unsigned long made, answered;
};

static int64_t cpu(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The peer sends back what it gets as a 200, when it is asked to answer. */
static void on_received(void *arg, struct net_socket *s, const char *bytes,
                        size_t n, const struct addr *from, int64_t at)
{
    char text[ROOM];
    const char *headers = memchr(bytes, '\n', n);
    size_t rest = n - (size_t)(headers + 1 - bytes);
    int first = snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n");

    (void)at;
    (void)arg;
    if (!memmem(bytes, n, "answer", 6))
        return;
    memcpy(text + first, headers + 1, rest);
    net_send(s, from, slice_of(text, (size_t)first + rest));
}

static void on_failed(void *arg, struct net_socket *s, const struct addr *to,
                      int err, struct slice quoted)
{
    (void)arg;
    (void)s;
    (void)to;
    (void)err;
    (void)quoted;
}

static void on_response(void *arg, struct tx *t, struct message *m)
{
    struct world *w = arg;

    (void)m;
    w->answered++;
    tx_terminate(t);
}

static const struct net_ops peer_ops = { on_received, on_failed };
static const struct tx_ops client_ops = { .response = on_response };
static const struct tx_layer_ops layer_ops = { 0 };

static void make_one(struct world *w, const char *subject)
{
    struct tx_client_options options = { .socket = w->socket,
                                         .to = *net_socket_local(w->peer),
                                         .timing = TX_TIMING_DEFAULT,
                                         .ops = &client_ops,
                                         .arg = w };
    char text[ROOM], local[ADDR_TEXT];
    struct message *m;
    struct tx *t;
    int n;

    addr_text(net_socket_local(w->socket), local);
    n = snprintf(text, sizeof(text),
                 "MESSAGE sip:b@127.0.0.1 SIP/2.0\r\n"
                 "Via: SIP/2.0/UDP %s;branch=z9hG4bK%lu\r\n"
                 "From: <sip:a@127.0.0.1>;tag=%lu\r\nTo: <sip:b@127.0.0.1>\r\n"
                 "Call-ID: %lu\r\nCSeq: 1 MESSAGE\r\nSubject: %s\r\n"
                 "Content-Length: 0\r\n\r\n",
                 local, w->made, w->made, w->made, subject);
    w->made++;
    if (message_new(&m, text, (size_t)n, loop_now(w->loop), 0) ||
        tx_request(w->layer, &t, m, &options))
        abort();
    message_unref(m);
}

/* Time stands still (virtual clock), so that no timer fires meanwhile. */
static void serve(struct world *w, unsigned long until)
{
    while (w->answered < until)
        loop_turn(w->loop, 0);
}

static double measure(struct world *w)
{
    int64_t best = INT64_MAX;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = cpu(), took;

        for (int i = 0; i < MEASURED; i += 50) {
            for (int k = 0; k < 50; k++)
                make_one(w, "answer");
            serve(w, w->answered + 50);
        }
        took = cpu() - start;
        best = took < best ? took : best;
    }
    return (double)best / MEASURED;
}

int main(void)
{
    static const unsigned long steps[] = { 100, 1000, 10000, 100000 };
    struct world w = { 0 };
    struct addr any;
    double first = 0;

    addr_parse(&any, SLICE("127.0.0.1:0"));
    if (loop_new(&w.loop) || tx_layer_new(&w.layer, w.loop, &layer_ops, &w) ||
        net_open(tx_layer_net(w.layer), &w.socket, NET_UDP, &any, false) ||
        net_new(&w.peer_net, w.loop, &peer_ops, &w) ||
        net_open(w.peer_net, &w.peer, NET_UDP, &any, false))
        return 3;
    loop_set_virtual(w.loop, true);
    printf("| in flight | ns a transaction | of the first |\n|---|---|---|\n");
    for (size_t i = 0; i < array_length(steps); i++) {
        double ns;

        while (tx_counters(w.layer)->live < steps[i]) {
            make_one(&w, "silence");
            if (w.made % 50 == 0)
                loop_turn(w.loop, 0);
        }
        ns = measure(&w);
        first = i ? first : ns;
        printf("| %lu | %.0f | %.2f |\n", steps[i], ns, ns / first);
    }
    tx_layer_free(w.layer);
    net_free(w.peer_net);
    loop_free(w.loop);
    return 0;
}
