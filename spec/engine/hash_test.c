/* SPDX-License-Identifier: MIT */
/* Units of the hash table and of the hash function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/mem.h"

struct item {
    int value;
    struct hash_node node;
};

static struct item *of(struct hash_node *node)
{
    return container_of(node, struct item, node);
}

static uint64_t key(int value)
{
    return hash_bytes(0, &value, sizeof(value));
}

static struct item *find(const struct hash *h, int value)
{
    struct hash_node *node = hash_first(h, key(value));
    while (node && of(node)->value != value)
        node = hash_next(node);
    return node ? of(node) : NULL;
}

static void inserts_finds_and_removes(void **state)
{
    (void)state;
    enum { N = 10000 };
    struct hash h;
    struct item *items = mem_zalloc(N * sizeof(*items));

    hash_init(&h);
    assert_null(find(&h, 1));
    for (int i = 0; i < N; i++) {
        items[i].value = i;
        hash_insert(&h, &items[i].node, key(i));
    }
    assert_int_equal(h.count, N);
    assert_true(h.mask + 1 >= N);
    for (int i = 0; i < N; i += 2)
        hash_remove(&h, &items[i].node);
    hash_remove(&h, &items[0].node);
    assert_int_equal(h.count, N / 2);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(find(&h, i), i % 2 ? &items[i] : NULL);
    hash_fini(&h);
    assert_null(h.slots);
    mem_free(items);
}

static void starts_small_and_doubles_when_full(void **state)
{
    (void)state;
    struct hash h;
    struct item items[17] = { 0 };

    hash_init(&h);
    for (int i = 0; i < 16; i++)
        hash_insert(&h, &items[i].node, key(i));
    assert_int_equal(h.mask + 1, 16);
    hash_insert(&h, &items[16].node, key(16));
    assert_int_equal(h.mask + 1, 32);
    hash_fini(&h);
}

static void same_hash_holds_many(void **state)
{
    (void)state;
    struct hash h;
    struct item items[40] = { 0 };
    size_t seen = 0;

    hash_init(&h);
    for (int i = 0; i < 40; i++) {
        items[i].value = i;
        /* 7, and what shares its slot without being equal. */
        hash_insert(&h, &items[i].node, i % 2 ? 7 : 7 + (UINT64_C(1) << 40));
    }
    for (struct hash_node *n = hash_first(&h, 7); n; n = hash_next(n)) {
        assert_int_equal(of(n)->value % 2, 1);
        seen++;
    }
    assert_int_equal(seen, 20);
    hash_fini(&h);
}

struct walk {
    struct hash *h;
    int sum;
};

static void remove_odd(void *arg, struct hash_node *node)
{
    struct walk *w = arg;
    struct item *item = of(node);

    w->sum += item->value;
    if (item->value % 2) {
        hash_remove(w->h, node);
        mem_free(item);
    }
}

static void remove_all(void *arg, struct hash_node *node)
{
    struct walk *w = arg;

    hash_remove(w->h, node);
    mem_free(of(node));
}

static void walk_may_remove_and_free(void **state)
{
    (void)state;
    struct hash h;
    struct walk w = { &h, 0 };

    hash_init(&h);
    hash_walk(&h, remove_all, &w);
    for (int i = 0; i < 100; i++) {
        struct item *item = mem_zalloc(sizeof(*item));
        item->value = i;
        hash_insert(&h, &item->node, (uint64_t)i / 3);
    }
    hash_walk(&h, remove_odd, &w);
    assert_int_equal(w.sum, 99 * 100 / 2);
    assert_int_equal(h.count, 50);
    hash_walk(&h, remove_all, &w);
    assert_int_equal(h.count, 0);
    hash_fini(&h);
}

static void every_byte_counts(void **state)
{
    (void)state;
    char text[40] = { 0 };

    for (size_t n = 0; n <= sizeof(text); n++) {
        uint64_t whole = hash_bytes(1, text, n);
        assert_true(whole == hash_bytes(1, text, n));
        assert_true(whole != hash_bytes(2, text, n));
        if (n < sizeof(text))
            assert_true(whole != hash_bytes(1, text, n + 1));
        for (size_t i = 0; i < n; i++) {
            text[i] = 1;
            assert_true(whole != hash_bytes(1, text, n));
            text[i] = 0;
        }
    }
    assert_true(hash_bytes(3, NULL, 0) == hash_fold(3, "", 0));
}

static void folding_ignores_ascii_case_only(void **state)
{
    (void)state;
    char upper[2], lower[2];

    for (int c = 0; c < 256; c++) {
        upper[0] = (char)c;
        upper[1] = 'x';
        memcpy(lower, upper, 2);
        if (c >= 'A' && c <= 'Z')
            lower[0] = (char)(c + 32);
        assert_true(hash_fold(0, upper, 2) == hash_bytes(0, lower, 2));
    }
    assert_true(hash_fold(0, "Session-EXPIRES-header", 22) ==
                hash_fold(0, "sESSION-expires-HEADER", 22));
    assert_true(hash_fold(0, "call-ID", 7) == hash_bytes(0, "call-id", 7));
    assert_true(hash_fold(0, "@", 1) != hash_fold(0, "`", 1));
}

/* Numbered names are what keys look like here: no slot may overflow. */
static void numbered_names_spread(void **state)
{
    (void)state;
    enum { N = 4096 };
    unsigned char slots[N] = { 0 };
    size_t empty = 0;

    for (int i = 0; i < N; i++) {
        char name[32];
        int n = snprintf(name, sizeof(name), "z9hG4bK%08d", i);
        size_t slot = hash_bytes(0, name, (size_t)n) % N;
        slots[slot]++;
        assert_true(slots[slot] < 12);
    }
    for (size_t i = 0; i < N; i++)
        empty += slots[i] == 0;
    /* 1/e of the slots stay empty where placing is random. */
    assert_in_range(empty, N * 33 / 100, N * 41 / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inserts_finds_and_removes),
        cmocka_unit_test(starts_small_and_doubles_when_full),
        cmocka_unit_test(same_hash_holds_many),
        cmocka_unit_test(walk_may_remove_and_free),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(folding_ignores_ascii_case_only),
        cmocka_unit_test(numbered_names_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
