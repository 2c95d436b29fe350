/* SPDX-License-Identifier: MIT */
/* From the entries of a call to its steps. */
#include "trace/ladder_steps.h"

#include <string.h>

#include "base/mem.h"

/* How far back a damaged datagram looks for the intact one that was sent. */
enum { CORRUPT_REACH = 64 };

enum { NAMES = 16 };

struct build {
    struct ladder_steps *steps;
    struct hash leaders;
    /* By which others know the sockets that are bound to every address. */
    struct ring_place name[NAMES];
    size_t names;
};

static bool is_any(const struct ring_place *p)
{
    static const uint8_t any4[16] = { [10] = 0xff, [11] = 0xff };
    static const uint8_t any6[16] = { 0 };

    return memcmp(p->ip, any4, sizeof(any4)) == 0 ||
           memcmp(p->ip, any6, sizeof(any6)) == 0;
}

bool ladder_same_place(const struct ring_place *a, const struct ring_place *b)
{
    return a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* A socket bound to every address of the machine is known to others by one. */
static bool may_be_same(const struct ring_place *a, const struct ring_place *b)
{
    return ladder_same_place(a, b) ||
           (a->port == b->port && (is_any(a) || is_any(b)));
}

static bool same_way(const struct ladder_step *a, const struct ladder_step *b)
{
    return may_be_same(&a->from, &b->from) && may_be_same(&a->to, &b->to);
}

static uint64_t way_hash(const struct ladder_step *s)
{
    return s->entry->print ^ ((uint64_t)s->from.port << 16) ^ s->to.port;
}

static struct ladder_step *leader_of(const struct build *b,
                                     const struct ladder_step *step)
{
    struct hash_node *node = hash_first(&b->leaders, way_hash(step));

    for (; node; node = hash_next(node)) {
        struct ladder_step *s = container_of(node, struct ladder_step, node);
        if (s->entry->print == step->entry->print && same_way(s, step))
            return s;
    }
    return NULL;
}

/* The earliest sent datagram that this received one can be; NULL. */
static struct ladder_step *sent_for(const struct build *b,
                                    struct ladder_step *leader)
{
    struct ladder_step *items = b->steps->items;
    size_t i;

    if (!leader)
        return NULL;
    for (i = leader->waiting; items[i].received; i = items[i].twin) {
        if (items[i].twin == 0)
            break;
    }
    leader->waiting = i;
    return items[i].received ? NULL : &items[i];
}

/* Damaged on its way in, it no longer has the bytes that were sent. */
static struct ladder_step *damaged_for(const struct build *b,
                                       const struct ladder_step *step)
{
    size_t n = b->steps->n;

    for (size_t i = n; i > 0 && n - i < CORRUPT_REACH; i--) {
        struct ladder_step *s = &b->steps->items[i - 1];
        if (!s->received && s->entry->length == step->entry->length &&
            same_way(s, step))
            return s;
    }
    return NULL;
}

/* What one tap calls 0.0.0.0, the other one may know better. */
static void learn(struct build *b, struct ring_place *p,
                  const struct ring_place *other)
{
    const struct ring_place *name = is_any(p) ? other : p;

    if (!is_any(p) && !is_any(other))
        return;
    *p = *name;
    for (size_t k = 0; k < b->names; k++) {
        if (b->name[k].port == name->port)
            return;
    }
    if (!is_any(name) && b->names < NAMES)
        b->name[b->names++] = *name;
}

static void join(struct build *b, struct ladder_step *sent,
                 const struct ladder_step *got)
{
    sent->received = true;
    sent->marks |= got->marks;
    learn(b, &sent->from, &got->from);
    learn(b, &sent->to, &got->to);
}

static void append(struct build *b, struct ladder_step *leader,
                   const struct ladder_step *step)
{
    struct ladder_step *items = b->steps->items;
    size_t at = b->steps->n++;

    items[at] = *step;
    if (leader) {
        items[at].again = true;
        items[leader->last].twin = at;
        leader->last = at;
        return;
    }
    items[at].waiting = at;
    items[at].last = at;
    hash_insert(&b->leaders, &items[at].node, way_hash(step));
}

static void add(struct build *b, const struct ring_entry *e)
{
    struct ladder_step step = {
        .entry = e,
        .from = e->outgoing ? e->local : e->remote,
        .to = e->outgoing ? e->remote : e->local,
        .marks = e->mark == NET_MARK_NONE ? 0 : 1u << e->mark,
        .received = !e->outgoing,
    };
    struct ladder_step *leader = leader_of(b, &step), *sent = NULL;

    if (!e->outgoing)
        sent = sent_for(b, leader);
    if (!e->outgoing && !sent && e->mark == NET_MARK_CORRUPTED)
        sent = damaged_for(b, &step);
    if (sent)
        join(b, sent, &step);
    else
        append(b, leader, &step);
}

/* Steps that nobody received still call such a sender 0.0.0.0. */
static void name_the_nameless(const struct build *b)
{
    for (size_t i = 0; i < 2 * b->steps->n; i++) {
        struct ladder_step *step = &b->steps->items[i / 2];
        struct ring_place *p = i % 2 ? &step->to : &step->from;

        for (size_t k = 0; is_any(p) && k < b->names; k++) {
            if (b->name[k].port == p->port)
                *p = b->name[k];
        }
    }
}

static size_t entries_of(const struct ring *r, uint64_t call)
{
    size_t n = 0;

    for (const struct ring_entry *e = ring_last(r, call); e;
         e = ring_before(r, e))
        n++;
    return n;
}

void ladder_steps_init(struct ladder_steps *s, const struct ring *r,
                       uint64_t call)
{
    struct build b = { .steps = s };
    size_t n = entries_of(r, call), i = n;
    const struct ring_entry **entries;

    *s = (struct ladder_steps){ 0 };
    if (n == 0)
        return;
    s->items = mem_zalloc(n * sizeof(s->items[0]));
    entries = mem_zalloc(n * sizeof(struct ring_entry *));
    for (const struct ring_entry *e = ring_last(r, call); e;
         e = ring_before(r, e))
        entries[--i] = e;
    for (i = 0; i < n; i++)
        add(&b, entries[i]);
    mem_free((void *)(uintptr_t)entries);
    hash_fini(&b.leaders);
    name_the_nameless(&b);
}

void ladder_steps_fini(struct ladder_steps *s)
{
    mem_free(s->items);
    *s = (struct ladder_steps){ 0 };
}
