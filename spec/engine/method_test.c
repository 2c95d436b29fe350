/* SPDX-License-Identifier: MIT */
/* Method names and reason phrases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "wire/method.h"

static void methods_and_reasons(void **state)
{
    (void)state;
    for (int m = METHOD_OTHER + 1; m < METHOD_COUNT; m++) {
        const char *name = method_name((enum method)m);

        assert_int_equal(method_parse(slice_str(name)), m);
    }
    assert_int_equal(method_parse(SLICE("invite")), METHOD_OTHER);
    assert_int_equal(method_parse(SLICE("")), METHOD_OTHER);
    assert_int_equal(method_parse(slice_of(NULL, 0)), METHOD_OTHER);
    assert_string_equal(method_name(METHOD_OTHER), "");
    assert_string_equal(reason_phrase(100), "Trying");
    assert_string_equal(reason_phrase(200), "OK");
    assert_string_equal(reason_phrase(481), "Call/Transaction Does Not Exist");
    assert_string_equal(reason_phrase(608), "Rejected");
    assert_string_equal(reason_phrase(299), "");
    assert_string_equal(reason_phrase(999), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_and_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
