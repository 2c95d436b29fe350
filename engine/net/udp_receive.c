/* SPDX-License-Identifier: MIT */
/* The receiving half of UDP: batches by recvmmsg, and the error queue. */
#include "net/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/mem.h"

/* Rounds in one wake-up; then other descriptors get their turn. */
enum { ROUNDS = 4, ERRORS_AT_ONCE = 64 };

/* No datagram is longer than this. */
enum { DATAGRAM_ROOM = 65536 };

/* Apart by an odd number of cache lines, so that the beginnings of all the
 * datagrams do not compete for the same cache set. */
enum { DATAGRAM_STRIDE = DATAGRAM_ROOM + 25 * 64 };

/* ICMP quotes 576 bytes of the datagram at the most, ICMPv6 1,280. */
enum { QUOTE_ROOM = 2048 };

struct drop_control {
    _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(uint32_t))];
};

struct error_control {
    _Alignas(
        struct cmsghdr) char bytes[CMSG_SPACE(sizeof(struct sock_extended_err) +
                                              sizeof(struct sockaddr_in6)) +
                                   CMSG_SPACE(sizeof(uint32_t))];
};

/* One batch. Pages that no datagram has reached stay untouched, and free. */
struct udp_arena {
    struct mmsghdr messages[UDP_BATCH];
    struct iovec parts[UDP_BATCH];
    struct addr from[UDP_BATCH];
    struct drop_control control[UDP_BATCH];
    char bytes[UDP_BATCH][DATAGRAM_STRIDE];
};

void udp_arena_free(struct udp_arena *arena)
{
    mem_free(arena);
}

/* What a received datagram has changed; the rest stays as it was made. */
static void arena_reset(struct udp_arena *a, size_t i)
{
    struct msghdr *h = &a->messages[i].msg_hdr;

    h->msg_namelen = sizeof(a->from[i]);
    h->msg_controllen = sizeof(a->control[i]);
}

static struct udp_arena *arena_new(void)
{
    struct udp_arena *a = mem_alloc(sizeof(*a));

    memset(a->messages, 0, sizeof(a->messages));
    for (size_t i = 0; i < UDP_BATCH; i++) {
        struct msghdr *h = &a->messages[i].msg_hdr;

        a->parts[i].iov_base = a->bytes[i];
        a->parts[i].iov_len = DATAGRAM_ROOM;
        h->msg_name = &a->from[i];
        h->msg_iov = &a->parts[i];
        h->msg_iovlen = 1;
        h->msg_control = &a->control[i];
        arena_reset(a, i);
    }
    return a;
}

/* A callback that turns the loop by itself gets an arena of its own. */
static struct udp_arena *arena_take(struct net *n)
{
    struct udp_arena *a = n->arena;

    n->arena = NULL;
    return a ? a : arena_new();
}

static void arena_give(struct net *n, struct udp_arena *a)
{
    if (n->arena)
        udp_arena_free(a);
    else
        n->arena = a;
}

/* The data of a control message of this level and type, or NULL. */
static const void *control_find(struct msghdr *h, int level, int type)
{
    struct cmsghdr *c;

    for (c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c))
        if (c->cmsg_level == level && c->cmsg_type == type)
            return CMSG_DATA(c);
    return NULL;
}

/* SO_RXQ_OVFL: the count of all datagrams lost on this socket so far. */
static void count_drops(struct udp_socket *u, struct msghdr *h)
{
    const void *data = control_find(h, SOL_SOCKET, SO_RXQ_OVFL);
    uint32_t total;

    if (!data)
        return;
    memcpy(&total, data, sizeof(total));
    u->base.net->counters.kernel_drops += (uint32_t)(total - u->kernel_drops);
    u->kernel_drops = total;
}

/* True if there may be more. The socket is pinned. */
static bool receive_batch(struct udp_socket *u, struct udp_arena *a)
{
    struct net_counters *counters = &u->base.net->counters;
    int got, i;

    counters->receive_calls++;
    got = recvmmsg(u->fd, a->messages, UDP_BATCH, MSG_DONTWAIT, NULL);
    if (got < 0) {
        /* Nothing here: what woke us stands in the error queue. An error
         * reported in place of datagrams is cleared; they come next. */
        u->errors = true;
        return errno != EAGAIN && errno != EWOULDBLOCK;
    }
    if (got > 0)
        count_drops(u, &a->messages[got - 1].msg_hdr);
    for (i = 0; i < got; i++) {
        counters->received++;
        counters->received_bytes += a->messages[i].msg_len;
        arena_reset(a, (size_t)i);
    }
    for (i = 0; i < got && u->base.open; i++)
        net_arrived(&u->base, &a->from[i],
                    slice_of(a->bytes[i], a->messages[i].msg_len));
    return got == UDP_BATCH;
}

/*
 * RFC 3261 section 18.4: unreachable and parameter problem count, time
 * exceeded does not. Neither does "too big": the kernel has learnt the path's
 * MTU from it, and what is sent again goes in fragments. What our own send
 * has already returned comes with origin LOCAL.
 */
static bool error_counts(const struct sock_extended_err *e)
{
    if (e->ee_errno == EMSGSIZE)
        return false;
    if (e->ee_origin == SO_EE_ORIGIN_ICMP)
        return e->ee_type != ICMP_TIME_EXCEEDED;
    if (e->ee_origin == SO_EE_ORIGIN_ICMP6)
        return e->ee_type != ICMP6_TIME_EXCEEDED;
    return false;
}

static bool is_icmp(const struct sock_extended_err *e)
{
    return e->ee_origin == SO_EE_ORIGIN_ICMP ||
           e->ee_origin == SO_EE_ORIGIN_ICMP6;
}

/* One entry of the error queue; false when there is none. */
static bool read_error(struct udp_socket *u)
{
    char quoted[QUOTE_ROOM];
    struct iovec part = { quoted, sizeof(quoted) };
    struct error_control control;
    struct addr to = { 0 };
    struct msghdr h = { 0 };
    struct sock_extended_err e;
    const void *data;
    ssize_t n;

    h.msg_name = &to;
    h.msg_namelen = sizeof(to);
    h.msg_iov = &part;
    h.msg_iovlen = 1;
    h.msg_control = &control;
    h.msg_controllen = sizeof(control);
    n = recvmsg(u->fd, &h, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (n < 0)
        return errno == EINTR;
    data = control_find(&h, IPPROTO_IP, IP_RECVERR);
    if (!data)
        data = control_find(&h, IPPROTO_IPV6, IPV6_RECVERR);
    if (!data)
        return true;
    memcpy(&e, data, sizeof(e));
    if (is_icmp(&e))
        u->base.net->counters.icmp++;
    if (error_counts(&e) && h.msg_namelen > 0)
        net_fail(&u->base, &to, err_from_errno((int)e.ee_errno),
                 slice_of(quoted, (size_t)n));
    return true;
}

static void read_errors(struct udp_socket *u)
{
    for (int i = 0; i < ERRORS_AT_ONCE && u->base.open; i++) {
        if (!read_error(u)) {
            u->errors = false;
            return;
        }
    }
}

void udp_readable(void *arg, int events)
{
    struct udp_socket *u = arg;
    struct net *n = u->base.net;
    struct udp_arena *a = arena_take(n);
    bool more = true;

    (void)events;
    net_socket_pin(&u->base);
    for (int i = 0; i < ROUNDS && more && u->base.open; i++)
        more = receive_batch(u, a);
    if (u->errors)
        read_errors(u);
    arena_give(n, a);
    net_socket_unpin(&u->base);
}
