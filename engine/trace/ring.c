/* SPDX-License-Identifier: MIT */
/* The ring of messages. */
#include "trace/ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "trace/glance.h"

enum {
    MOST_ENTRIES = 1 << 24,
    PRINT_BYTES = 1024, /* of a message; its length counts as well */
    LEAST_CHAINS = 16
};

_Static_assert(sizeof(struct ring_entry) == 128, "two cache lines");

/*
 * Entries whose calls fall into the same chain are linked backwards by their
 * distance; a chain begins at its newest entry.
 */
struct ring {
    struct ring_entry *entries;
    size_t capacity;
    size_t place;    /* where the next one goes */
    uint64_t total;  /* the next one's number, from 0 */
    uint64_t *chain; /* number of the newest + 1; 0: none */
    uint64_t chain_mask;
};

/* The halves change places, as a product carries only upward. */
static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * UINT64_C(0x9fb21c651e98df25);
    return sum << 32 | sum >> 32;
}

/* Four sums side by side: one would wait for its multiplication every time. */
static uint64_t print_of(struct slice bytes)
{
    size_t left = bytes.n < PRINT_BYTES ? bytes.n : PRINT_BYTES;
    uint64_t a = bytes.n, b = 1, c = 2, d = 3, word[4];
    const char *p = bytes.p;

    for (; left >= sizeof(word); left -= sizeof(word), p += sizeof(word)) {
        memcpy(word, p, sizeof(word));
        a = mix(a, word[0]);
        b = mix(b, word[1]);
        c = mix(c, word[2]);
        d = mix(d, word[3]);
    }
    memset(word, 0, sizeof(word));
    memcpy(word, p, left);
    a = mix(a, word[0]);
    b = mix(b, word[1]);
    c = mix(c, word[2]);
    d = mix(d, word[3]);
    return mix(mix(mix(a, b), c), d);
}

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static void place_set(struct ring_place *out, const struct addr *a)
{
    out->port = addr_port(a);
    if (addr_is_v6(a)) {
        memcpy(out->ip, &a->u.in6.sin6_addr, sizeof(out->ip));
        return;
    }
    memcpy(out->ip, mapped, sizeof(mapped));
    memcpy(out->ip + sizeof(mapped), &a->u.in4.sin_addr, 4);
}

/* The start line without the version: at the end of a request, at the
 * beginning of a response (RFC 3261 7.1, 7.2). */
static void line_set(struct ring_entry *e, struct slice bytes)
{
    static const char before[] = "SIP/2.0 ", behind[] = " SIP/2.0";
    const char *eol = memchr(bytes.p, '\n', bytes.n);
    struct slice line = bytes;
    size_t n = sizeof(before) - 1;

    if (eol)
        line.n = (size_t)(eol - bytes.p);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (line.n > n && memcmp(line.p, before, n) == 0)
        line = slice_of(line.p + n, line.n - n);
    else if (line.n > n && memcmp(line.p + line.n - n, behind, n) == 0)
        line.n -= n;
    e->cut = line.n > RING_LINE;
    e->line_n = (uint8_t)(e->cut ? RING_LINE : line.n);
    memcpy(e->line, line.p, e->line_n);
}

/* A message may have empty lines before it (RFC 3261 7.5). */
static struct slice message_in(struct slice bytes)
{
    while (bytes.n > 0 && (*bytes.p == '\r' || *bytes.p == '\n'))
        bytes = slice_of(bytes.p + 1, bytes.n - 1);
    return bytes;
}

static uint32_t chain_in(struct ring *r, uint64_t call)
{
    uint64_t *newest = &r->chain[call & r->chain_mask];
    uint64_t back = *newest ? r->total + 1 - *newest : 0;

    *newest = r->total + 1;
    /* Farther back than the ring is long is no more. */
    return back < r->capacity ? (uint32_t)back : 0;
}

void ring_put(struct ring *r, bool outgoing, const struct addr *local,
              const struct addr *remote, struct slice bytes, int64_t at,
              enum net_mark mark)
{
    struct ring_entry *e = &r->entries[r->place];
    struct slice message;
    struct glance g;

    if (!slice_present(bytes))
        bytes = SLICE("");
    message = message_in(bytes);
    glance(message, &g);
    e->at = at;
    e->call = g.call_id.n > 0 ? ring_call(g.call_id) : 0;
    e->print = print_of(bytes);
    place_set(&e->local, local);
    place_set(&e->remote, remote);
    e->cseq = g.cseq;
    e->method = (uint8_t)g.method;
    e->length = (uint16_t)bytes.n;
    e->outgoing = outgoing;
    e->mark = (uint8_t)mark;
    line_set(e, message);
    e->back = chain_in(r, e->call);
    r->total++;
    if (++r->place == r->capacity)
        r->place = 0;
}

static void on_datagram(void *arg, bool outgoing, const struct net_socket *s,
                        const struct addr *peer, struct slice bytes, int64_t at,
                        enum net_mark mark)
{
    ring_put(arg, outgoing, net_socket_local(s), peer, bytes, at, mark);
}

void ring_attach(struct ring *r, struct net *n, struct net_tap *tap)
{
    *tap = (struct net_tap){ .fn = on_datagram, .arg = r };
    net_tap_add(n, tap);
}

/* Chains about as many as a quarter of the entries, a power of two. */
static size_t chains_for(size_t entries)
{
    size_t n = LEAST_CHAINS;

    while (n < entries / 4)
        n *= 2;
    return n;
}

int ring_new(struct ring **out, size_t entries)
{
    struct ring *r;
    void *memory;
    size_t chains;

    if (entries == 0)
        entries = RING_ENTRIES;
    if (entries > MOST_ENTRIES)
        return ERR_ARGUMENT;
    memory =
        mmap(NULL, entries * sizeof(struct ring_entry), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return err_from_errno(errno);
    r = mem_zalloc(sizeof(*r));
    chains = chains_for(entries);
    r->entries = memory;
    r->capacity = entries;
    r->chain = mem_zalloc(chains * sizeof(r->chain[0]));
    r->chain_mask = chains - 1;
    *out = r;
    return ERR_NONE;
}

void ring_free(struct ring *r)
{
    if (!r)
        return;
    munmap(r->entries, r->capacity * sizeof(struct ring_entry));
    mem_free(r->chain);
    mem_free(r);
}

uint64_t ring_total(const struct ring *r)
{
    return r->total;
}

uint64_t ring_call(struct slice call_id)
{
    uint64_t call = hash_bytes(0, call_id.p, call_id.n);

    return call ? call : 1;
}

/* The entry of that number, if it is still there. */
static const struct ring_entry *numbered(const struct ring *r, uint64_t number)
{
    if (number >= r->total || r->total - number > r->capacity)
        return NULL;
    return &r->entries[number % r->capacity];
}

static uint64_t number_of(const struct ring *r, const struct ring_entry *e)
{
    size_t place = (size_t)(e - r->entries);
    size_t newest = (size_t)((r->total - 1) % r->capacity);
    size_t age =
        place <= newest ? newest - place : newest + r->capacity - place;

    return r->total - 1 - age;
}

/* From `e` on, itself included, to the first entry of that call. */
static const struct ring_entry *seek(const struct ring *r,
                                     const struct ring_entry *e, uint64_t call)
{
    while (e && e->call != call) {
        if (e->back == 0)
            return NULL;
        e = numbered(r, number_of(r, e) - e->back);
    }
    return e;
}

const struct ring_entry *ring_last(const struct ring *r, uint64_t call)
{
    uint64_t newest = r->chain[call & r->chain_mask];

    return newest ? seek(r, numbered(r, newest - 1), call) : NULL;
}

const struct ring_entry *ring_before(const struct ring *r,
                                     const struct ring_entry *e)
{
    if (e->back == 0)
        return NULL;
    return seek(r, numbered(r, number_of(r, e) - e->back), e->call);
}

void ring_place_addr(const struct ring_place *place, struct addr *out)
{
    *out = (struct addr){ 0 };
    if (memcmp(place->ip, mapped, sizeof(mapped)) == 0) {
        out->u.in4.sin_family = AF_INET;
        memcpy(&out->u.in4.sin_addr, place->ip + sizeof(mapped), 4);
    } else {
        out->u.in6.sin6_family = AF_INET6;
        memcpy(&out->u.in6.sin6_addr, place->ip, sizeof(place->ip));
    }
    addr_set_port(out, place->port);
}
