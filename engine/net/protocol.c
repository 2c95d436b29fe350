/* SPDX-License-Identifier: MIT */
/* The transport protocols: their names, and which of them are here. */
#include "net/transport.h"

#include "base/mem.h"

struct protocol {
    const char *via; /* RFC 3261 section 20.42, RFC 7118 section 5 */
    const char *uri;
    bool reliable;
    const struct transport *transport; /* NULL: not supported */
};

static const struct protocol protocols[] = {
    [NET_UDP] = { "UDP", "udp", false, &transport_udp },
    [NET_TCP] = { "TCP", "tcp", true, NULL },
    [NET_TLS] = { "TLS", "tls", true, NULL },
    [NET_WS] = { "WS", "ws", true, NULL },
    [NET_WSS] = { "WSS", "wss", true, NULL },
};

const char *net_protocol_via(enum net_protocol p)
{
    return protocols[p].via;
}

const char *net_protocol_uri(enum net_protocol p)
{
    return protocols[p].uri;
}

bool net_protocol_reliable(enum net_protocol p)
{
    return protocols[p].reliable;
}

const struct transport *transport_of(enum net_protocol p)
{
    return (size_t)p < array_length(protocols) ? protocols[p].transport : NULL;
}
