/* SPDX-License-Identifier: MIT */
/* Failures by cause. */
#include "load/failures.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

struct group {
    struct hash_node node;
    struct failure failure;
};

/* In order of first use, the one of other causes after the rest. */
struct failures {
    struct hash by_cause;
    struct group groups[FAILURES_MOST];
    size_t used; /* of those that have a cause of their own */
    uint64_t total;
};

/* `most` bytes at most, and no half of a UTF-8 character at the cut. */
static struct slice cut(struct slice s, size_t most)
{
    if (s.n <= most)
        return s;
    while (most > 0 && ((unsigned char)s.p[most] & 0xC0) == 0x80)
        most--;
    return slice_of(s.p, most);
}

static struct slice copy(struct slice s)
{
    if (!slice_present(s))
        return s;
    return slice_of(mem_strndup(s.p, s.n), s.n);
}

static void drop(struct slice s)
{
    mem_free((void *)(uintptr_t)s.p);
}

static struct slice cause_of(struct slice text)
{
    struct slice cause;

    text = slice_trim(text);
    cause = slice_trim(slice_of(text.p, slice_find(text, '\n')));
    return cause.n ? cut(cause, FAILURES_CAUSE_BYTES)
                   : SLICE("no reason given");
}

static struct group *find(struct failures *f, struct slice cause, uint64_t hash)
{
    struct hash_node *node = hash_first(&f->by_cause, hash);

    for (; node; node = hash_next(node)) {
        struct group *g = container_of(node, struct group, node);
        if (slice_eq(g->failure.cause, cause))
            return g;
    }
    return NULL;
}

/* The group for this cause: its own, a new one, or the last one for all. */
static struct group *group_for(struct failures *f, struct slice cause)
{
    uint64_t hash = hash_bytes(0, cause.p, cause.n);
    struct group *g = find(f, cause, hash);

    if (g)
        return g;
    if (f->used == FAILURES_CAUSES) {
        g = &f->groups[FAILURES_CAUSES];
        if (g->failure.count == 0)
            g->failure.cause = copy(SLICE(FAILURES_OTHERS));
        return g;
    }
    g = &f->groups[f->used++];
    g->failure.cause = copy(cause);
    hash_insert(&f->by_cause, &g->node, hash);
    return g;
}

int failures_new(struct failures **out)
{
    *out = mem_zalloc(sizeof(**out));
    return ERR_NONE;
}

void failures_free(struct failures *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < FAILURES_MOST; i++) {
        drop(f->groups[i].failure.cause);
        drop(f->groups[i].failure.detail);
        drop(f->groups[i].failure.call_id);
    }
    hash_fini(&f->by_cause);
    mem_free(f);
}

void failures_add(struct failures *f, uint64_t number, struct slice text,
                  struct slice call_id)
{
    struct failure *failure;

    if (!slice_present(text))
        text = SLICE("");
    failure = &group_for(f, cause_of(text))->failure;
    f->total++;
    if (failure->count++ > 0)
        return;
    failure->number = number;
    failure->detail = copy(cut(text, FAILURES_DETAIL_BYTES));
    failure->call_id = copy(call_id);
}

static int by_count(const void *left, const void *right)
{
    const struct failure *a = *(const struct failure *const *)left;
    const struct failure *b = *(const struct failure *const *)right;

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return a < b ? -1 : a > b;
}

size_t failures_sorted(const struct failures *f,
                       const struct failure *out[FAILURES_MOST])
{
    size_t n = 0;

    for (size_t i = 0; i < FAILURES_MOST; i++) {
        if (f->groups[i].failure.count > 0)
            out[n++] = &f->groups[i].failure;
    }
    qsort(out, n, sizeof(struct failure *), by_count);
    return n;
}

uint64_t failures_total(const struct failures *f)
{
    return f->total;
}
