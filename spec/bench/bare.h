/* SPDX-License-Identifier: MIT */
/*
 * What the bare-socket programs share: batches of datagrams, and just enough
 * text search to answer or count the messages of a basic call. No SIP stack.
 */
#ifndef SIPWRIGHT_BENCH_BARE_H
#define SIPWRIGHT_BENCH_BARE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, ROOM = 2048 };

struct batch {
    struct mmsghdr head[BATCH];
    struct iovec part[BATCH];
    struct sockaddr_in peer[BATCH];
    char bytes[BATCH][ROOM];
    unsigned n;
};

static inline void batch_init(struct batch *b)
{
    memset(b->head, 0, sizeof(b->head));
    b->n = 0;
    for (int i = 0; i < BATCH; i++) {
        b->part[i].iov_base = b->bytes[i];
        b->part[i].iov_len = ROOM;
        b->head[i].msg_hdr.msg_iov = &b->part[i];
        b->head[i].msg_hdr.msg_iovlen = 1;
        b->head[i].msg_hdr.msg_name = &b->peer[i];
        b->head[i].msg_hdr.msg_namelen = sizeof(b->peer[i]);
    }
}

/* Receives what is there; returns how many. */
static inline int batch_receive(struct batch *b, int fd)
{
    for (int i = 0; i < BATCH; i++) {
        b->part[i].iov_len = ROOM - 1;
        b->head[i].msg_hdr.msg_namelen = sizeof(b->peer[i]);
    }
    int n = recvmmsg(fd, b->head, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++)
        b->bytes[i][b->head[i].msg_len] = '\0';
    return n < 0 ? 0 : n;
}

static inline void batch_flush(struct batch *b, int fd)
{
    unsigned done = 0;

    while (done < b->n) {
        int sent = sendmmsg(fd, b->head + done, b->n - done, 0);

        if (sent <= 0)
            break;
        done += (unsigned)sent;
    }
    b->n = 0;
}

/* Room for one more datagram to `to`; sends the batch first when it is full.
 * The caller writes the text and sets the length by batch_add(). */
static inline char *batch_room(struct batch *b, int fd)
{
    if (b->n == BATCH)
        batch_flush(b, fd);
    return b->bytes[b->n];
}

static inline void batch_add(struct batch *b, size_t n,
                             const struct sockaddr_in *to)
{
    b->part[b->n].iov_len = n;
    b->peer[b->n] = *to;
    b->head[b->n].msg_hdr.msg_namelen = sizeof(*to);
    b->n++;
}

static inline int bare_socket(const char *host, int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port) };
    int size = 16 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, host, &a.sin_addr);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    return bind(fd, (struct sockaddr *)&a, sizeof(a)) ? -1 : fd;
}

#endif
