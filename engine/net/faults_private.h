/* SPDX-License-Identifier: MIT */
/*
 * How a socket sends its datagrams through sets of faults: by ports, each the
 * socket's place in one set, which owns what is held back for it. What comes
 * out of one port goes on into the next of the socket's chain.
 */
#ifndef SIPWRIGHT_NET_FAULTS_PRIVATE_H
#define SIPWRIGHT_NET_FAULTS_PRIVATE_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/slice.h"
#include "net/net.h"

struct faults;
struct faults_port;
struct list;

/*
 * What comes out of the last port: at once or later, never, or twice. A dropped
 * datagram comes out too, once, with its mark: for the taps alone. May close
 * the port and free the faults.
 */
typedef void faults_deliver_fn(void *arg, bool outgoing,
                               const struct addr *peer, struct slice bytes,
                               enum net_mark mark);

/* Becomes the last of the chain. */
struct faults_port *faults_port_open(struct faults *f, struct list *chain,
                                     faults_deliver_fn *deliver, void *arg);

/* Drops what is held back; nothing is delivered from here on. NULL-safe. */
void faults_port_close(struct faults_port *port);

/* Closes every port of a chain. */
void faults_chain_close(struct list *chain);

/* The port of these faults in a chain, or NULL. */
struct faults_port *faults_port_of(struct list *chain, const struct faults *f);

/* Through all of a chain that is not empty. */
void faults_pass(struct list *chain, bool outgoing, const struct addr *peer,
                 struct slice bytes);

#endif
