/* SPDX-License-Identifier: MIT */
/* An IPv4 or IPv6 address with its port. */
#ifndef SIPWRIGHT_BASE_ADDR_H
#define SIPWRIGHT_BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct addr {
    union {
        struct sockaddr sa;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
    } u;
};

#define ADDR_TEXT 64 /* room for any address as text, NUL included */

/*
 * "127.0.0.1:5060", "[::1]:5060", "127.0.0.1" (port 0), "::1". Numeric only.
 * ERR_ARGUMENT otherwise.
 */
int addr_parse(struct addr *out, struct slice text);

/* Host without brackets (numeric) and port. */
int addr_from(struct addr *out, struct slice host, uint16_t port);

/* "127.0.0.1:5060", "[::1]:5060"; returns its length. */
size_t addr_text(const struct addr *a, char out[ADDR_TEXT]);

/* Host only; IPv6 in brackets when asked, as URIs and Via want it. */
size_t addr_host_text(const struct addr *a, char out[ADDR_TEXT], bool brackets);

uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);
socklen_t addr_len(const struct addr *a);
bool addr_is_v6(const struct addr *a);
bool addr_is_any(const struct addr *a);                   /* 0.0.0.0 or :: */
bool addr_eq(const struct addr *a, const struct addr *b); /* port too */

#endif
