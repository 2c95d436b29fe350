/* SPDX-License-Identifier: MIT */
/*
 * Requests by what a fork leaves as it was: From tag, Call-ID, CSeq, method.
 * Server transactions linger by the ten thousand, so of those texts only 128
 * bits of hash are kept, of a seed that no peer knows. The agent is hashed in
 * too: two agents of one process are two user agents, and a proxy may fork to
 * both.
 */
#include "agent/merged.h"

#include "agent/ua_private.h"
#include "base/mem.h"

struct mark {
    struct hash_node node;
    uint64_t check; /* the other half */
};

static uint64_t add(uint64_t hash, struct slice part)
{
    return hash_bytes(hash, part.p, part.n); /* which mixes the length in */
}

static uint64_t print_of(uint64_t seed, const struct ua *ua,
                         const struct wire_message *w)
{
    uint64_t hash = hash_bytes(seed, &ua, sizeof(ua));

    hash = hash_bytes(hash, &w->cseq, sizeof(w->cseq));
    hash = add(hash, w->method_name);
    hash = add(hash, w->from_tag);
    return add(hash, w->call_id);
}

bool merged_came_before(struct ua *ua, struct tx *t, const struct message *m)
{
    struct engine *e = ua->engine;
    uint64_t hash = print_of(e->merged_seeds[0], ua, &m->w);
    uint64_t check = print_of(e->merged_seeds[1], ua, &m->w);
    struct mark *mark;

    if (!slice_present(m->w.call_id))
        return false;
    for (struct hash_node *n = hash_first(&e->merged, hash); n;
         n = hash_next(n)) {
        if (container_of(n, struct mark, node)->check == check)
            return true;
    }
    mark = blocks_take_zeroed(&e->blocks, sizeof(*mark));
    mark->check = check;
    hash_insert(&e->merged, &mark->node, hash);
    tx_set_mark(t, mark);
    return false;
}

void merged_forget(struct engine *e, void *arg)
{
    struct mark *mark = arg;

    hash_remove(&e->merged, &mark->node);
    blocks_give(&e->blocks, mark, sizeof(*mark));
}
