/* SPDX-License-Identifier: MIT */
/* From a URI to an address, by number or by the system's resolver. */
#include "resolver/resolver.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "wire/addr_spec.h"
#include "wire/header.h"

enum { DEFAULT_PORT = 5060 };

/* Up to one address of each family, the system's first choice first. */
struct entry {
    struct hash_node node;
    struct addr addrs[2];
    size_t count; /* 0: the name has none */
    size_t n;
    char host[];
};

struct resolver {
    struct hash names;
};

struct resolver *resolver_new(void)
{
    struct resolver *r = mem_zalloc(sizeof(*r));

    hash_init(&r->names);
    return r;
}

static void entry_free(void *arg, struct hash_node *node)
{
    struct resolver *r = arg;

    hash_remove(&r->names, node);
    mem_free(container_of(node, struct entry, node));
}

void resolver_free(struct resolver *r)
{
    if (!r)
        return;
    hash_walk(&r->names, entry_free, r);
    hash_fini(&r->names);
    mem_free(r);
}

static void add_address(struct entry *e, const struct addrinfo *info)
{
    struct addr *a = &e->addrs[e->count];

    if (info->ai_addrlen > sizeof(a->u) ||
        (info->ai_family != AF_INET && info->ai_family != AF_INET6) ||
        (e->count && info->ai_family == e->addrs[0].u.sa.sa_family))
        return;
    memcpy(&a->u, info->ai_addr, info->ai_addrlen);
    e->count++;
}

static void ask_system(struct entry *e)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_DGRAM,
                              .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *list = NULL;

    if (getaddrinfo(e->host, NULL, &hints, &list) != 0)
        return;
    for (const struct addrinfo *i = list; i && e->count < 2; i = i->ai_next)
        add_address(e, i);
    freeaddrinfo(list);
}

/* A failure is remembered too: a load run must not ask again for each call. */
static const struct entry *ask_once(struct resolver *r, struct slice host)
{
    uint64_t hash = hash_fold(0, host.p, host.n);
    struct entry *e;

    for (struct hash_node *n = hash_first(&r->names, hash); n;
         n = hash_next(n)) {
        e = container_of(n, struct entry, node);
        if (slice_ieq(slice_of(e->host, e->n), host))
            return e;
    }
    e = mem_zalloc(sizeof(*e) + host.n + 1);
    e->n = host.n;
    memcpy(e->host, host.p, host.n);
    ask_system(e);
    hash_insert(&r->names, &e->node, hash);
    return e;
}

static int by_name(struct resolver *r, struct slice host, int family,
                   struct addr *out)
{
    const struct entry *e = ask_once(r, host);

    if (!e->count)
        return ERR_NO_ADDRESS;
    *out = e->addrs[0];
    if (e->count == 2 && out->u.sa.sa_family != family)
        *out = e->addrs[1];
    return ERR_NONE;
}

int resolver_uri_family(struct resolver *r, struct slice uri, int family,
                        struct addr *out)
{
    struct wire_uri u;
    struct slice transport;
    uint16_t port;
    int err = wire_uri_split(uri, &u);

    if (err || !slice_present(u.host) || !u.host.n)
        return ERR_ARGUMENT;
    transport = wire_param_get(u.params, "transport");
    if (u.secure ||
        (slice_present(transport) && !slice_ieq(transport, SLICE("udp"))))
        return ERR_UNSUPPORTED;
    port = u.port ? u.port : DEFAULT_PORT;
    if (addr_from(out, u.host, port) == ERR_NONE)
        return ERR_NONE;
    err = by_name(r, u.host, family, out);
    if (!err)
        addr_set_port(out, port);
    return err;
}

int resolver_uri(struct resolver *r, struct slice uri, struct addr *out)
{
    return resolver_uri_family(r, uri, AF_UNSPEC, out);
}

int resolver_source(const struct addr *to, struct addr *out)
{
    int fd = socket(to->u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(out->u);
    int err = ERR_UNREACHABLE;

    if (fd < 0)
        return ERR_UNSUPPORTED;
    memset(out, 0, sizeof(*out));
    if (connect(fd, &to->u.sa, addr_len(to)) == 0 &&
        getsockname(fd, &out->u.sa, &len) == 0) {
        addr_set_port(out, 0);
        err = ERR_NONE;
    }
    close(fd);
    return err;
}
