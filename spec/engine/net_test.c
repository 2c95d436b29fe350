/* SPDX-License-Identifier: MIT */
/* Units of the net object: opening, sharing, closing, taps, names. */
#include "net_world.h"

#include "net/transport.h"

static void protocols_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(net_protocol_via(NET_UDP), "UDP");
    assert_string_equal(net_protocol_uri(NET_TLS), "tls");
    assert_string_equal(net_protocol_via(NET_WSS), "WSS");
    assert_false(net_protocol_reliable(NET_UDP));
    assert_true(net_protocol_reliable(NET_TCP));
    assert_true(net_protocol_reliable(NET_WS));
}

static void port_0_becomes_a_real_one(void **state)
{
    struct world *w = *state;
    struct net_socket *v4 = open_at(w, "127.0.0.1:0");
    struct net_socket *v6 = open_at(w, "[::1]:0");

    assert_true(addr_port(net_socket_local(v4)) > 0);
    assert_false(addr_is_v6(net_socket_local(v4)));
    assert_true(addr_port(net_socket_local(v6)) > 0);
    assert_true(addr_is_v6(net_socket_local(v6)));
    assert_int_equal(net_socket_protocol(v4), NET_UDP);
    assert_int_equal(net_socket_count(w->net), 2);
    net_socket_unref(v4);
    net_socket_unref(NULL);
    assert_int_equal(net_socket_count(w->net), 1);
}

static void opening_fails_with_its_reason(void **state)
{
    struct world *w = *state;
    struct net_socket *s = open_at(w, "127.0.0.1:0"), *other = NULL;
    struct addr busy = *net_socket_local(s);
    struct addr foreign = address("192.0.2.1:0");
    struct addr nothing = { 0 };

    assert_int_equal(net_open(w->net, &other, NET_UDP, &busy, false),
                     ERR_IN_USE);
    assert_int_equal(net_open(w->net, &other, NET_UDP, &foreign, false),
                     ERR_NO_ADDRESS);
    assert_int_equal(net_open(w->net, &other, NET_UDP, &nothing, false),
                     ERR_ARGUMENT);
    assert_int_equal(net_open(w->net, &other, NET_TCP, &busy, false),
                     ERR_UNSUPPORTED);
    assert_int_equal(net_open(w->net, &other, NET_WSS, &busy, true),
                     ERR_UNSUPPORTED);
    assert_null(other);
    assert_int_equal(net_socket_count(w->net), 1);
}

static void both_families_may_have_the_same_port(void **state)
{
    struct world *w = *state;
    struct net_socket *v6 = open_at(w, "[::]:0"), *v4 = NULL;
    struct addr same = address("0.0.0.0:0");

    addr_set_port(&same, addr_port(net_socket_local(v6)));
    assert_int_equal(net_open(w->net, &v4, NET_UDP, &same, false), ERR_NONE);
}

static void those_who_share_get_one_socket(void **state)
{
    struct world *w = *state;
    struct addr any_port = address("127.0.0.1:0");
    struct net_socket *first = NULL, *second = NULL, *same = NULL;
    struct net_socket *own = open_at(w, "127.0.0.1:0");

    net_open(w->net, &first, NET_UDP, &any_port, true);
    net_open(w->net, &second, NET_UDP, &any_port, true);
    assert_ptr_equal(first, second);
    assert_ptr_not_equal(first, own);
    assert_int_equal(net_socket_count(w->net), 2);

    net_socket_unref(first);
    assert_int_equal(net_socket_count(w->net), 2);
    net_open(w->net, &same, NET_UDP, &any_port, true);
    assert_ptr_equal(same, second);
    net_socket_unref(same);
    net_socket_unref(second);
    assert_int_equal(net_socket_count(w->net), 1);
}

static void a_busy_port_is_shared_by_those_who_asked_for_it(void **state)
{
    struct world *w = *state;
    struct addr port = deserted(w, "127.0.0.1:0");
    struct net_socket *first = NULL, *second = NULL, *third = NULL;

    assert_int_equal(net_open(w->net, &first, NET_UDP, &port, true), ERR_NONE);
    assert_int_equal(net_open(w->net, &second, NET_UDP, &port, true), ERR_NONE);
    assert_ptr_equal(first, second);
    assert_int_equal(net_open(w->net, &third, NET_UDP, &port, false),
                     ERR_IN_USE);
}

static void a_reference_and_a_record_stay_with_the_socket(void **state)
{
    struct world *w = *state;
    struct net_socket *s = open_at(w, "127.0.0.1:0");
    struct addr local = *net_socket_local(s);

    net_socket_set_user(s, w);
    net_socket_unref(net_socket_ref(s));
    assert_ptr_equal(net_socket_user(s), w);
    assert_int_equal(net_socket_count(w->net), 1);
    send_text(s, &local, "to myself");
    until(w, &w->received, 1);
    assert_ptr_equal(w->socket, s);
}

static void closing_sends_what_was_queued(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    struct net_socket *b = open_at(w, "127.0.0.1:0");

    send_text(a, net_socket_local(b), "last words");
    net_socket_unref(a);
    until(w, &w->received, 1);
    assert_bytes(w, "last words");
}

static void close_spare(struct world *w)
{
    net_socket_unref(w->spare);
    w->spare = NULL;
    w->then = NULL;
}

/* The rest of the batch went to a socket that is no more. */
static void a_socket_may_be_closed_by_what_it_receives(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    w->spare = open_at(w, "127.0.0.1:0");
    w->then = close_spare;
    for (int i = 0; i < 10; i++)
        send_text(a, net_socket_local(w->spare), "close");
    until(w, &w->received, 1);
    settle(w);
    assert_int_equal(w->received, 1);
    assert_int_equal(net_socket_count(w->net), 1);
}

static void a_socket_may_be_closed_by_its_failure(void **state)
{
    struct world *w = *state;
    struct addr nobody = address("127.0.0.1:0");

    w->spare = open_at(w, "127.0.0.1:0");
    w->then = close_spare;
    for (int i = 0; i < 10; i++)
        send_text(w->spare, &nobody, "close");
    until(w, &w->failed, 1);
    settle(w);
    assert_int_equal(w->failed, 1);
    assert_int_equal(net_socket_count(w->net), 0);
}

/* Both queues ran full, so both have failures that are not told yet. */
static void a_closed_socket_takes_its_own_failures_along(void **state)
{
    struct world *w = *state;
    struct addr nobody = address("127.0.0.1:0");
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    struct net_socket *b = open_at(w, "127.0.0.1:0");

    for (int i = 0; i < 64; i++) {
        send_text(a, &nobody, "a");
        send_text(b, &nobody, "b");
    }
    net_socket_unref(b);
    until(w, &w->failed, 64);
    settle(w);
    assert_int_equal(w->failed, 64);
    assert_ptr_equal(w->socket, a);
}

static void reopen_spare(struct world *w)
{
    struct net_socket *old = w->spare;

    w->spare = open_at(w, "127.0.0.1:0");
    send_text(w->spare, &w->peer, "answer from elsewhere");
    net_socket_unref(old);
    w->then = NULL;
}

static void sockets_may_be_opened_by_what_is_received(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    w->spare = open_at(w, "127.0.0.1:0");
    w->then = reopen_spare;
    send_text(a, net_socket_local(w->spare), "move");
    until(w, &w->received, 2);
    assert_ptr_equal(w->socket, a);
    assert_true(addr_eq(&w->peer, net_socket_local(w->spare)));
    assert_bytes(w, "answer from elsewhere");
}

static void free_net(struct world *w)
{
    net_free(w->net);
    w->net = NULL;
}

static void the_net_may_be_freed_by_what_it_receives(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    w->then = free_net;
    send_text(a, net_socket_local(a), "end");
    send_text(a, net_socket_local(a), "end");
    until(w, &w->received, 1);
}

static void the_net_may_be_freed_by_a_failure(void **state)
{
    struct world *w = *state;
    struct addr nobody = address("127.0.0.1:0");
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    w->then = free_net;
    send_text(a, &nobody, "end");
    send_text(a, &nobody, "end");
    until(w, &w->failed, 1);
}

static void turn_again(struct world *w)
{
    w->then = NULL;
    w->spare = w->socket;
    until(w, &w->received, 3);
    assert_ptr_not_equal(w->socket, w->spare);
}

/* A callback that waits by turning the loop must not lose its batch. */
static void a_callback_may_turn_the_loop(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    struct net_socket *b = open_at(w, "127.0.0.1:0");

    w->then = turn_again;
    for (int i = 0; i < 2; i++) {
        send_text(a, net_socket_local(a), i == 0 ? "first" : "second");
        send_text(a, net_socket_local(b), i == 0 ? "first" : "second");
    }
    until(w, &w->received, 4);
    assert_ptr_equal(w->socket, w->spare);
    assert_bytes(w, "second");
}

struct tapped {
    struct net_tap tap;
    size_t outgoing, incoming;
    struct addr peer;
    enum net_mark mark;
    bool once;
};

static void on_tap(void *arg, bool outgoing, const struct net_socket *s,
                   const struct addr *peer, struct slice bytes, int64_t at,
                   enum net_mark mark)
{
    struct tapped *t = arg;

    assert_non_null(s);
    assert_true(slice_eq(bytes, SLICE("hello")));
    assert_true(at > 0);
    t->outgoing += outgoing;
    t->incoming += !outgoing;
    t->peer = *peer;
    t->mark = mark;
    if (t->once)
        net_tap_remove(&t->tap);
}

static void taps_see_both_directions(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    struct net_socket *b = open_at(w, "127.0.0.1:0");
    struct tapped all = { 0 }, first = { .once = true };

    all.tap.fn = first.tap.fn = on_tap;
    all.tap.arg = &all;
    first.tap.arg = &first;
    net_tap_add(w->net, &first.tap);
    net_tap_add(w->net, &all.tap);

    send_text(a, net_socket_local(b), "hello");
    assert_int_equal(all.outgoing, 1);
    assert_true(addr_eq(&all.peer, net_socket_local(b)));
    until(w, &w->received, 1);
    assert_int_equal(all.incoming, 1);
    assert_true(addr_eq(&all.peer, net_socket_local(a)));
    assert_int_equal(all.mark, NET_MARK_NONE);
    assert_int_equal(first.outgoing, 1);
    assert_int_equal(first.incoming, 0);

    net_tap_remove(&all.tap);
    send_text(a, net_socket_local(b), "unseen");
    until(w, &w->received, 2);
    assert_int_equal(all.outgoing, 1);

    /* A tap that is still on is taken off with the net. */
    net_tap_add(w->net, &all.tap);
    free_net(w);
    net_tap_remove(&all.tap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocols_have_their_names),
        world_test(port_0_becomes_a_real_one),
        world_test(opening_fails_with_its_reason),
        world_test(both_families_may_have_the_same_port),
        world_test(those_who_share_get_one_socket),
        world_test(a_busy_port_is_shared_by_those_who_asked_for_it),
        world_test(a_reference_and_a_record_stay_with_the_socket),
        world_test(closing_sends_what_was_queued),
        world_test(a_socket_may_be_closed_by_what_it_receives),
        world_test(a_socket_may_be_closed_by_its_failure),
        world_test(a_closed_socket_takes_its_own_failures_along),
        world_test(sockets_may_be_opened_by_what_is_received),
        world_test(the_net_may_be_freed_by_what_it_receives),
        world_test(the_net_may_be_freed_by_a_failure),
        world_test(a_callback_may_turn_the_loop),
        world_test(taps_see_both_directions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
