/* SPDX-License-Identifier: MIT */
/* Units of the server's side of authentication. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/client.h"
#include "auth/server.h"
#include "base/err.h"
#include "base/mem.h"

enum { SECOND = 1000000000, LIFETIME = 60 };

struct world {
    struct digest *digest;
    struct rng rng;
    struct auth_server *server;
    struct slice asked; /* user name that the callback was asked for */
    char username[64];  /* as the check gave it; "" if none */
};

/* One answer, as fields to be bent before it is written. */
struct answer {
    struct digest_input in;
    const char *uri;      /* as shown; NULL: as hashed */
    const char *response; /* NULL: the right one */
    const char *algorithm;
    const char *without; /* leave this parameter out */
    const char *nc;      /* as shown; NULL: as hashed */
    const char *qop;     /* likewise */
};

static int set_up(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    if (digest_new(&w->digest))
        return -1;
    rng_init(&w->rng, 7, 0);
    w->server = auth_server_new(w->digest, &w->rng, SLICE("home"),
                                (int64_t)LIFETIME * SECOND);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    auth_server_free(w->server);
    digest_free(w->digest);
    mem_free(w);
    return 0;
}

static struct slice password_of(void *arg, struct slice username)
{
    struct world *w = arg;

    w->asked = username;
    if (slice_eq(username, SLICE("alice")))
        return SLICE("secret");
    return slice_of(NULL, 0);
}

/* Gives out a nonce; 32 characters and NUL in `nonce`. */
static void challenge(struct world *w, enum digest_algorithm a, unsigned qop,
                      int64_t now, char nonce[33])
{
    struct buf value = { 0 };
    struct digest_fields f;

    auth_server_challenge(w->server, a, qop, false, now, &value);
    assert_int_equal(digest_parse_challenge(&f, buf_view(&value)), ERR_NONE);
    assert_int_equal(f.nonce.n, 32);
    memcpy(nonce, f.nonce.p, 32);
    nonce[32] = '\0';
    buf_fini(&value);
}

static struct answer right_answer(const char *nonce)
{
    return (struct answer){
        .in = {
            .username = SLICE("alice"),
            .password = SLICE("secret"),
            .realm = SLICE("home"),
            .nonce = slice_str(nonce),
            .cnonce = SLICE("cc"),
            .method = SLICE("REGISTER"),
            .uri = SLICE("sip:example.com"),
            .body = SLICE("body"),
            .algorithm = DIGEST_MD5,
            .qop = QOP_AUTH,
            .nc = 1,
        },
        .algorithm = "MD5",
    };
}

static enum auth_verdict check_lines(struct world *w, const char *lines,
                                     bool proxy, int64_t now)
{
    struct buf text = { 0 };
    struct slice username;
    struct message *m;
    enum auth_verdict verdict;

    buf_fmt(&text,
            "REGISTER sip:example.com SIP/2.0\r\n"
            "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
            "From: <sip:alice@example.com>;tag=1\r\n"
            "To: <sip:alice@example.com>\r\n"
            "Call-ID: c\r\nCSeq: 1 REGISTER\r\n%s"
            "Content-Length: 4\r\n\r\nbody",
            lines);
    assert_int_equal(message_new(&m, text.p, text.n, 0, 0), ERR_NONE);
    verdict =
        auth_server_check(w->server, m, proxy, now, password_of, w, &username);
    snprintf(w->username, sizeof(w->username), "%.*s", (int)username.n,
             username.p ? username.p : "");
    assert_int_equal(slice_present(username), w->username[0] != '\0');
    message_unref(m);
    buf_fini(&text);
    return verdict;
}

static void add(struct buf *out, const struct answer *a, const char *name,
                struct slice value)
{
    if (a->without && strcmp(a->without, name) == 0)
        return;
    buf_fmt(out, ", %s=\"%.*s\"", name, (int)value.n, value.p);
}

static void write_answer(struct world *w, const struct answer *a,
                         struct buf *out)
{
    static const char *const qops[] = { "", "auth", "auth-int" };
    char response[DIGEST_HEX_MAX] = "";
    char nc[9];

    snprintf(nc, sizeof(nc), "%08x", (unsigned)a->in.nc);
    assert_int_equal(digest_compute(w->digest, &a->in, response), ERR_NONE);
    buf_fmt(out, "Digest algorithm=%s", a->algorithm);
    add(out, a, "username", a->in.username);
    add(out, a, "realm", a->in.realm);
    add(out, a, "nonce", a->in.nonce);
    add(out, a, "uri", a->uri ? slice_str(a->uri) : a->in.uri);
    add(out, a, "response", slice_str(a->response ? a->response : response));
    if (a->in.qop != QOP_NONE) {
        add(out, a, "cnonce", a->in.cnonce);
        add(out, a, "nc", slice_str(a->nc ? a->nc : nc));
        add(out, a, "qop", slice_str(a->qop ? a->qop : qops[a->in.qop]));
    }
}

static enum auth_verdict check(struct world *w, const struct answer *a,
                               int64_t now)
{
    struct buf line = { 0 };
    enum auth_verdict verdict;

    buf_lit(&line, "Authorization: ");
    write_answer(w, a, &line);
    buf_lit(&line, "\r\n");
    buf_char(&line, '\0');
    verdict = check_lines(w, line.p, false, now);
    buf_fini(&line);
    return verdict;
}

static void a_challenge_as_text(void **state)
{
    struct world *w = *state;
    struct digest_fields f;
    struct buf value = { 0 };

    auth_server_challenge(w->server, DIGEST_SHA256_SESS,
                          QOP_AUTH | QOP_AUTH_INT, true, 0, &value);
    assert_int_equal(digest_parse_challenge(&f, buf_view(&value)), ERR_NONE);
    assert_true(slice_eq(f.realm, SLICE("home")));
    assert_int_equal(f.algorithm, DIGEST_SHA256_SESS);
    assert_int_equal(f.qop, QOP_AUTH | QOP_AUTH_INT);
    assert_true(f.stale);
    assert_true(slice_ieq(f.algorithm_text, SLICE("SHA-256-sess")));

    buf_clear(&value);
    auth_server_challenge(w->server, DIGEST_MD5, QOP_NONE, false, 0, &value);
    buf_char(&value, '\0');
    assert_null(strstr(value.p, "qop"));
    assert_null(strstr(value.p, "stale"));
    buf_fini(&value);
}

static void a_right_answer(void **state)
{
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    a = right_answer(nonce);
    assert_int_equal(check(w, &a, 0), AUTH_OK);
    assert_string_equal(w->username, "alice");
}

static void every_algorithm_and_qop(void **state)
{
    struct world *w = *state;
    char nonce[33];

    for (unsigned i = DIGEST_MD5; i <= DIGEST_SHA512_256_SESS; i++) {
        for (unsigned qop = QOP_NONE; qop <= QOP_AUTH_INT; qop++) {
            enum digest_algorithm algorithm = (enum digest_algorithm)i;
            struct answer a;

            challenge(w, algorithm, qop, 0, nonce);
            a = right_answer(nonce);
            a.in.algorithm = algorithm;
            a.algorithm = digest_algorithm_name(algorithm);
            a.in.qop = (enum digest_qop)qop;
            if (qop == QOP_NONE)
                a.in.cnonce = slice_of(NULL, 0);
            assert_int_equal(check(w, &a, 0), AUTH_OK);
        }
    }
}

static void no_answer_for_our_realm(void **state)
{
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    assert_int_equal(check_lines(w, "", false, 0), AUTH_NONE);
    assert_int_equal(check_lines(w, "Authorization: Basic YTpi\r\n", false, 0),
                     AUTH_NONE);
    a = right_answer(nonce);
    a.in.realm = SLICE("elsewhere");
    assert_int_equal(check(w, &a, 0), AUTH_NONE);
    a = right_answer(nonce);
    a.in.realm = SLICE("Home");
    assert_int_equal(check(w, &a, 0), AUTH_NONE);
    assert_string_equal(w->username, "");
}

static void each_kind_has_its_header(void **state)
{
    struct world *w = *state;
    struct buf line = { 0 };
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    a = right_answer(nonce);
    buf_lit(&line, "Proxy-Authorization: ");
    write_answer(w, &a, &line);
    buf_lit(&line, "\r\n");
    buf_char(&line, '\0');
    assert_int_equal(check_lines(w, line.p, false, 0), AUTH_NONE);
    assert_int_equal(check_lines(w, line.p, true, 0), AUTH_OK);
    buf_fini(&line);
}

static void our_realm_is_found_among_others(void **state)
{
    struct world *w = *state;
    struct buf lines = { 0 };
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    a = right_answer(nonce);
    a.in.realm = SLICE("other");
    buf_lit(&lines, "Authorization: Digest nonsense\r\nAuthorization: ");
    write_answer(w, &a, &lines);
    buf_lit(&lines, "\r\nAuthorization: ");
    a.in.realm = SLICE("home");
    write_answer(w, &a, &lines);
    buf_lit(&lines, "\r\n");
    buf_char(&lines, '\0');
    assert_int_equal(check_lines(w, lines.p, false, 0), AUTH_OK);
    buf_fini(&lines);
}

static void wrong_ones(void **state)
{
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH | QOP_AUTH_INT, 0, nonce);
    a = right_answer(nonce);
    a.in.password = SLICE("guess");
    assert_int_equal(check(w, &a, 0), AUTH_WRONG);
    assert_string_equal(w->username, "alice");

    a = right_answer(nonce);
    a.in.username = SLICE("mallory");
    assert_int_equal(check(w, &a, 0), AUTH_WRONG);
    assert_string_equal(w->username, "mallory");

    a = right_answer(nonce);
    a.in.method = SLICE("INVITE");
    assert_int_equal(check(w, &a, 0), AUTH_WRONG);

    a = right_answer(nonce);
    a.in.qop = QOP_AUTH_INT;
    a.in.body = SLICE("Body");
    assert_int_equal(check(w, &a, 0), AUTH_WRONG);

    a = right_answer(nonce);
    a.response = "";
    assert_int_equal(check(w, &a, 0), AUTH_WRONG);

    /* A wrong answer does not use up its nc. */
    a = right_answer(nonce);
    assert_int_equal(check(w, &a, 0), AUTH_OK);
}

static void broken_ones(void **state)
{
    static const char *const parts[] = { "username", "realm",  "nonce", "uri",
                                         "response", "cnonce", "nc" };
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    for (size_t i = 0; i < array_length(parts); i++) {
        a = right_answer(nonce);
        a.without = parts[i];
        assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
    }
    a = right_answer(nonce);
    a.algorithm = "SHA-1";
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
    a = right_answer(nonce);
    a.nc = "1";
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
    a = right_answer(nonce);
    a.in.nc = 0;
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
    a = right_answer(nonce);
    a.qop = "auth,auth-int";
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
    a = right_answer(nonce);
    a.qop = "auth-conf";
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
}

static void what_was_not_offered_is_broken(void **state)
{
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_SHA256, QOP_AUTH, 0, nonce);
    a = right_answer(nonce);
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    a = right_answer(nonce);
    a.in.qop = QOP_AUTH_INT;
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
    a = right_answer(nonce);
    a.in.qop = QOP_NONE;
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);

    challenge(w, DIGEST_MD5, QOP_NONE, 0, nonce);
    a = right_answer(nonce);
    assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
}

static void the_uri_is_the_request_uri(void **state)
{
    static const char *const others[] = {
        "sip:example.org",
        "sip:example.com;lr",
        "sip:alice@example.com",
        "sips:example.com",
        "Sip:example.com",
        "*",
        "",
    };
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    for (size_t i = 0; i < array_length(others); i++) {
        a = right_answer(nonce);
        a.in.uri = slice_str(others[i]);
        assert_int_equal(check(w, &a, 0), AUTH_BROKEN);
    }
    a = right_answer(nonce);
    a.in.uri = SLICE("sip:EXAMPLE.com");
    assert_int_equal(check(w, &a, 0), AUTH_OK);
}

static void an_unknown_nonce_is_stale(void **state)
{
    struct world *w = *state;
    struct answer a = right_answer("never given out");

    assert_int_equal(check(w, &a, 0), AUTH_STALE);
    a.in.password = SLICE("guess");
    assert_int_equal(check(w, &a, 0), AUTH_WRONG);
}

static void a_nonce_has_its_time(void **state)
{
    struct world *w = *state;
    int64_t end = (int64_t)LIFETIME * SECOND + 5;
    char nonce[33], newer[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 5, nonce);
    a = right_answer(nonce);
    assert_int_equal(check(w, &a, end - 1), AUTH_OK);
    a.in.nc = 2;
    assert_int_equal(check(w, &a, end), AUTH_STALE);
    /* The next challenge forgets it. */
    challenge(w, DIGEST_MD5, QOP_AUTH, end, newer);
    assert_int_equal(check(w, &a, end), AUTH_STALE);
    a = right_answer(newer);
    assert_int_equal(check(w, &a, end), AUTH_OK);
}

static void a_replay_is_stale(void **state)
{
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    a = right_answer(nonce);
    assert_int_equal(check(w, &a, 0), AUTH_OK);
    assert_int_equal(check(w, &a, 0), AUTH_STALE);
    a.in.nc = 2;
    assert_int_equal(check(w, &a, 0), AUTH_OK);
    a.in.nc = 1;
    assert_int_equal(check(w, &a, 0), AUTH_STALE);
}

static void counts_may_overtake_each_other(void **state)
{
    static const struct {
        uint32_t nc;
        enum auth_verdict wanted;
    } steps[] = {
        { 10, AUTH_OK },
        { 9, AUTH_OK },
        { 9, AUTH_STALE },
        { 73, AUTH_OK },
        { 10, AUTH_STALE },
        { 11, AUTH_OK },
        { 11, AUTH_STALE },
        { 8, AUTH_STALE },
        { 200, AUTH_OK },
        { 137, AUTH_OK },
        { 136, AUTH_STALE },
        { 73, AUTH_STALE },
        { UINT32_MAX, AUTH_OK },
        { UINT32_MAX, AUTH_STALE },
        { UINT32_MAX - 1, AUTH_OK },
    };
    struct world *w = *state;
    char nonce[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, nonce);
    a = right_answer(nonce);
    for (size_t i = 0; i < array_length(steps); i++) {
        a.in.nc = steps[i].nc;
        assert_int_equal(check(w, &a, 0), steps[i].wanted);
    }
}

static void the_oldest_nonce_goes_first(void **state)
{
    struct world *w = *state;
    char first[33], second[33], other[33];
    struct answer a;

    challenge(w, DIGEST_MD5, QOP_AUTH, 0, first);
    challenge(w, DIGEST_MD5, QOP_AUTH, 0, second);
    for (int i = 0; i < 4095; i++)
        challenge(w, DIGEST_MD5, QOP_AUTH, 0, other);
    a = right_answer(first);
    assert_int_equal(check(w, &a, 0), AUTH_STALE);
    a = right_answer(second);
    assert_int_equal(check(w, &a, 0), AUTH_OK);
    a = right_answer(other);
    assert_int_equal(check(w, &a, 0), AUTH_OK);
}

static void a_realm_with_quotes(void **state)
{
    struct world *w = *state;
    struct auth_server *s =
        auth_server_new(w->digest, &w->rng, SLICE("a \"b\""), INT64_MAX);
    struct buf value = { 0 };
    struct digest_fields f;

    auth_server_challenge(s, DIGEST_MD5, QOP_AUTH, false, 7, &value);
    assert_int_equal(digest_parse_challenge(&f, buf_view(&value)), ERR_NONE);
    assert_true(slice_eq(f.realm, SLICE("a \\\"b\\\"")));
    buf_fini(&value);
    auth_server_free(s);
    auth_server_free(NULL);
}

/* Our client against our server: challenge in, accepted answer out. */
static void client_and_server_agree(void **state)
{
    struct world *w = *state;
    struct auth_cache *cache = auth_cache_new(w->digest, &w->rng);
    struct auth_attempt attempt = { 0 };
    struct auth_request request = {
        .username = SLICE("alice"),
        .password = SLICE("secret"),
        .method = SLICE("REGISTER"),
        .uri = SLICE("sip:example.com"),
        .body = SLICE("body"),
    };
    struct buf text = { 0 }, lines = { 0 };
    struct message *m;

    buf_lit(&text, "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: ");
    auth_server_challenge(w->server, DIGEST_SHA512_256_SESS, QOP_AUTH_INT,
                          false, 0, &text);
    buf_lit(&text, "\r\nCSeq: 1 REGISTER\r\n\r\n");
    assert_int_equal(message_new(&m, text.p, text.n, 0, 0), ERR_NONE);
    assert_int_equal(auth_answer(cache, &attempt, m, &request, &lines),
                     ERR_NONE);
    message_unref(m);
    buf_char(&lines, '\0');
    assert_int_equal(check_lines(w, lines.p, false, 1), AUTH_OK);
    assert_int_equal(check_lines(w, lines.p, false, 1), AUTH_STALE);
    buf_clear(&lines);
    auth_preempt(cache, &request, &lines);
    buf_char(&lines, '\0');
    assert_int_equal(check_lines(w, lines.p, false, 1), AUTH_OK);
    auth_attempt_fini(&attempt);
    auth_cache_free(cache);
    buf_fini(&text);
    buf_fini(&lines);
}

#define unit(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(a_challenge_as_text),
        unit(a_right_answer),
        unit(every_algorithm_and_qop),
        unit(no_answer_for_our_realm),
        unit(each_kind_has_its_header),
        unit(our_realm_is_found_among_others),
        unit(wrong_ones),
        unit(broken_ones),
        unit(what_was_not_offered_is_broken),
        unit(the_uri_is_the_request_uri),
        unit(an_unknown_nonce_is_stale),
        unit(a_nonce_has_its_time),
        unit(a_replay_is_stale),
        unit(counts_may_overtake_each_other),
        unit(the_oldest_nonce_goes_first),
        unit(a_realm_with_quotes),
        unit(client_and_server_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
