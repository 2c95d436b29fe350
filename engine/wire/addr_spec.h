/* SPDX-License-Identifier: MIT */
/*
 * Where the parts of a URI and of a name-addr begin and end: what routing and
 * matching need on every message. Validation and unescaping are libosip2's
 * (message/typed.h).
 */
#ifndef SIPWRIGHT_WIRE_ADDR_SPEC_H
#define SIPWRIGHT_WIRE_ADDR_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* sip:user:password@host:port;params?headers; other schemes: scheme only. */
struct wire_uri {
    struct slice text;   /* the whole URI */
    struct slice scheme; /* as spelled, without ':' */
    struct slice user;   /* absent without '@'; escapes as they are */
    struct slice password;
    struct slice host;    /* IPv6 without the brackets */
    uint16_t port;        /* 0: none given */
    struct slice params;  /* with the leading ';', or empty */
    struct slice headers; /* after '?', or empty */
    bool secure;          /* sips */
    bool lr;              /* has an lr parameter */
};

/* ERR_PROTOCOL if there is no scheme, or a sip(s) URI without a host. */
int wire_uri_split(struct slice text, struct wire_uri *out);

/* `"Name" <uri>;params`, `Name <uri>;params` or `uri;params` (then the
 * parameters are the header's, RFC 3261 20). */
struct wire_name_addr {
    struct slice name; /* quotes taken off; absent if none */
    struct slice uri;
    struct slice params; /* header parameters with their leading ';' */
};

int wire_name_addr_split(struct slice value, struct wire_name_addr *out);

#endif
