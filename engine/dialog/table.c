/* SPDX-License-Identifier: MIT */
/* The table of dialogs. */
#include "dialog/table.h"

#include <assert.h>

#include "base/mem.h"
#include "base/rng.h"

struct dialog_table {
    struct hash dialogs;
    uint64_t seed; /* peers choose Call-IDs: no collisions by design */
};

struct dialog_table *dialog_table_new(void)
{
    struct dialog_table *t = mem_zalloc(sizeof(*t));

    hash_init(&t->dialogs);
    t->seed = rng_entropy();
    return t;
}

void dialog_table_free(struct dialog_table *t)
{
    if (!t)
        return;
    assert(t->dialogs.count == 0);
    hash_fini(&t->dialogs);
    mem_free(t);
}

size_t dialog_table_count(const struct dialog_table *t)
{
    return t->dialogs.count;
}

static uint64_t hash_of(const struct dialog_table *t, struct slice call_id,
                        struct slice local_tag, struct slice remote_tag)
{
    uint64_t h = hash_bytes(t->seed, call_id.p, call_id.n);

    h = hash_bytes(h, local_tag.p, local_tag.n);
    return hash_bytes(h, remote_tag.p, remote_tag.n);
}

/* An absent tag and an empty one are the same (RFC 3261 12.1.1). */
struct dialog *dialog_find(const struct dialog_table *t, struct slice call_id,
                           struct slice local_tag, struct slice remote_tag)
{
    uint64_t h = hash_of(t, call_id, local_tag, remote_tag);

    for (struct hash_node *node = hash_first(&t->dialogs, h); node;
         node = hash_next(node)) {
        struct dialog *d = container_of(node, struct dialog, node);

        if (slice_eq(d->call_id, call_id) &&
            slice_eq(d->local_tag, local_tag) &&
            slice_eq(d->remote_tag, remote_tag))
            return d;
    }
    return NULL;
}

struct dialog *dialog_of_request(const struct dialog_table *t,
                                 const struct message *request)
{
    return dialog_find(t, request->w.call_id, request->w.to_tag,
                       request->w.from_tag);
}

struct dialog *dialog_of_response(const struct dialog_table *t,
                                  const struct message *response)
{
    return dialog_find(t, response->w.call_id, response->w.from_tag,
                       response->w.to_tag);
}

void dialog_table_insert(struct dialog_table *t, struct dialog *d)
{
    d->table = t;
    hash_insert(&t->dialogs, &d->node,
                hash_of(t, d->call_id, d->local_tag, d->remote_tag));
}

void dialog_table_remove(struct dialog *d)
{
    if (d->table)
        hash_remove(&d->table->dialogs, &d->node);
    d->table = NULL;
}
