/* SPDX-License-Identifier: MIT */
/*
 * How a socket sends its datagrams through a set of faults: by a port, which
 * is the socket's place in the faults and owns what is held back for it.
 */
#ifndef SIPWRIGHT_NET_FAULTS_PRIVATE_H
#define SIPWRIGHT_NET_FAULTS_PRIVATE_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/slice.h"
#include "net/net.h"

struct faults;
struct faults_port;

/*
 * What comes out: at once or later, never, or twice. A dropped datagram comes
 * out too, once, with its mark: for the taps alone. May close the port and
 * free the faults.
 */
typedef void faults_deliver_fn(void *arg, bool outgoing,
                               const struct addr *peer, struct slice bytes,
                               enum net_mark mark);

struct faults_port *faults_port_open(struct faults *f,
                                     faults_deliver_fn *deliver, void *arg);

/* Drops what is held back; nothing is delivered from here on. NULL-safe. */
void faults_port_close(struct faults_port *port);

void faults_pass(struct faults_port *port, bool outgoing,
                 const struct addr *peer, struct slice bytes);

#endif
