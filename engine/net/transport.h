/* SPDX-License-Identifier: MIT */
/*
 * Private to this module: the net object, the part that all sockets have, and
 * the ops table that a transport fills in. One transport is one row in
 * protocol.c.
 */
#ifndef SIPWRIGHT_NET_TRANSPORT_H
#define SIPWRIGHT_NET_TRANSPORT_H

#include "base/list.h"
#include "loop/loop.h"
#include "net/net.h"

struct udp_arena;

struct net {
    struct loop *loop;
    const struct net_ops *ops;
    void *arg;
    struct list sockets;
    struct list shared; /* those of them that net_open may share */
    struct list dirty;  /* those of them that the hook must flush */
    struct list taps;
    struct list failures; /* told by the job */
    struct loop_hook hook;
    struct loop_job job;
    struct net_counters counters;
    struct udp_arena *arena; /* NULL until first used */
    size_t count;
    unsigned pins;
    bool dead; /* freed when the last pin goes */
};

struct transport {
    /* Allocates, binds, and fills in `local`; the caller does the rest. */
    int (*open)(struct net *n, struct net_socket **out,
                const struct addr *local);
    /* Says what can't be sent at all; NULL: everything can. */
    int (*check)(const struct net_socket *s, const struct addr *to, size_t n);
    /* Queues a copy. Never calls upward. */
    void (*send)(struct net_socket *s, const struct addr *to,
                 struct slice bytes);
    /* Sends what is queued, as far as the kernel takes it. Likewise. */
    void (*flush)(struct net_socket *s);
    /* Flushes and closes; the record lives on until `free`. */
    void (*close)(struct net_socket *s);
    void (*free)(struct net_socket *s);
};

/* The first member of every transport's own socket record. */
struct net_socket {
    const struct transport *transport;
    struct net *net;
    struct list link, shared, dirty;
    enum net_protocol protocol;
    struct addr asked, local;
    void *user;
    struct list faults; /* the chain of its ports */
    struct list edits;
    unsigned refs;
    unsigned pins; /* frames that still look at it */
    bool open;
};

extern const struct transport transport_udp;

/* NULL for a protocol that is not supported. */
const struct transport *transport_of(enum net_protocol p);

/* A pinned socket, and its net, outlive what a callback does to them. */
void net_socket_pin(struct net_socket *s);
void net_socket_unpin(struct net_socket *s);

/* Its faults and edits are off. */
void net_forget_shaping(struct net_socket *s);

/* Has the flush hook visit it. */
void net_socket_dirty(struct net_socket *s);

/* A datagram came in; on to faults, taps and ops. The socket may be closed
 * afterwards: the caller pins it. */
void net_arrived(struct net_socket *s, const struct addr *from,
                 struct slice bytes);

/* Tells ops->failed: now, or in a job of its own with a copy of the bytes. */
void net_fail(struct net_socket *s, const struct addr *to, int err,
              struct slice quoted);
void net_fail_later(struct net_socket *s, const struct addr *to, int err,
                    struct slice quoted);

/* The job behind net_fail_later; and what it has for one socket, NULL for all,
 * is forgotten. */
void net_tell_failures(void *arg);
void net_forget_failures(struct net *n, const struct net_socket *s);

#endif
