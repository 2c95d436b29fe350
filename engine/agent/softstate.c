/* SPDX-License-Identifier: MIT */
/* The records of registrations and publications, by what they are about. */
#include "agent/softstate.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* A script that plays a new user each time would leave one for each. */
enum { KEPT = 16384 };

static void replace(struct slice *at, struct slice value)
{
    char *copy = NULL;

    if (slice_present(value)) { /* any bytes */
        copy = mem_alloc(value.n + 1);
        memcpy(copy, value.p, value.n);
    }
    mem_free((char *)(uintptr_t)at->p);
    *at = slice_of(copy, value.n);
}

void softstates_init(struct softstates *all)
{
    hash_init(&all->by_key);
    list_init(&all->used);
}

static struct softstate *of_use(struct list *node)
{
    return container_of(node, struct softstate, used);
}

void softstates_fini(struct softstates *all)
{
    struct list *node;

    while ((node = list_first(&all->used)))
        softstate_forget(all, of_use(node));
    hash_fini(&all->by_key);
}

void softstate_unref(struct softstate *s)
{
    if (!s || --s->refs)
        return;
    replace(&s->key, slice_of(NULL, 0));
    replace(&s->call_id, slice_of(NULL, 0));
    replace(&s->etag, slice_of(NULL, 0));
    mem_free(s);
}

void softstate_forget(struct softstates *all, struct softstate *s)
{
    if (!list_linked(&s->used))
        return;
    list_unlink(&s->used);
    hash_remove(&all->by_key, &s->node);
    softstate_unref(s);
}

/* One that is refreshed, or has a request under way, is in use. */
static void make_room(struct softstates *all)
{
    list_each_safe (node, &all->used) {
        if (all->by_key.count < KEPT)
            return;
        if (of_use(node)->refs == 1)
            softstate_forget(all, of_use(node));
    }
}

static struct softstate *find(const struct softstates *all, struct slice key,
                              uint64_t hash)
{
    for (struct hash_node *n = hash_first(&all->by_key, hash); n;
         n = hash_next(n)) {
        struct softstate *s = container_of(n, struct softstate, node);

        if (slice_eq(s->key, key))
            return s;
    }
    return NULL;
}

static struct softstate *add(struct softstates *all, struct slice key,
                             uint64_t hash)
{
    struct softstate *s = mem_zalloc(sizeof(*s));

    make_room(all);
    s->refs = 1; /* of `all` */
    replace(&s->key, key);
    list_init(&s->refreshed);
    hash_insert(&all->by_key, &s->node, hash);
    return s;
}

struct softstate *softstate_take(struct softstates *all,
                                 const struct softstate_key *k)
{
    struct buf text = { 0 };
    struct softstate *s;
    uint64_t hash;

    buf_slice(&text, k->method);
    buf_add(&text, &k->scope, sizeof(k->scope));
    buf_slice(&text, k->uri);
    buf_char(&text, '\0');
    buf_slice(&text, k->what);
    hash = hash_bytes(0, text.p, text.n);
    s = find(all, buf_view(&text), hash);
    if (!s)
        s = add(all, buf_view(&text), hash);
    buf_fini(&text);
    s->scoped = k->scope != 0;
    list_unlink(&s->used);
    list_append(&all->used, &s->used);
    s->refs++;
    return s;
}

void softstate_set_call_id(struct softstate *s, struct slice call_id)
{
    replace(&s->call_id, call_id);
}

void softstate_set_etag(struct softstate *s, struct slice etag)
{
    replace(&s->etag, etag);
}
