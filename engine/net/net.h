/* SPDX-License-Identifier: MIT */
/*
 * Datagrams and, later, connections: sockets behind one ops table. A socket
 * belongs to the net object; agents share it by reference count.
 *
 * Sends are queued and leave in one batch a loop turn (sendmmsg), receives
 * come in batches (recvmmsg). Errors that the kernel reports later (ICMP) are
 * told with the bytes that they quote.
 */
#ifndef SIPWRIGHT_NET_NET_H
#define SIPWRIGHT_NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/list.h"
#include "base/slice.h"

struct buf;
struct loop;
struct net;
struct net_socket;
struct faults;

enum net_protocol { NET_UDP, NET_TCP, NET_TLS, NET_WS, NET_WSS };

/* "UDP" … as a Via spells it; "udp" … as a URI does. */
const char *net_protocol_via(enum net_protocol p);
const char *net_protocol_uri(enum net_protocol p);
bool net_protocol_reliable(enum net_protocol p);

/* Speaks upward. Set at construction; `arg` is the upper layer's. */
struct net_ops {
    /* A datagram came. The bytes are valid during the call only. `at` is a
     * loop_now() time. */
    void (*received)(void *arg, struct net_socket *s, const char *bytes,
                     size_t n, const struct addr *from, int64_t at);
    /*
     * What was sent to `to` did not get there: err is of enum err. `quoted` is
     * the beginning of the message concerned as the kernel gave it back; it
     * may be empty, then the failure concerns whatever went to that peer.
     */
    void (*failed)(void *arg, struct net_socket *s, const struct addr *to,
                   int err, struct slice quoted);
};

int net_new(struct net **out, struct loop *l, const struct net_ops *ops,
            void *arg);
/* Closes what is still open, whoever still refers to it. Legal in a callback.
 */
void net_free(struct net *n);

/*
 * Opens and binds; port 0 lets the kernel choose. `share` takes an open socket
 * with the same protocol and asked-for address if there is one that was opened
 * with `share` too; one opened without stays its opener's own. Errors:
 * ERR_IN_USE, ERR_NO_ADDRESS, ERR_DENIED, ERR_UNSUPPORTED (protocol).
 */
int net_open(struct net *n, struct net_socket **out, enum net_protocol p,
             const struct addr *local, bool share);
struct net_socket *net_socket_ref(struct net_socket *s);
/* The last reference flushes and closes. NULL-safe. */
void net_socket_unref(struct net_socket *s);

const struct addr *net_socket_local(const struct net_socket *s);
enum net_protocol net_socket_protocol(const struct net_socket *s);

/* A place for the upper layer's own record of this socket. */
void net_socket_set_user(struct net_socket *s, void *user);
void *net_socket_user(const struct net_socket *s);

/*
 * Queues a copy of the bytes. They leave at the end of this loop turn, or at
 * once where the queue is full. Errors show up through `failed`, never during
 * this call. ERR_TOO_BIG when it can't be one datagram (over 65,507 bytes for
 * IPv4, 65,527 for IPv6), ERR_ARGUMENT for an address of the other family.
 */
int net_send(struct net_socket *s, const struct addr *to, struct slice bytes);

/* Seen by taps as well as counted; NET_MARK_NONE in a clean run. */
enum net_mark {
    NET_MARK_NONE,
    NET_MARK_DROPPED,
    NET_MARK_DUPLICATED,
    NET_MARK_DELAYED,
    NET_MARK_REORDERED,
    NET_MARK_CORRUPTED
};

/* Taps see every datagram on its way, both directions, faults marked. */
struct net_tap {
    struct list link;
    void (*fn)(void *arg, bool outgoing, const struct net_socket *s,
               const struct addr *peer, struct slice bytes, int64_t at,
               enum net_mark mark);
    void *arg;
};
void net_tap_add(struct net *n, struct net_tap *tap);
void net_tap_remove(struct net_tap *tap);

/*
 * Faults on one socket, both directions (see net/faults.h); of several each
 * gets what the one before lets through. Owned by the caller, who must take
 * them off before freeing them. Taking them off, like closing the socket, drops
 * what they hold back.
 */
void net_faults_add(struct net_socket *s, struct faults *f);
void net_faults_remove(struct net_socket *s, const struct faults *f);

/*
 * The last word about what a socket is about to send, before faults and taps.
 * fn may change the text, and must do nothing else; false: it is not sent, and
 * the taps see it dropped. Of several each gets what the one before has made.
 */
struct net_edit {
    struct list link;
    bool (*fn)(void *arg, const struct addr *to, struct buf *text);
    void *arg;
};
void net_edit_add(struct net_socket *s, struct net_edit *e);
void net_edit_remove(struct net_edit *e); /* legal on a zeroed one */

struct net_counters {
    uint64_t sent, received; /* datagrams */
    uint64_t sent_bytes, received_bytes;
    uint64_t send_calls, receive_calls; /* system calls: batching's measure */
    uint64_t send_errors;               /* refused, by us or by the kernel */
    uint64_t kernel_drops;              /* SO_RXQ_OVFL */
    uint64_t icmp;                      /* errors read from the error queue */
};
const struct net_counters *net_counters(const struct net *n);
size_t net_socket_count(const struct net *n);

#endif
