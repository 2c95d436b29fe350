/* SPDX-License-Identifier: MIT */
/*
 * Units of the UDP transport: batches, sizes, and errors of all origins. The
 * kernel's sendmmsg is replaced, so that it can be made full on demand.
 */
#include "net_world.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the next calls do: so many datagrams go, then this error, so often. */
static struct {
    unsigned take;
    int number;
    unsigned times;
} kernel;

int sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
    if (kernel.times > 0) {
        if (kernel.take == 0) {
            kernel.times--;
            errno = kernel.number;
            return -1;
        }
        n = n < kernel.take ? n : kernel.take;
        kernel.take -= n;
    }
    return (int)syscall(SYS_sendmmsg, fd, messages, n, flags);
}

static int kernel_setup(void **state)
{
    memset(&kernel, 0, sizeof(kernel));
    return world_setup(state);
}

#define udp_unit(f) \
    cmocka_unit_test_setup_teardown((f), kernel_setup, world_teardown)

static void one_datagram_goes(struct world *w, const char *local)
{
    struct net_socket *a = open_at(w, local), *b = open_at(w, local);

    w->received = 0;
    send_text(a, net_socket_local(b), "hello");
    assert_int_equal(w->received, 0);
    until(w, &w->received, 1);
    assert_ptr_equal(w->socket, b);
    assert_true(addr_eq(&w->peer, net_socket_local(a)));
    assert_bytes(w, "hello");
    assert_true(w->at > 0 && w->at <= loop_now(w->loop));
}

static void a_datagram_arrives(void **state)
{
    one_datagram_goes(*state, "127.0.0.1:0");
    one_datagram_goes(*state, "[::1]:0");
}

static void an_empty_datagram_arrives(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    assert_int_equal(net_send(a, net_socket_local(a), slice_str(NULL)), 0);
    until(w, &w->received, 1);
    assert_bytes(w, "");
}

/* So many small ones fit even where only the system's default buffer is ours.
 */
enum { FEW = 100 };

static bool has_large_buffer(void)
{
    const int wanted = 1024 * 1024;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), got = 0;
    socklen_t size = sizeof(got);

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, size) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, size);
    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size);
    close(fd);
    return got >= wanted;
}

static void many_take_few_system_calls(struct world *w, const char *local)
{
    const size_t many = has_large_buffer() ? 500 : FEW;
    const size_t calls = (many + 63) / 64;
    struct net_socket *a = open_at(w, local), *b = open_at(w, local);
    struct net_counters before = *net_counters(w->net);
    const struct net_counters *now = net_counters(w->net);
    char text[16];

    w->received = 0;
    for (size_t i = 1; i <= many; i++) {
        snprintf(text, sizeof(text), "number %03zu", i);
        send_text(a, net_socket_local(b), text);
    }
    until(w, &w->received, many);
    assert_bytes(w, text);
    assert_int_equal(now->sent - before.sent, many);
    assert_int_equal(now->received - before.received, many);
    assert_int_equal(now->sent_bytes - before.sent_bytes, many * 10);
    assert_int_equal(now->received_bytes - before.received_bytes, many * 10);
    assert_int_equal(now->send_calls - before.send_calls, calls);
    assert_in_range(now->receive_calls - before.receive_calls, calls,
                    calls + 2);
    assert_int_equal(now->send_errors, 0);
}

static void batches_save_system_calls(void **state)
{
    many_take_few_system_calls(*state, "127.0.0.1:0");
    many_take_few_system_calls(*state, "[::1]:0");
}

static void size_goes(struct world *w, struct net_socket *s, size_t n)
{
    char *big = mem_zalloc(n);
    size_t before = w->received;

    big[0] = 'a';
    big[n - 1] = 'z';
    assert_int_equal(net_send(s, net_socket_local(s), slice_of(big, n)), 0);
    until(w, &w->received, before + 1);
    assert_int_equal(w->bytes.n, n);
    assert_memory_equal(w->bytes.p, big, n);
    mem_free(big);
}

static void large_datagrams_go_and_larger_do_not(void **state)
{
    struct world *w = *state;
    struct net_socket *v4 = open_at(w, "127.0.0.1:0");
    struct net_socket *v6 = open_at(w, "[::1]:0");
    char *big = mem_zalloc(65528);

    size_goes(w, v4, 60000);
    size_goes(w, v4, 65507);
    size_goes(w, v6, 60000);
    assert_int_equal(net_send(v4, net_socket_local(v4), slice_of(big, 65508)),
                     ERR_TOO_BIG);
    assert_int_equal(net_send(v6, net_socket_local(v6), slice_of(big, 65528)),
                     ERR_TOO_BIG);
    assert_int_equal(net_send(v4, net_socket_local(v6), slice_of(big, 1)),
                     ERR_ARGUMENT);
    mem_free(big);
    settle(w);
    assert_int_equal(w->received, 3);
    assert_int_equal(w->failed, 0);
}

/* Every send after one to the dead peer inherits that peer's error. */
static void refused(struct world *w, const char *local)
{
    enum { PAIRS = 20 };
    struct addr dead = deserted(w, local);
    struct net_socket *a = open_at(w, local), *b = open_at(w, local);
    uint64_t icmp = net_counters(w->net)->icmp;

    w->received = w->failed = 0;
    w->then = NULL;
    for (int i = 0; i < PAIRS; i++) {
        send_text(a, &dead, "INVITE to nobody");
        send_text(a, net_socket_local(b), "INVITE to somebody");
    }
    until(w, &w->received, PAIRS);
    until(w, &w->failed, PAIRS);
    settle(w);
    assert_int_equal(w->received, PAIRS);
    assert_int_equal(w->failed, PAIRS);
    assert_int_equal(w->err, ERR_REFUSED);
    assert_ptr_equal(w->socket, a);
    assert_true(addr_eq(&w->peer, &dead));
    assert_bytes(w, "INVITE to nobody");
    assert_int_equal(net_counters(w->net)->icmp - icmp, PAIRS);
    assert_int_equal(net_counters(w->net)->send_errors, 0);
}

static void a_closed_port_concerns_its_peer_alone(void **state)
{
    refused(*state, "127.0.0.1:0");
    refused(*state, "[::1]:0");
}

static void a_long_message_is_quoted_from_its_beginning(void **state)
{
    struct world *w = *state;
    struct addr dead = deserted(w, "127.0.0.1:0");
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    char text[2000];

    memset(text, 'x', sizeof(text));
    memcpy(text, "OPTIONS", 7);
    net_send(a, &dead, slice_of(text, sizeof(text)));
    until(w, &w->failed, 1);
    assert_in_range(w->bytes.n, 500, sizeof(text) - 1);
    assert_memory_equal(w->bytes.p, text, w->bytes.n);
}

/* Nothing can be sent to port 0. */
static void the_kernels_no_is_told_later_and_stops_nobody(void **state)
{
    struct world *w = *state;
    struct addr nobody = address("127.0.0.1:0");
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    for (int i = 0; i < 64; i++) {
        bool bad = i == 0 || i == 40 || i == 63;

        send_text(a, bad ? &nobody : net_socket_local(a), bad ? "bad" : "good");
    }
    /* The queue was full: it has been sent, and yet nothing is told. */
    assert_int_equal(net_counters(w->net)->sent, 61);
    assert_int_equal(w->failed, 0);
    w->then = NULL;
    loop_turn(w->loop, 0);
    assert_int_equal(w->failed, 3);
    assert_int_equal(w->err, ERR_ARGUMENT);
    assert_int_equal(net_counters(w->net)->send_errors, 3);
    until(w, &w->received, 61);
    assert_bytes(w, "good");
}

static void a_refused_broadcast_quotes_its_bytes(void **state)
{
    struct world *w = *state;
    struct addr all = address("127.255.255.255:5060");
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    send_text(a, &all, "to all");
    until(w, &w->failed, 1);
    assert_int_equal(w->err, ERR_DENIED);
    assert_true(addr_eq(&w->peer, &all));
    assert_bytes(w, "to all");
}

/* EAGAIN after 40: the rest waits, what comes meanwhile queues behind it. */
static void a_full_kernel_is_waited_for(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    char text[24];

    kernel.take = 40;
    kernel.number = EAGAIN;
    kernel.times = 1;
    for (int i = 0; i < FEW; i++) {
        snprintf(text, sizeof(text), "number %03d", i);
        send_text(a, net_socket_local(a), text);
    }
    assert_int_equal(net_counters(w->net)->sent, 40);
    assert_int_equal(net_counters(w->net)->send_calls, 2);
    until(w, &w->received, FEW);
    assert_bytes(w, "number 099");
    assert_int_equal(w->failed, 0);
    assert_int_equal(net_counters(w->net)->send_errors, 0);
}

static void a_kernel_full_for_ever_bounds_the_queue(void **state)
{
    enum { SIZE = 60000, COUNT = 300, KEPT = 16 * 1024 * 1024 / SIZE };
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    char *big = mem_zalloc(SIZE);

    kernel.number = EAGAIN;
    kernel.times = 1000;
    for (int i = 0; i < COUNT; i++)
        net_send(a, net_socket_local(a), slice_of(big, SIZE));
    assert_int_equal(net_counters(w->net)->send_errors, COUNT - KEPT);
    net_socket_unref(a);
    assert_int_equal(net_counters(w->net)->send_errors, COUNT);
    assert_int_equal(net_counters(w->net)->sent, 0);
    assert_int_equal(w->failed, 0);
    mem_free(big);
}

static void an_inherited_error_repeats_the_send(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    kernel.take = 1;
    kernel.number = ECONNREFUSED;
    kernel.times = 3;
    for (int i = 0; i < 3; i++)
        send_text(a, net_socket_local(a), "again");
    until(w, &w->received, 3);
    assert_int_equal(w->failed, 0);
    assert_int_equal(net_counters(w->net)->send_calls, 5);
}

static void a_full_interface_is_a_loss(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    kernel.number = ENOBUFS;
    kernel.times = 8;
    send_text(a, net_socket_local(a), "lost");
    send_text(a, net_socket_local(a), "sent");
    until(w, &w->received, 1);
    settle(w);
    assert_bytes(w, "sent");
    assert_int_equal(w->failed, 0);
    assert_int_equal(net_counters(w->net)->send_errors, 1);
}

/* Nobody reads meanwhile: what the kernel can't hold is counted. */
static void lost_datagrams_are_counted(void **state)
{
    enum { SIZE = 60000, COUNT = 1000 };
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    const struct net_counters *now = net_counters(w->net);
    char *big = mem_zalloc(SIZE);
    size_t got;

    for (int i = 0; i < COUNT; i++)
        net_send(a, net_socket_local(a), slice_of(big, SIZE));
    mem_free(big);
    do {
        got = w->received;
        loop_turn(w->loop, 0);
    } while (w->received > got);
    assert_in_range(got, 1, COUNT - 1);
    /* The count comes with the next datagram. */
    send_text(a, net_socket_local(a), "next");
    until(w, &w->received, got + 1);
    assert_int_equal(now->kernel_drops, COUNT - got);
    assert_int_equal(now->sent, COUNT + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        udp_unit(a_datagram_arrives),
        udp_unit(an_empty_datagram_arrives),
        udp_unit(batches_save_system_calls),
        udp_unit(large_datagrams_go_and_larger_do_not),
        udp_unit(a_closed_port_concerns_its_peer_alone),
        udp_unit(a_long_message_is_quoted_from_its_beginning),
        udp_unit(the_kernels_no_is_told_later_and_stops_nobody),
        udp_unit(a_refused_broadcast_quotes_its_bytes),
        udp_unit(a_full_kernel_is_waited_for),
        udp_unit(a_kernel_full_for_ever_bounds_the_queue),
        udp_unit(an_inherited_error_repeats_the_send),
        udp_unit(a_full_interface_is_a_loss),
        udp_unit(lost_datagrams_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
