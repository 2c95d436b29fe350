/* SPDX-License-Identifier: MIT */
/* The scan of damaged messages stays inside them, for a sanitizer to watch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "scan_samples.h"
#include "wire/scan.h"

/* Every view that a scan gives, to look at them all. */
static size_t views_of(const struct wire_message *m, struct slice out[17])
{
    const struct slice all[] = {
        m->via.value,    m->via.transport,   m->via.host,    m->via.branch,
        m->via.received, m->via.rport_value, m->method_name, m->uri,
        m->reason,       m->call_id,         m->from,        m->to,
        m->from_tag,     m->to_tag,          m->cseq_method, m->headers,
        m->body,
    };

    memcpy(out, all, sizeof(all));
    return array_length(all);
}

static void rebase_moves_every_view(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_length(samples); i++) {
        size_t n = samples[i].n;
        char *copy = mem_dup(samples[i].bytes, n);
        struct wire_message a;
        struct wire_message b;
        struct slice views[2][17];
        size_t count;

        wire_scan(samples[i].bytes, n, &a);
        b = a;
        wire_rebase(&b, samples[i].bytes, copy);
        count = views_of(&a, views[0]);
        views_of(&b, views[1]);
        for (size_t v = 0; v < count; v++) {
            if (!views[0][v].p) {
                assert_null(views[1][v].p);
                continue;
            }
            assert_ptr_equal(views[1][v].p,
                             copy + (views[0][v].p - samples[i].bytes));
            assert_int_equal(views[1][v].n, views[0][v].n);
        }
        mem_free(copy);
    }
}

/* Scans a block of exactly n bytes; all views must lie inside. */
static void scan_exactly(const char *bytes, size_t n)
{
    char *block = malloc(n ? n : 1);
    struct wire_message m;
    struct slice views[17];
    size_t count;

    assert_non_null(block);
    memcpy(block, bytes, n);
    if (wire_scan(block, n, &m) == ERR_NONE) {
        count = views_of(&m, views);
        for (size_t v = 0; v < count; v++) {
            if (!views[v].p)
                continue;
            assert_true(views[v].p >= block);
            assert_true(views[v].p + views[v].n <= block + n);
        }
        assert_non_null(m.body.p);
    }
    free(block);
}

static void any_truncation_is_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_length(samples); i++) {
        for (size_t n = 0; n <= samples[i].n; n++)
            scan_exactly(samples[i].bytes, n);
    }
}

static void any_mutation_is_safe(void **state)
{
    static const char nasty[] = "\0\r\n\t \"\\<>;,:@=/[]?\xff";
    struct rng rng;

    (void)state;
    rng_init(&rng, 4475, 1);
    for (int round = 0; round < 6000; round++) {
        size_t i = rng_below(&rng, array_length(samples));
        size_t n = samples[i].n;
        char *bytes = mem_dup(samples[i].bytes, n);
        uint64_t flips = 1 + rng_below(&rng, 8);

        while (flips--) {
            bytes[rng_below(&rng, n)] =
                round % 2 ? (char)rng_below(&rng, 256)
                          : nasty[rng_below(&rng, sizeof(nasty) - 1)];
        }
        scan_exactly(bytes, n - rng_below(&rng, 3) * rng_below(&rng, n / 2));
        mem_free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebase_moves_every_view),
        cmocka_unit_test(any_truncation_is_safe),
        cmocka_unit_test(any_mutation_is_safe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
