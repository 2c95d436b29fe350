/* SPDX-License-Identifier: MIT */
/*
 * Units of the digest computation and grammar. Expected hashes come from the
 * RFCs (7616 3.9.1; 3.9.2 as erratum 4897 corrects it; 2617 3.5) and, for the
 * rest, from an independent implementation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/digest.h"
#include "base/err.h"
#include "base/mem.h"

#define assert_slice(s, text)                                 \
    do {                                                      \
        assert_int_equal((s).n, strlen(text));                \
        assert_memory_equal((s).p ? (s).p : "", text, (s).n); \
    } while (0)

static int set_up(void **state)
{
    struct digest *d;

    if (digest_new(&d))
        return -1;
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    digest_free(*state);
    return 0;
}

static void expect(struct digest *d, const struct digest_input *in,
                   const char *wanted)
{
    char out[DIGEST_HEX_MAX];

    assert_int_equal(digest_compute(d, in, out), ERR_NONE);
    assert_string_equal(out, wanted);
}

static void rfc_7616_circle_of_life(void **state)
{
    struct digest_input in = {
        .username = SLICE("Mufasa"),
        .password = SLICE("Circle of Life"),
        .realm = SLICE("http-auth@example.org"),
        .nonce = SLICE("7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"),
        .cnonce = SLICE("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
        .method = SLICE("GET"),
        .uri = SLICE("/dir/index.html"),
        .algorithm = DIGEST_MD5,
        .qop = QOP_AUTH,
        .nc = 1,
    };

    expect(*state, &in, "8ca523f5e9506fed4657c9700eebdbec");
    in.algorithm = DIGEST_SHA256;
    expect(*state, &in,
           "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

static void rfc_7616_sha512_256_and_userhash(void **state)
{
    char out[DIGEST_HEX_MAX];
    struct digest_input in = {
        .username = SLICE("J\xc3\xa4s\xc3\xb8n Doe"),
        .password = SLICE("Secret, or not?"),
        .realm = SLICE("api@example.org"),
        .nonce = SLICE("5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK"),
        .cnonce = SLICE("NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"),
        .method = SLICE("GET"),
        .uri = SLICE("/doe.json"),
        .algorithm = DIGEST_SHA512_256,
        .qop = QOP_AUTH,
        .nc = 1,
    };

    expect(*state, &in,
           "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5");
    assert_int_equal(
        digest_userhash(*state, DIGEST_SHA512_256, in.username, in.realm, out),
        ERR_NONE);
    assert_string_equal(out, "793263caabb707a56211940d90411ea4a575adeccb7e360"
                             "aeb624ed06ece9b0b");
}

static void rfc_2617_example(void **state)
{
    struct digest_input in = {
        .username = SLICE("Mufasa"),
        .password = SLICE("Circle Of Life"),
        .realm = SLICE("testrealm@host.com"),
        .nonce = SLICE("dcd98b7102dd2f0e8b11d0f600bfb0c093"),
        .cnonce = SLICE("0a4f113b"),
        .method = SLICE("GET"),
        .uri = SLICE("/dir/index.html"),
        .algorithm = DIGEST_MD5,
        .qop = QOP_AUTH,
        .nc = 1,
    };

    expect(*state, &in, "6629fae49393a05397450978507c4ef1");
}

static const struct {
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    uint32_t nc;
    bool body;
    const char *wanted;
} table[] = {
    { DIGEST_MD5, QOP_NONE, 0, false, "bce9c34312ea6cab40c3511fe8197611" },
    { DIGEST_MD5, QOP_AUTH, 0xab, false, "01f1ad5130cf1da64b276a3eb1352b35" },
    { DIGEST_MD5, QOP_AUTH, 0xab, true, "01f1ad5130cf1da64b276a3eb1352b35" },
    { DIGEST_MD5, QOP_AUTH_INT, 1, true, "6ea833ce14dbfe3651829d791a724517" },
    { DIGEST_MD5, QOP_AUTH_INT, 1, false, "51ceaa998b36ad03943088c04f6b87dc" },
    { DIGEST_MD5_SESS, QOP_NONE, 0, false, "c095589b7b0acd318f80c478afa8da93" },
    { DIGEST_MD5_SESS, QOP_AUTH, 1, false, "c47c5328dcfc34d32bdaead29c299721" },
    { DIGEST_MD5_SESS, QOP_AUTH_INT, 1, true,
      "7f8115f7970547d68cbf68b3dfbe65d2" },
    { DIGEST_SHA256, QOP_NONE, 0, false,
      "a0d41c5272fcbe841095122a450a47f79cb95f7fd843fd27668249ec4227ad73" },
    { DIGEST_SHA256, QOP_AUTH, 0xab, false,
      "fbf189c3949734b76fed2481cb61283f42b4ff0d22e9ccb54a7155cf5c489f6d" },
    { DIGEST_SHA256, QOP_AUTH_INT, 1, true,
      "4dab172a10890464078ddb8859a977417f153f6f74bcafcce69b4dac13f3862a" },
    { DIGEST_SHA256, QOP_AUTH_INT, 1, false,
      "baea1abe1dfa0b6e884851ecd71ae15e2d7d9445e1d69027f48d0a5d18fc2a37" },
    { DIGEST_SHA256_SESS, QOP_NONE, 0, false,
      "193441be8a92897a0204ca9931335db422a0026a05cbc9c30404e2e91d235e24" },
    { DIGEST_SHA256_SESS, QOP_AUTH, 1, false,
      "95883bd15e76cc2cf9c800ba2f2525b61a48ebfd5ff0f9d5acae8806debcd0bd" },
    { DIGEST_SHA256_SESS, QOP_AUTH_INT, 1, true,
      "2ae6d78de13fdb3f47aea73def7eadc8abbadc9caf929353ba58c8d286b65f3c" },
    { DIGEST_SHA512_256, QOP_NONE, 0, false,
      "b210ece97e69cd52c133f5cf47278b96eb6e0f40e575cc05e0257993d0cc09a2" },
    { DIGEST_SHA512_256, QOP_AUTH, 0xab, false,
      "159f46d25df2f16029692f1173efd422c97258cecca51874cf8c7a5eedad6151" },
    { DIGEST_SHA512_256, QOP_AUTH_INT, 1, true,
      "147f5a7a22152fb1529aaf2ebbbdee477f46088360ee983903a4dbaf24a267d5" },
    { DIGEST_SHA512_256, QOP_AUTH_INT, 1, false,
      "607b06138b32d91a6b28e875799db69a08e190b5826e2a45831cf8729141de4e" },
    { DIGEST_SHA512_256_SESS, QOP_NONE, 0, false,
      "c7fdfef89f3296806871838cda62bcae7d0846d0896a69d1720e2e74a39dcd2a" },
    { DIGEST_SHA512_256_SESS, QOP_AUTH, 1, false,
      "aeeb41f74dc23ed2c410e8efbc7959f9262323d22db53556af10b2887c571f90" },
    { DIGEST_SHA512_256_SESS, QOP_AUTH_INT, 1, true,
      "5392274430dba48b46a001135cb54ca78e8f4bdd3385c979c332475e06818e9f" },
};

static void every_algorithm_with_every_qop(void **state)
{
    for (size_t i = 0; i < array_length(table); i++) {
        struct digest_input in = {
            .username = SLICE("alice"),
            .password = SLICE("secret"),
            .realm = SLICE("example.com"),
            .nonce = SLICE("n1"),
            .cnonce = SLICE("c1"),
            .method = SLICE("REGISTER"),
            .uri = SLICE("sip:example.com"),
            .body = table[i].body ? SLICE("v=0\r\n") : slice_of(NULL, 0),
            .algorithm = table[i].algorithm,
            .qop = table[i].qop,
            .nc = table[i].nc,
        };

        expect(*state, &in, table[i].wanted);
    }
}

static void an_unknown_algorithm_is_unsupported(void **state)
{
    struct digest_input in = { .algorithm = DIGEST_UNKNOWN };
    char out[DIGEST_HEX_MAX];

    assert_false(digest_supports(*state, DIGEST_UNKNOWN));
    assert_true(digest_supports(*state, DIGEST_SHA512_256_SESS));
    assert_int_equal(digest_compute(*state, &in, out), ERR_UNSUPPORTED);
    assert_int_equal(
        digest_userhash(*state, DIGEST_UNKNOWN, SLICE("a"), SLICE("b"), out),
        ERR_UNSUPPORTED);
}

static void algorithm_names(void **state)
{
    (void)state;
    assert_int_equal(digest_algorithm_parse(slice_of(NULL, 0)), DIGEST_MD5);
    assert_int_equal(digest_algorithm_parse(SLICE("")), DIGEST_UNKNOWN);
    assert_int_equal(digest_algorithm_parse(SLICE("SHA-1")), DIGEST_UNKNOWN);
    assert_int_equal(digest_algorithm_parse(SLICE("sha-256-SESS")),
                     DIGEST_SHA256_SESS);
    for (unsigned a = DIGEST_MD5; a <= DIGEST_SHA512_256_SESS; a++) {
        const char *name = digest_algorithm_name((enum digest_algorithm)a);

        assert_int_equal(digest_algorithm_parse(slice_str(name)), a);
        assert_int_equal(digest_is_session((enum digest_algorithm)a),
                         strstr(name, "-sess") != NULL);
    }
    assert_string_equal(digest_algorithm_name(DIGEST_SHA512_256),
                        "SHA-512-256");
}

static void a_full_challenge(void **state)
{
    struct digest_fields f;

    (void)state;
    assert_int_equal(
        digest_parse_challenge(
            &f, SLICE("dIGEST Realm=\"a, \\\"b\\\"\" ,\r\n nonce = \"n,=\","
                      " opaque=\"\", algorithm=sha-256,\tstale=TRUE,"
                      " qop=\"auth, auth-int\", userhash=true, charset=UTF-8,"
                      " domain=\"sip:x\"")),
        ERR_NONE);
    assert_slice(f.realm, "a, \\\"b\\\"");
    assert_slice(f.nonce, "n,=");
    assert_true(slice_present(f.opaque));
    assert_slice(f.opaque, "");
    assert_int_equal(f.algorithm, DIGEST_SHA256);
    assert_slice(f.algorithm_text, "sha-256");
    assert_int_equal(f.qop, QOP_AUTH | QOP_AUTH_INT);
    assert_true(f.stale);
    assert_true(f.userhash);
}

static void a_bare_challenge(void **state)
{
    struct digest_fields f;

    (void)state;
    assert_int_equal(digest_parse_challenge(
                         &f, SLICE("Digest realm=\"r\",nonce=\"\",stale=no")),
                     ERR_NONE);
    assert_slice(f.nonce, "");
    assert_int_equal(f.algorithm, DIGEST_MD5);
    assert_false(slice_present(f.algorithm_text));
    assert_false(slice_present(f.opaque));
    assert_int_equal(f.qop, QOP_NONE);
    assert_false(f.stale);
    assert_false(f.userhash);
}

static void what_is_no_challenge(void **state)
{
    static const struct {
        const char *text;
        int err;
    } cases[] = {
        { "", ERR_UNSUPPORTED },
        { "Basic realm=\"r\"", ERR_UNSUPPORTED },
        { "Digester realm=\"r\", nonce=\"n\"", ERR_UNSUPPORTED },
        { "Digest", ERR_PROTOCOL },
        { "Digest realm=\"r\"", ERR_PROTOCOL },
        { "Digest nonce=\"n\"", ERR_PROTOCOL },
        { "Digest realm, nonce=\"n\"", ERR_PROTOCOL },
        { "Digest ,,,=,\"", ERR_PROTOCOL },
    };
    struct digest_fields f;

    (void)state;
    for (size_t i = 0; i < array_length(cases); i++)
        assert_int_equal(digest_parse_challenge(&f, slice_str(cases[i].text)),
                         cases[i].err);
}

static void qop_tokens(void **state)
{
    static const struct {
        const char *text;
        unsigned qop;
    } cases[] = {
        { "Digest realm=r,nonce=n,qop=auth", QOP_AUTH },
        { "Digest realm=r,nonce=n,qop=\"AUTH-INT\"", QOP_AUTH_INT },
        { "Digest realm=r,nonce=n,qop=\"\"", QOP_NONE },
        { "Digest realm=r,nonce=n,qop", QOP_NONE },
        { "Digest realm=r,nonce=n,qop=\"auth-conf\"", QOP_OTHER },
        { "Digest realm=r,nonce=n,qop=\"x,auth\"", QOP_OTHER | QOP_AUTH },
    };
    struct digest_fields f;

    (void)state;
    for (size_t i = 0; i < array_length(cases); i++) {
        assert_int_equal(digest_parse_challenge(&f, slice_str(cases[i].text)),
                         ERR_NONE);
        assert_int_equal(f.qop, cases[i].qop);
    }
}

static void the_first_of_two_counts(void **state)
{
    struct digest_fields f;

    (void)state;
    assert_int_equal(
        digest_parse_challenge(
            &f, SLICE("Digest realm=\"a\", nonce=\"1\", Digest realm=\"b\","
                      " nonce=\"2\", algorithm=SHA-256")),
        ERR_NONE);
    assert_slice(f.realm, "a");
    assert_slice(f.nonce, "1");
}

static void an_answer(void **state)
{
    struct digest_fields f;

    (void)state;
    assert_int_equal(
        digest_parse_answer(
            &f, SLICE("Digest username=\"bob\", realm=\"r\", nonce=\"n\","
                      " uri=\"sip:h;a=b\", response=\"00ff\", cnonce=\"c\","
                      " qop=auth-int, nc=000000ff, algorithm=\"MD5\"")),
        ERR_NONE);
    assert_slice(f.username, "bob");
    assert_slice(f.uri, "sip:h;a=b");
    assert_slice(f.response, "00ff");
    assert_slice(f.cnonce, "c");
    assert_int_equal(f.qop, QOP_AUTH_INT);
    assert_int_equal(f.nc, 0xff);
    assert_int_equal(f.algorithm, DIGEST_MD5);
}

static void nc_is_eight_lower_case_digits(void **state)
{
    static const char *const bad[] = { "1", "0000000F", "0000000g", "000000001",
                                       "\"\"" };
    struct digest_fields f;
    struct buf text = { 0 };

    (void)state;
    for (size_t i = 0; i < array_length(bad); i++) {
        buf_clear(&text);
        buf_fmt(&text, "Digest realm=r, nonce=n, nc=%s", bad[i]);
        assert_int_equal(digest_parse_answer(&f, buf_view(&text)),
                         ERR_PROTOCOL);
    }
    buf_fini(&text);
    assert_int_equal(
        digest_parse_answer(&f, SLICE("Digest realm=r,nonce=n,nc=ffffffff")),
        ERR_NONE);
    assert_int_equal(f.nc, UINT32_MAX);
}

static void quotes_are_escaped(void **state)
{
    struct buf out = { 0 };

    (void)state;
    digest_escape(&out, SLICE("a\"b\\c d"));
    assert_slice(buf_view(&out), "a\\\"b\\\\c d");
    buf_fini(&out);
}

static void free_takes_null(void **state)
{
    (void)state;
    digest_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_7616_circle_of_life),
        cmocka_unit_test(rfc_7616_sha512_256_and_userhash),
        cmocka_unit_test(rfc_2617_example),
        cmocka_unit_test(every_algorithm_with_every_qop),
        cmocka_unit_test(an_unknown_algorithm_is_unsupported),
        cmocka_unit_test(algorithm_names),
        cmocka_unit_test(a_full_challenge),
        cmocka_unit_test(a_bare_challenge),
        cmocka_unit_test(what_is_no_challenge),
        cmocka_unit_test(qop_tokens),
        cmocka_unit_test(the_first_of_two_counts),
        cmocka_unit_test(an_answer),
        cmocka_unit_test(nc_is_eight_lower_case_digits),
        cmocka_unit_test(quotes_are_escaped),
        cmocka_unit_test(free_takes_null),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
