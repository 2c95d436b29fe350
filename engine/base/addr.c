/* SPDX-License-Identifier: MIT */
/* Numeric addresses: text to sockaddr and back, comparing. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

enum { PORT_MAX = 65535 };

static int port_parse(struct slice text, uint16_t *port)
{
    uint32_t value;

    if (text.n == 0 || slice_u32(text, &value) != ERR_NONE || value > PORT_MAX)
        return ERR_ARGUMENT;
    *port = (uint16_t)value;
    return ERR_NONE;
}

static struct slice slice_after(struct slice s, size_t skip)
{
    return slice_of(s.p + skip, s.n - skip);
}

static int bracketed_parse(struct addr *out, struct slice text)
{
    size_t end = slice_find(text, ']');
    uint16_t port = 0;
    struct addr a;
    int err;

    if (end == text.n)
        return ERR_ARGUMENT;
    if (end + 1 < text.n) {
        if (text.p[end + 1] != ':')
            return ERR_ARGUMENT;
        err = port_parse(slice_after(text, end + 2), &port);
        if (err)
            return err;
    }
    err = addr_from(&a, slice_of(text.p + 1, end - 1), port);
    if (err)
        return err;
    if (!addr_is_v6(&a))
        return ERR_ARGUMENT;
    *out = a;
    return ERR_NONE;
}

int addr_parse(struct addr *out, struct slice text)
{
    size_t colon;
    uint16_t port = 0;
    int err;

    if (text.n > 0 && text.p[0] == '[')
        return bracketed_parse(out, text);
    colon = slice_find(text, ':');
    if (colon == text.n)
        return addr_from(out, text, 0);
    /* A second colon: IPv6 without brackets, which cannot carry a port. */
    if (memchr(text.p + colon + 1, ':', text.n - colon - 1))
        return addr_from(out, text, 0);
    err = port_parse(slice_after(text, colon + 1), &port);
    return err ? err : addr_from(out, slice_of(text.p, colon), port);
}

int addr_from(struct addr *out, struct slice host, uint16_t port)
{
    char text[ADDR_TEXT];
    struct addr a;

    if (host.n == 0 || host.n >= sizeof(text) || memchr(host.p, '\0', host.n))
        return ERR_ARGUMENT;
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    memset(&a, 0, sizeof(a));
    if (inet_pton(AF_INET, text, &a.u.in4.sin_addr) == 1)
        a.u.in4.sin_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &a.u.in6.sin6_addr) == 1)
        a.u.in6.sin6_family = AF_INET6;
    else
        return ERR_ARGUMENT;
    addr_set_port(&a, port);
    *out = a;
    return ERR_NONE;
}

size_t addr_host_text(const struct addr *a, char out[ADDR_TEXT], bool brackets)
{
    char host[INET6_ADDRSTRLEN] = "";
    bool v6 = addr_is_v6(a);
    const void *bytes = v6 ? (const void *)&a->u.in6.sin6_addr
                           : (const void *)&a->u.in4.sin_addr;
    int n;

    inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, host, sizeof(host));
    n = snprintf(out, ADDR_TEXT, v6 && brackets ? "[%s]" : "%s", host);
    return (size_t)n;
}

size_t addr_text(const struct addr *a, char out[ADDR_TEXT])
{
    size_t n = addr_host_text(a, out, true);

    return n + (size_t)snprintf(out + n, ADDR_TEXT - n, ":%u", addr_port(a));
}

uint16_t addr_port(const struct addr *a)
{
    return ntohs(addr_is_v6(a) ? a->u.in6.sin6_port : a->u.in4.sin_port);
}

void addr_set_port(struct addr *a, uint16_t port)
{
    if (addr_is_v6(a))
        a->u.in6.sin6_port = htons(port);
    else
        a->u.in4.sin_port = htons(port);
}

socklen_t addr_len(const struct addr *a)
{
    return addr_is_v6(a) ? sizeof(a->u.in6) : sizeof(a->u.in4);
}

bool addr_is_v6(const struct addr *a)
{
    return a->u.sa.sa_family == AF_INET6;
}

bool addr_is_any(const struct addr *a)
{
    if (addr_is_v6(a))
        return IN6_IS_ADDR_UNSPECIFIED(&a->u.in6.sin6_addr);
    return a->u.in4.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
    if (addr_is_v6(a) != addr_is_v6(b) || addr_port(a) != addr_port(b))
        return false;
    if (!addr_is_v6(a))
        return a->u.in4.sin_addr.s_addr == b->u.in4.sin_addr.s_addr;
    return a->u.in6.sin6_scope_id == b->u.in6.sin6_scope_id &&
           memcmp(&a->u.in6.sin6_addr, &b->u.in6.sin6_addr,
                  sizeof(struct in6_addr)) == 0;
}
