/* SPDX-License-Identifier: MIT */
/* Units of errors, memory, slices, buffers, lists and random numbers. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/slice.h"

/* The sanitizer must not end the process before our own line does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void errors_have_distinct_names_and_texts(void **state)
{
    (void)state;
    for (int a = 0; a < ERR_COUNT; a++) {
        assert_true(strlen(err_name(-a)) > 0);
        assert_null(strchr(err_text(-a), '.'));
        assert_string_not_equal(err_name(-a), "unknown");
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(err_name(-a), err_name(-b));
            assert_string_not_equal(err_text(-a), err_text(-b));
        }
    }
    assert_string_equal(err_name(ERR_TIMEOUT), "timeout");
    assert_string_equal(err_name(ERR_NO_ADDRESS), "no_address");
    assert_string_equal(err_name(ERR_IO), "io");
    assert_string_equal(err_name(1), "unknown");
    assert_string_equal(err_name(-ERR_COUNT), "unknown");
    assert_string_equal(err_text(-1000), "an unknown error");
}

static void errno_maps_to_errors(void **state)
{
    (void)state;
    assert_int_equal(err_from_errno(0), ERR_NONE);
    assert_int_equal(err_from_errno(ECONNREFUSED), ERR_REFUSED);
    assert_int_equal(err_from_errno(ENETUNREACH), ERR_UNREACHABLE);
    assert_int_equal(err_from_errno(EADDRINUSE), ERR_IN_USE);
    assert_int_equal(err_from_errno(EADDRNOTAVAIL), ERR_NO_ADDRESS);
    assert_int_equal(err_from_errno(EPERM), ERR_DENIED);
    assert_int_equal(err_from_errno(EMSGSIZE), ERR_TOO_BIG);
    assert_int_equal(err_from_errno(EXDEV), ERR_IO);
}

static void memory_is_given_zeroed_and_copied(void **state)
{
    (void)state;
    char *zeroed = mem_zalloc(100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(zeroed[i], 0);
    memset(zeroed, 7, 100);
    zeroed = mem_realloc(zeroed, 1000);
    assert_int_equal(zeroed[99], 7);
    mem_free(zeroed);

    char *copy = mem_dup("abc", 3);
    assert_memory_equal(copy, "abc", 3);
    mem_free(copy);
    copy = mem_strndup("abcdef", 3);
    assert_string_equal(copy, "abc");
    mem_free(copy);
    copy = mem_strndup("ab", 100);
    assert_string_equal(copy, "ab");
    mem_free(copy);
    copy = mem_strndup(NULL, 0);
    assert_string_equal(copy, "");
    mem_free(copy);
    mem_free(NULL);
}

static void no_size_is_a_failure(void **state)
{
    (void)state;
    void *none[] = { mem_alloc(0), mem_zalloc(0), mem_dup(NULL, 0),
                     mem_realloc(NULL, 0) };
    for (size_t i = 0; i < array_length(none); i++) {
        assert_non_null(none[i]);
        mem_free(none[i]);
    }
}

static void allocate_all(void *volatile *sink, int how)
{
    size_t all = SIZE_MAX / 2;
    struct buf b = { 0 };

    if (how == 0)
        *sink = mem_alloc(all);
    else if (how == 1)
        *sink = mem_zalloc(all);
    else if (how == 2)
        *sink = mem_realloc(NULL, all);
    else
        buf_reserve(&b, SIZE_MAX);
}

static void out_of_memory_says_so_and_aborts(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        int pipes[2];
        char text[4096] = "";
        int status;
        void *volatile sink = NULL;
        size_t n = 0;
        ssize_t got;

        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        if (child == 0) {
            signal(SIGABRT, SIG_DFL);
            dup2(pipes[1], STDERR_FILENO);
            allocate_all(&sink, how);
            _exit(0);
        }
        close(pipes[1]);
        while ((got = read(pipes[0], text + n, sizeof(text) - 1 - n)) > 0)
            n += (size_t)got;
        close(pipes[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_non_null(strstr(text, "sipwright: out of memory ("));
    }
}

struct outer {
    int first;
    struct list link;
};

static void container_is_found_from_member(void **state)
{
    (void)state;
    struct outer o = { 0 };
    assert_ptr_equal(container_of(&o.link, struct outer, link), &o);
}

static void slices_compare(void **state)
{
    (void)state;
    struct slice absent = slice_str(NULL);
    assert_false(slice_present(absent));
    assert_true(slice_present(slice_str("")));
    assert_int_equal(slice_str("four").n, 4);

    assert_true(slice_eq(SLICE("Via"), slice_str("Via")));
    assert_false(slice_eq(SLICE("Via"), SLICE("via")));
    assert_false(slice_eq(SLICE("Via"), SLICE("Vi")));
    assert_true(slice_eq(absent, SLICE("")));
    assert_true(slice_ieq(SLICE("cSEQ"), SLICE("CSeq")));
    assert_false(slice_ieq(SLICE("CSeq"), SLICE("CSeQ ")));
    /* '@' and '`' differ by the case bit, and are no letters. */
    assert_false(slice_ieq(SLICE("@["), SLICE("`{")));
    assert_false(slice_ieq(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));

    assert_true(slice_starts(SLICE("SIP/2.0 200"), SLICE("SIP/2.0")));
    assert_false(slice_starts(SLICE("sip/2.0"), SLICE("SIP")));
    assert_true(slice_istarts(SLICE("sip/2.0"), SLICE("SIP")));
    assert_false(slice_starts(SLICE("SI"), SLICE("SIP")));
    assert_false(slice_istarts(SLICE("SI"), SLICE("SIP")));
    assert_true(slice_starts(SLICE("x"), absent));
}

static void slices_are_trimmed_and_searched(void **state)
{
    (void)state;
    assert_true(slice_eq(slice_trim(SLICE(" \t a b\r\n ")), SLICE("a b")));
    assert_int_equal(slice_trim(SLICE(" \t\r\n")).n, 0);
    assert_int_equal(slice_trim(slice_str(NULL)).n, 0);
    assert_int_equal(slice_find(SLICE("a:b:c"), ':'), 1);
    assert_int_equal(slice_find(SLICE("abc"), ':'), 3);
    assert_int_equal(slice_find(slice_str(NULL), ':'), 0);
}

static void numbers_are_read_strictly(void **state)
{
    (void)state;
    uint32_t n = 77;
    assert_int_equal(slice_u32(SLICE(""), &n), ERR_PROTOCOL);
    assert_int_equal(slice_u32(SLICE("-1"), &n), ERR_PROTOCOL);
    assert_int_equal(slice_u32(SLICE("+1"), &n), ERR_PROTOCOL);
    assert_int_equal(slice_u32(SLICE(" 1"), &n), ERR_PROTOCOL);
    assert_int_equal(slice_u32(SLICE("99999999999999999999999x"), &n),
                     ERR_PROTOCOL);
    assert_int_equal(slice_u32(SLICE("4294967296"), &n), ERR_TOO_BIG);
    assert_int_equal(slice_u32(SLICE("99999999999999999999999"), &n),
                     ERR_TOO_BIG);
    assert_int_equal(n, 77);
    assert_int_equal(slice_u32(SLICE("4294967295"), &n), ERR_NONE);
    assert_true(n == UINT32_MAX);
    assert_int_equal(slice_u32(SLICE("0005060"), &n), ERR_NONE);
    assert_int_equal(n, 5060);
}

static void buffer_collects_everything(void **state)
{
    (void)state;
    struct buf b = { 0 };

    assert_true(slice_present(buf_view(&b)));
    assert_int_equal(buf_view(&b).n, 0);
    buf_add(&b, NULL, 0);
    buf_str(&b, "str ");
    buf_char(&b, 'c');
    buf_lit(&b, " lit ");
    buf_slice(&b, SLICE("slice "));
    buf_slice(&b, slice_str(NULL));
    buf_u64(&b, 0);
    buf_char(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_fmt(&b, " %s=%d%s", "x", -5, "");
    buf_fmt(&b, "%s", "");
    assert_true(slice_eq(buf_view(&b),
                         SLICE("str c lit slice 0 18446744073709551615 x=-5")));
    buf_clear(&b);
    assert_int_equal(b.n, 0);
    buf_fini(&b);
    assert_null(b.p);
    buf_fini(&b);
}

static void buffer_grows_and_keeps_content(void **state)
{
    (void)state;
    struct buf b = { 0 };

    for (int i = 0; i < 10000; i++)
        buf_char(&b, (char)('a' + i % 26));
    for (int i = 0; i < 10000; i++)
        assert_int_equal(b.p[i], 'a' + i % 26);
    buf_reserve(&b, 100000);
    char *before = b.p;
    for (int i = 0; i < 100000; i++)
        buf_char(&b, 'x');
    assert_ptr_equal(b.p, before);
    buf_clear(&b);
    buf_fmt(&b, "%05000d", 1);
    assert_int_equal(b.n, 5000);
    buf_fini(&b);
}

static void list_links_and_unlinks(void **state)
{
    (void)state;
    struct list head;
    struct list nodes[4] = { 0 };
    size_t seen = 0;

    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_first(&head));
    list_unlink(&nodes[0]);
    assert_false(list_linked(&nodes[0]));
    for (size_t i = 0; i < 4; i++)
        list_append(&head, &nodes[i]);
    assert_true(list_linked(&nodes[0]));
    assert_ptr_equal(list_first(&head), &nodes[0]);
    list_each (node, &head)
        assert_ptr_equal(node, &nodes[seen++]);
    assert_int_equal(seen, 4);

    list_unlink(&nodes[1]);
    list_unlink(&nodes[1]);
    assert_ptr_equal(nodes[0].next, &nodes[2]);
    list_each_safe (node, &head)
        list_unlink(node);
    assert_true(list_empty(&head));
    assert_false(list_linked(&nodes[3]));
}

static void random_numbers_repeat_by_seed_and_stream(void **state)
{
    (void)state;
    struct rng a, b, other_stream, other_seed;

    rng_init(&a, 5, 1);
    rng_init(&b, 5, 1);
    rng_init(&other_stream, 5, 2);
    rng_init(&other_seed, 1, 5);
    for (int i = 0; i < 1000; i++) {
        uint64_t x = rng_next(&a);
        assert_true(x == rng_next(&b));
        assert_true(x != rng_next(&other_stream));
        assert_true(x != rng_next(&other_seed));
    }
}

/* The published first values of xoshiro256** from the state 1, 2, 3, 4. */
static void random_numbers_are_xoshiro(void **state)
{
    (void)state;
    struct rng r = { { 1, 2, 3, 4 } };
    static const uint64_t expected[] = { 11520, 0, 1509978240,
                                         1215971899390074240 };
    for (size_t i = 0; i < array_length(expected); i++)
        assert_true(rng_next(&r) == expected[i]);
}

static void random_ranges_hold_and_are_even(void **state)
{
    (void)state;
    struct rng r;
    unsigned counts[6] = { 0 };
    double sum = 0;

    rng_init(&r, 42, 0);
    for (int i = 0; i < 60000; i++) {
        double d = rng_double(&r);
        assert_true(d >= 0 && d < 1);
        sum += d;
        uint64_t side = rng_below(&r, 6);
        assert_true(side < 6);
        counts[side]++;
        assert_true(rng_below(&r, 1) == 0);
        assert_true(rng_below(&r, UINT64_MAX) < UINT64_MAX);
    }
    assert_true(sum > 29000 && sum < 31000);
    for (size_t i = 0; i < 6; i++)
        assert_in_range(counts[i], 9500, 10500);
}

static void tokens_are_short_words(void **state)
{
    (void)state;
    struct rng r;
    char token[40], again[40];

    rng_init(&r, 1, 1);
    memset(token, '#', sizeof(token));
    rng_token(&r, token, 30);
    for (size_t i = 0; i < 30; i++)
        assert_non_null(
            strchr("0123456789abcdefghijklmnopqrstuvwxyz", token[i]));
    assert_int_equal(token[30], '#');
    rng_token(&r, again, 30);
    assert_memory_not_equal(token, again, 30);
    rng_init(&r, 1, 1);
    rng_token(&r, again, 30);
    assert_memory_equal(token, again, 30);
    assert_true(rng_entropy() != rng_entropy());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_distinct_names_and_texts),
        cmocka_unit_test(errno_maps_to_errors),
        cmocka_unit_test(memory_is_given_zeroed_and_copied),
        cmocka_unit_test(no_size_is_a_failure),
        cmocka_unit_test(out_of_memory_says_so_and_aborts),
        cmocka_unit_test(container_is_found_from_member),
        cmocka_unit_test(slices_compare),
        cmocka_unit_test(slices_are_trimmed_and_searched),
        cmocka_unit_test(numbers_are_read_strictly),
        cmocka_unit_test(buffer_collects_everything),
        cmocka_unit_test(buffer_grows_and_keeps_content),
        cmocka_unit_test(list_links_and_unlinks),
        cmocka_unit_test(random_numbers_repeat_by_seed_and_stream),
        cmocka_unit_test(random_numbers_are_xoshiro),
        cmocka_unit_test(random_ranges_hold_and_are_even),
        cmocka_unit_test(tokens_are_short_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
