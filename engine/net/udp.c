/* SPDX-License-Identifier: MIT */
/* UDP sockets: making, binding, closing. */
#include "net/udp.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

/* The default holds 92 small datagrams: one burst of calls and they are lost.
 */
enum { KERNEL_BUFFER = 16 * 1024 * 1024 };

/* 65,535 less the headers: IPv4's 20 and UDP's 8; IPv6 counts UDP's alone. */
enum { UDP_MOST_V4 = 65507, UDP_MOST_V6 = 65527 };

static int switch_on(int fd, int level, int option)
{
    const int on = 1;

    return setsockopt(fd, level, option, &on, sizeof(on));
}

/* The forced form goes over the system's limit where we are allowed to. */
static void set_buffer(int fd, int forced, int polite)
{
    const int size = KERNEL_BUFFER;

    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) != 0)
        (void)setsockopt(fd, SOL_SOCKET, polite, &size, sizeof(size));
}

static int set_options(int fd, bool v6)
{
    set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    (void)switch_on(fd, SOL_SOCKET, SO_RXQ_OVFL);
    if (!v6)
        return switch_on(fd, IPPROTO_IP, IP_RECVERR);
    if (switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0)
        return -1;
    return switch_on(fd, IPPROTO_IPV6, IPV6_RECVERR);
}

static int udp_open(struct net *n, struct net_socket **out,
                    const struct addr *local)
{
    int family = local->u.sa.sa_family;
    struct udp_socket *u;
    struct addr bound = { 0 };
    socklen_t size = sizeof(bound);
    int fd, err;

    if (family != AF_INET && family != AF_INET6)
        return ERR_ARGUMENT;
    fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_from_errno(errno);
    if (set_options(fd, family == AF_INET6) != 0 ||
        bind(fd, &local->u.sa, addr_len(local)) != 0 ||
        getsockname(fd, &bound.u.sa, &size) != 0) {
        err = err_from_errno(errno);
        close(fd);
        return err;
    }
    u = mem_zalloc(sizeof(*u));
    u->fd = fd;
    u->base.local = bound;
    loop_io_start(n->loop, &u->readable, fd, EV_READ, udp_readable, u);
    *out = &u->base;
    return ERR_NONE;
}

static int udp_check(const struct net_socket *s, const struct addr *to,
                     size_t n)
{
    bool v6 = addr_is_v6(&s->local);

    if (addr_is_v6(to) != v6)
        return ERR_ARGUMENT;
    return n > (v6 ? UDP_MOST_V6 : UDP_MOST_V4) ? ERR_TOO_BIG : ERR_NONE;
}

static void udp_close(struct net_socket *s)
{
    struct udp_socket *u = container_of(s, struct udp_socket, base);

    udp_flush(s);
    /* What the kernel does not take now is lost, as on any network. */
    s->net->counters.send_errors += u->queue.count - u->queue.head;
    loop_io_stop(&u->readable);
    loop_io_stop(&u->writable);
    close(u->fd);
    u->fd = -1;
    udp_queue_fini(&u->queue);
}

static void udp_free(struct net_socket *s)
{
    mem_free(container_of(s, struct udp_socket, base));
}

const struct transport transport_udp = {
    .open = udp_open,
    .check = udp_check,
    .send = udp_send,
    .flush = udp_flush,
    .close = udp_close,
    .free = udp_free,
};
