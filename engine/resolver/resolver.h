/* SPDX-License-Identifier: MIT */
/*
 * From a URI to an address. Numeric hosts at once; names by the system's
 * resolver, asked once a name and remembered for the run.
 */
#ifndef SIPWRIGHT_RESOLVER_RESOLVER_H
#define SIPWRIGHT_RESOLVER_RESOLVER_H

#include "base/addr.h"
#include "base/slice.h"

struct resolver;
struct resolver *resolver_new(void);
void resolver_free(struct resolver *r);

/*
 * The address of a sip: URI, port 5060 where it gives none. ERR_ARGUMENT when
 * it is no SIP URI, ERR_UNSUPPORTED for sips: and for a transport parameter
 * other than udp, ERR_NO_ADDRESS when the name has no address.
 */
int resolver_uri(struct resolver *r, struct slice uri, struct addr *out);

/* The same; of a name with addresses of both families that of `family`
 * (AF_INET, AF_INET6): the one that our socket can reach. */
int resolver_uri_family(struct resolver *r, struct slice uri, int family,
                        struct addr *out);

/* The address of ours from which `to` is reached; port 0. ERR_UNREACHABLE. */
int resolver_source(const struct addr *to, struct addr *out);

#endif
