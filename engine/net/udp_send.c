/* SPDX-License-Identifier: MIT */
/* The sending half of UDP: a queue that leaves by sendmmsg. */
#include "net/udp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/mem.h"

/* Queued bytes that are sent at once, not at the end of the turn. */
enum { FLUSH_AT = 256 * 1024 };

/* While the kernel takes nothing, what goes over this is lost. */
enum { QUEUE_MOST = 16 * 1024 * 1024 };

/*
 * A send first returns, and thereby clears, an error that another peer's ICMP
 * left on the socket: only one that stays is this datagram's own.
 */
enum { TRIES = 8 };

static struct udp_socket *udp_of(struct net_socket *s)
{
    return container_of(s, struct udp_socket, base);
}

/* Moves what is left to the front once most has gone. */
static void queue_compact(struct udp_queue *q)
{
    size_t left = q->count - q->head;
    size_t gone = left > 0 ? q->items[q->head].at : q->bytes.n;
    size_t i;

    if (q->head == 0 || q->head < left)
        return;
    memmove(q->items, q->items + q->head, left * sizeof(*q->items));
    for (i = 0; i < left; i++)
        q->items[i].at -= gone;
    q->bytes.n -= gone;
    if (q->bytes.n > 0)
        memmove(q->bytes.p, q->bytes.p + gone, q->bytes.n);
    q->head = 0;
    q->count = left;
}

static void queue_add(struct udp_queue *q, const struct addr *to,
                      struct slice bytes)
{
    struct udp_item *item;

    if (q->count == q->room) {
        q->room = q->room > 0 ? 2 * q->room : UDP_BATCH;
        q->items = mem_realloc(q->items, q->room * sizeof(*q->items));
    }
    item = &q->items[q->count++];
    item->to = *to;
    item->at = q->bytes.n;
    item->n = bytes.n;
    if (bytes.n > 0)
        buf_add(&q->bytes, bytes.p, bytes.n);
}

static struct slice item_bytes(const struct udp_queue *q,
                               const struct udp_item *item)
{
    return slice_of(item->n > 0 ? q->bytes.p + item->at : "", item->n);
}

void udp_queue_fini(struct udp_queue *q)
{
    buf_fini(&q->bytes);
    mem_free(q->items);
    memset(q, 0, sizeof(*q));
}

/* One system call. How many the kernel took, or -1 with errno. */
static int send_batch(struct udp_socket *u, unsigned wanted)
{
    struct udp_queue *q = &u->queue;
    struct mmsghdr messages[UDP_BATCH];
    struct iovec parts[UDP_BATCH];
    unsigned i;

    for (i = 0; i < wanted; i++) {
        struct udp_item *item = &q->items[q->head + i];
        struct slice bytes = item_bytes(q, item);

        parts[i].iov_base = (char *)bytes.p;
        parts[i].iov_len = bytes.n;
        memset(&messages[i], 0, sizeof(messages[i]));
        messages[i].msg_hdr.msg_name = &item->to;
        messages[i].msg_hdr.msg_namelen = addr_len(&item->to);
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    u->base.net->counters.send_calls++;
    return sendmmsg(u->fd, messages, wanted, 0);
}

static void sent(struct udp_socket *u, unsigned n)
{
    struct net_counters *counters = &u->base.net->counters;
    struct udp_queue *q = &u->queue;

    for (unsigned i = 0; i < n; i++) {
        counters->sent++;
        counters->sent_bytes += q->items[q->head++].n;
    }
}

/* The first datagram of the queue is given up. */
static void give_up(struct udp_socket *u, int number)
{
    struct udp_queue *q = &u->queue;
    const struct udp_item *item = &q->items[q->head++];

    u->base.net->counters.send_errors++;
    /* A full queue of the interface is a loss like any other on the way. */
    if (number == ENOBUFS)
        return;
    net_fail_later(&u->base, &item->to, err_from_errno(number),
                   item_bytes(q, item));
}

static void writable(void *arg, int events)
{
    struct udp_socket *u = arg;

    (void)events;
    loop_io_stop(&u->writable);
    udp_flush(&u->base);
}

static void wait_writable(struct udp_socket *u)
{
    if (!u->writable.loop)
        loop_io_start(u->base.net->loop, &u->writable, u->fd, EV_WRITE,
                      writable, u);
}

void udp_flush(struct net_socket *s)
{
    struct udp_socket *u = udp_of(s);
    struct udp_queue *q = &u->queue;
    int tries = 0;

    while (q->head < q->count) {
        size_t left = q->count - q->head;
        unsigned wanted = (unsigned)(left < UDP_BATCH ? left : UDP_BATCH);
        int n = send_batch(u, wanted);
        int number = errno;

        if (n > 0) {
            sent(u, (unsigned)n);
            tries = 0;
            /* Stopped short: the error was an inherited one, now cleared, or
             * the next call meets it again. */
            u->errors = u->errors || (unsigned)n < wanted;
        } else if (number == EAGAIN || number == EWOULDBLOCK) {
            wait_writable(u);
            return;
        } else if (number != EINTR) {
            u->errors = true;
            if (++tries == TRIES) {
                give_up(u, number);
                tries = 0;
            }
        }
    }
    q->head = q->count = 0;
    buf_clear(&q->bytes);
}

void udp_send(struct net_socket *s, const struct addr *to, struct slice bytes)
{
    struct udp_socket *u = udp_of(s);
    struct udp_queue *q = &u->queue;
    bool blocked = u->writable.loop != NULL;

    if (blocked)
        queue_compact(q);
    if (q->bytes.n + bytes.n > QUEUE_MOST) {
        s->net->counters.send_errors++;
        return;
    }
    queue_add(q, to, bytes);
    if (blocked)
        return;
    if (q->count >= UDP_BATCH || q->bytes.n >= FLUSH_AT)
        udp_flush(s);
    else
        net_socket_dirty(s);
}
