/* SPDX-License-Identifier: MIT */
/* Blocks that are kept for reuse. */
#include "base/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

enum { MANY = 200 };

/* No two that are out share a byte, whatever was given back before. */
static void blocks_are_apart(void **state)
{
    struct blocks b = { 0 };
    unsigned char *out[MANY] = { 0 };
    size_t size[MANY];

    (void)state;
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < MANY; i++) {
            size[i] = 1 + (i * 37 + round * 11) % (BLOCKS_MOST + 64);
            out[i] = blocks_take(&b, size[i]);
            memset(out[i], (int)i, size[i]);
        }
        for (size_t i = 0; i < MANY; i++) {
            for (size_t k = 0; k < size[i]; k++)
                assert_int_equal(out[i][k], i);
        }
        for (size_t i = 0; i < MANY; i++)
            blocks_give(&b, out[i], size[i]);
    }
    blocks_fini(&b);
}

static void a_zeroed_one_is_zero_again(void **state)
{
    static const char zero[100];
    struct blocks b = { 0 };
    char *p = blocks_take(&b, sizeof(zero));

    (void)state;
    memset(p, 'x', sizeof(zero));
    blocks_give(&b, p, sizeof(zero));
    p = blocks_take_zeroed(&b, sizeof(zero));
    assert_memory_equal(p, zero, sizeof(zero));
    blocks_give(&b, p, sizeof(zero));
    blocks_give(&b, NULL, 5);
    blocks_fini(&b);
}

/* One that outlives the rest is freed by itself. */
static void one_may_stay_out(void **state)
{
    struct blocks b = { 0 };
    char *p = blocks_take(&b, 24);

    (void)state;
    blocks_fini(&b);
    p[23] = 'x';
    mem_free(p);
}

static void only_sizes_of_a_step_are_alike(void **state)
{
    (void)state;
    assert_true(blocks_alike(7, 7));
    assert_false(blocks_alike(BLOCKS_STEP, BLOCKS_STEP + 1));
    assert_false(blocks_alike(0, 1));
    assert_false(blocks_alike(BLOCKS_MOST, BLOCKS_MOST + 1));
    assert_false(blocks_alike(BLOCKS_MOST + 1, BLOCKS_MOST + 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_apart),
        cmocka_unit_test(a_zeroed_one_is_zero_again),
        cmocka_unit_test(one_may_stay_out),
        cmocka_unit_test(only_sizes_of_a_step_are_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
