/* SPDX-License-Identifier: MIT */
/* Private to this module: what the halves of the UDP transport share. */
#ifndef SIPWRIGHT_NET_UDP_H
#define SIPWRIGHT_NET_UDP_H

#include "base/buf.h"
#include "loop/loop.h"
#include "net/transport.h"

enum { UDP_BATCH = 64 };

struct udp_item {
    struct addr to;
    size_t at; /* in the queue's bytes */
    size_t n;
};

/* What waits for the kernel, first in first out. Items before `head` are out;
 * all is reset when the queue runs empty. */
struct udp_queue {
    struct buf bytes;
    struct udp_item *items;
    size_t head, count, room;
};

struct udp_socket {
    struct net_socket base;
    int fd;
    struct loop_io readable;
    struct loop_io writable; /* runs while the kernel's buffer is full */
    struct udp_queue queue;
    uint32_t kernel_drops; /* the kernel's running count, which wraps */
    bool errors;           /* the error queue may hold something */
};

void udp_send(struct net_socket *s, const struct addr *to, struct slice bytes);
void udp_flush(struct net_socket *s);
void udp_queue_fini(struct udp_queue *q);

/* The watcher of `readable`. */
void udp_readable(void *arg, int events);

void udp_arena_free(struct udp_arena *arena); /* NULL-safe */

#endif
