/* SPDX-License-Identifier: MIT */
/* The intrusive hash table, and the hash function for its keys. */
#include "base/hash.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_SLOTS = 16 };

static void push(struct hash *h, struct hash_node *node)
{
    struct hash_node **slot = &h->slots[node->hash & h->mask];

    node->next = *slot;
    node->link = slot;
    if (node->next)
        node->next->link = &node->next;
    *slot = node;
}

static void grow(struct hash *h)
{
    struct hash_node **old = h->slots;
    size_t slots = old ? h->mask + 1 : 0;
    size_t wanted = old ? slots * 2 : FIRST_SLOTS;

    h->slots = mem_zalloc(wanted * sizeof(struct hash_node *));
    h->mask = wanted - 1;
    for (size_t i = 0; i < slots; i++) {
        for (struct hash_node *node = old[i], *next; node; node = next) {
            next = node->next;
            push(h, node);
        }
    }
    mem_free(old);
}

/* The slots come with the first node: a zeroed table is empty and valid. */
void hash_init(struct hash *h)
{
    *h = (struct hash){ 0 };
}

void hash_fini(struct hash *h)
{
    mem_free(h->slots);
    *h = (struct hash){ 0 };
}

void hash_insert(struct hash *h, struct hash_node *node, uint64_t hash)
{
    if (!h->slots || h->count > h->mask)
        grow(h);
    node->hash = hash;
    push(h, node);
    h->count++;
}

void hash_remove(struct hash *h, struct hash_node *node)
{
    if (!node->link)
        return;
    assert(h->count > 0);
    *node->link = node->next;
    if (node->next)
        node->next->link = node->link;
    node->next = NULL;
    node->link = NULL;
    h->count--;
}

static struct hash_node *seek(struct hash_node *node, uint64_t hash)
{
    while (node && node->hash != hash)
        node = node->next;
    return node;
}

struct hash_node *hash_first(const struct hash *h, uint64_t hash)
{
    return h->count ? seek(h->slots[hash & h->mask], hash) : NULL;
}

struct hash_node *hash_next(const struct hash_node *node)
{
    return seek(node->next, node->hash);
}

void hash_walk(struct hash *h, void (*fn)(void *arg, struct hash_node *node),
               void *arg)
{
    for (size_t i = 0; h->count && i <= h->mask; i++) {
        for (struct hash_node *node = h->slots[i], *next; node; node = next) {
            next = node->next;
            fn(arg, node);
        }
    }
}

/*
 * Each step is a bijection of the running value: xor a word in, multiply by
 * an odd number (carries move bits up), xor the top half down.
 */
static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ (h >> 32);
}

/* Every length starts elsewhere, so trailing zero bytes count. */
static uint64_t start(uint64_t seed, size_t n)
{
    return mix(seed + UINT64_C(0x9e3779b97f4a7c15), n);
}

static uint64_t finish(uint64_t h)
{
    h *= UINT64_C(0xa0761d6478bd642f);
    return h ^ (h >> 29);
}

/* The next 8 bytes, or the n that are left, as one word. */
static uint64_t load(const char *p, size_t n)
{
    uint64_t word = 0;

    memcpy(&word, p, n < sizeof(word) ? n : sizeof(word));
    return word;
}

/*
 * Upper case letters of eight bytes to lower case at once: adding to the low
 * seven bits carries into bit 7 from a threshold on, 'A' and 'Z' + 1 here.
 */
static uint64_t fold_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = word & (ones * 0x7f);
    uint64_t from_a = low + ones * (0x80 - 'A');
    uint64_t past_z = low + ones * (0x7f - 'Z');
    uint64_t upper = (from_a ^ past_z) & ~word & (ones * 0x80);

    return word | (upper >> 2);
}

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t n)
{
    const char *p = bytes;
    uint64_t h = start(seed, n);

    for (; n >= 8; p += 8, n -= 8)
        h = mix(h, load(p, 8));
    if (n)
        h = mix(h, load(p, n));
    return finish(h);
}

uint64_t hash_fold(uint64_t seed, const char *text, size_t n)
{
    uint64_t h = start(seed, n);

    for (; n >= 8; text += 8, n -= 8)
        h = mix(h, fold_word(load(text, 8)));
    if (n)
        h = mix(h, fold_word(load(text, n)));
    return finish(h);
}
