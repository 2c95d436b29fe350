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

struct entry {
    struct hash_node node;
    struct addr addr;
    int err;
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

static int ask_system(const char *host, struct addr *out)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC,
                              .ai_socktype = SOCK_DGRAM,
                              .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *list = NULL;

    if (getaddrinfo(host, NULL, &hints, &list) != 0 || !list)
        return ERR_NO_ADDRESS;
    memset(out, 0, sizeof(*out));
    memcpy(&out->u, list->ai_addr,
           list->ai_addrlen < sizeof(out->u) ? list->ai_addrlen
                                             : sizeof(out->u));
    freeaddrinfo(list);
    return ERR_NONE;
}

/* A failure is remembered too: a load run must not ask again for each call. */
static int ask_once(struct resolver *r, struct slice host, struct addr *out)
{
    uint64_t hash = hash_fold(0, host.p, host.n);
    struct entry *e;

    for (struct hash_node *n = hash_first(&r->names, hash); n;
         n = hash_next(n)) {
        e = container_of(n, struct entry, node);
        if (slice_ieq(slice_of(e->host, e->n), host)) {
            *out = e->addr;
            return e->err;
        }
    }
    e = mem_zalloc(sizeof(*e) + host.n + 1);
    e->n = host.n;
    memcpy(e->host, host.p, host.n);
    e->err = ask_system(e->host, &e->addr);
    hash_insert(&r->names, &e->node, hash);
    *out = e->addr;
    return e->err;
}

int resolver_uri(struct resolver *r, struct slice uri, struct addr *out)
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
    err = ask_once(r, u.host, out);
    if (!err)
        addr_set_port(out, port);
    return err;
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
