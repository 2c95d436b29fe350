/* SPDX-License-Identifier: MIT */
/* A loop and a net that write down what they are told, for the net units. */
#ifndef SIPWRIGHT_SPEC_NET_WORLD_H
#define SIPWRIGHT_SPEC_NET_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "net/faults.h"
#include "net/net.h"

struct world {
    struct loop *loop;
    struct net *net; /* NULL once a test has freed it */
    size_t received, failed;
    struct buf bytes; /* of the last datagram, then of the last failure */
    struct net_socket *socket;
    struct addr peer;
    int err;
    int64_t at;
    void (*then)(struct world *w); /* runs inside `received` and `failed` */
    struct net_socket *spare;      /* for `then` */
    struct faults *faults;         /* likewise */
};

static inline void world_note(struct world *w, struct net_socket *s,
                              const struct addr *peer, struct slice bytes)
{
    w->socket = s;
    w->peer = *peer;
    buf_clear(&w->bytes);
    buf_slice(&w->bytes, bytes);
    if (w->then)
        w->then(w);
}

static inline void world_received(void *arg, struct net_socket *s,
                                  const char *bytes, size_t n,
                                  const struct addr *from, int64_t at)
{
    struct world *w = arg;

    w->received++;
    w->at = at;
    world_note(w, s, from, slice_of(bytes, n));
}

static inline void world_failed(void *arg, struct net_socket *s,
                                const struct addr *to, int err,
                                struct slice quoted)
{
    struct world *w = arg;

    w->failed++;
    w->err = err;
    world_note(w, s, to, quoted);
}

static const struct net_ops world_ops = { world_received, world_failed };

static inline int world_setup(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    *state = w;
    if (loop_new(&w->loop) != ERR_NONE)
        return -1;
    return net_new(&w->net, w->loop, &world_ops, w);
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;

    net_free(w->net);
    loop_free(w->loop);
    buf_fini(&w->bytes);
    mem_free(w);
    return 0;
}

#define world_test(f) \
    cmocka_unit_test_setup_teardown((f), world_setup, world_teardown)

static inline struct addr address(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(&a, slice_str(text)), ERR_NONE);
    return a;
}

static inline struct net_socket *open_at(struct world *w, const char *text)
{
    struct addr a = address(text);
    struct net_socket *s = NULL;

    assert_int_equal(net_open(w->net, &s, NET_UDP, &a, false), ERR_NONE);
    return s;
}

/* An address where nobody listens: it was bound a moment ago. */
static inline struct addr deserted(struct world *w, const char *text)
{
    struct net_socket *s = open_at(w, text);
    struct addr a = *net_socket_local(s);

    net_socket_unref(s);
    return a;
}

static inline void send_text(struct net_socket *s, const struct addr *to,
                             const char *text)
{
    assert_int_equal(net_send(s, to, slice_str(text)), ERR_NONE);
}

/* Turns the loop until the counter gets there; five seconds are a failure. */
static inline void until(struct world *w, const size_t *counter, size_t wanted)
{
    int64_t limit = loop_now_exact(w->loop) + 5 * LOOP_SECOND;

    while (*counter < wanted && loop_now_exact(w->loop) < limit)
        loop_turn(w->loop, limit);
    assert_int_equal(*counter, wanted);
}

/* Whatever the kernel has for us by now is delivered. */
static inline void settle(struct world *w)
{
    for (int i = 0; i < 5; i++)
        loop_turn(w->loop, 0);
}

#define assert_bytes(w, text)                                    \
    do {                                                         \
        assert_int_equal((w)->bytes.n, strlen(text));            \
        assert_memory_equal((w)->bytes.p, (text), strlen(text)); \
    } while (0)

#endif
