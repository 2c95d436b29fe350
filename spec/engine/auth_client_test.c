/* SPDX-License-Identifier: MIT */
/* Units of the client's side of authentication. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth/client.h"
#include "base/err.h"
#include "base/mem.h"

struct world {
    struct digest *digest;
    struct rng rng;
    struct auth_cache *cache;
    struct auth_attempt attempt;
    struct buf lines; /* NUL-terminated after each call */
};

static const struct auth_request request = {
    .username = { "alice", 5 },
    .password = { "secret", 6 },
    .method = { "REGISTER", 8 },
    .uri = { "sip:example.com", 15 },
    .body = { "v=0\r\n", 5 },
    .hop = { "192.0.2.1:5060", 14 },
    .call_id = { "one", 3 },
};

static int set_up(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    if (digest_new(&w->digest))
        return -1;
    rng_init(&w->rng, 1, 0);
    w->cache = auth_cache_new(w->digest, &w->rng);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    auth_attempt_fini(&w->attempt);
    auth_cache_free(w->cache);
    digest_free(w->digest);
    buf_fini(&w->lines);
    mem_free(w);
    return 0;
}

static void terminate(struct world *w)
{
    buf_char(&w->lines, '\0');
    w->lines.n--;
}

/* Feeds a response with these header lines; w->lines is what came of it. */
static int answer_as(struct world *w, const struct auth_request *r,
                     const char *status, const char *headers)
{
    struct buf text = { 0 };
    struct message *m;
    int err;

    buf_fmt(&text,
            "SIP/2.0 %s\r\n"
            "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
            "From: <sip:alice@example.com>;tag=1\r\n"
            "To: <sip:alice@example.com>;tag=2\r\n"
            "Call-ID: c\r\nCSeq: 1 REGISTER\r\n%s"
            "Content-Length: 0\r\n\r\n",
            status, headers);
    assert_int_equal(message_new(&m, text.p, text.n, 0, 0), ERR_NONE);
    buf_clear(&w->lines);
    err = auth_answer(w->cache, &w->attempt, m, r, &w->lines);
    terminate(w);
    message_unref(m);
    buf_fini(&text);
    if (err)
        assert_int_equal(w->lines.n, 0);
    return err;
}

static int answer(struct world *w, const char *status, const char *headers)
{
    return answer_as(w, &request, status, headers);
}

static void preempt(struct world *w)
{
    buf_clear(&w->lines);
    auth_preempt(w->cache, &request, &w->lines);
    terminate(w);
}

static void new_request(struct world *w)
{
    auth_attempt_fini(&w->attempt);
    w->attempt = (struct auth_attempt){ 0 };
}

static bool has(const struct world *w, const char *text)
{
    return strstr(w->lines.p, text) != NULL;
}

static unsigned count(const struct world *w, const char *text)
{
    unsigned n = 0;

    for (const char *p = w->lines.p; (p = strstr(p, text)); p++)
        n++;
    return n;
}

/* The line with this index as answer fields. */
static void parse_line(const struct world *w, unsigned index,
                       struct digest_fields *f)
{
    const char *p = w->lines.p;
    const char *colon, *end;

    while (index--)
        p = strstr(p, "\r\n") + 2;
    colon = strchr(p, ':');
    end = strstr(p, "\r\n");
    assert_int_equal(
        digest_parse_answer(f, slice_of(colon + 1, (size_t)(end - colon - 1))),
        ERR_NONE);
}

/* Is the response of a line right for this request? */
static void assert_right(struct world *w, unsigned index,
                         const struct auth_request *r)
{
    char wanted[DIGEST_HEX_MAX];
    struct digest_fields f;

    parse_line(w, index, &f);
    struct digest_input in = {
        .username = r->username,
        .password = r->password,
        .realm = f.realm,
        .nonce = f.nonce,
        .cnonce = f.cnonce,
        .method = r->method,
        .uri = r->uri,
        .body = r->body,
        .algorithm = f.algorithm,
        .qop = (enum digest_qop)f.qop,
        .nc = f.nc,
    };
    assert_int_equal(digest_compute(w->digest, &in, wanted), ERR_NONE);
    assert_int_equal(f.response.n, strlen(wanted));
    assert_memory_equal(f.response.p, wanted, f.response.n);
}

#define PLAIN "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n1\"\r\n"
#define CHALLENGE(realm, nonce) \
    "Digest realm=\"" realm "\", nonce=\"" nonce "\", qop=\"auth\"\r\n"
#define WWW(realm, nonce) "WWW-Authenticate: " CHALLENGE(realm, nonce)
#define PROXY(realm, nonce) "Proxy-Authenticate: " CHALLENGE(realm, nonce)
#define STALE(realm, nonce)                                                    \
    "WWW-Authenticate: Digest stale=true, realm=\"" realm "\", nonce=\"" nonce \
    "\", qop=\"auth\"\r\n"

static void without_qop_the_line_is_rfc_2069(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized", PLAIN), ERR_NONE);
    assert_string_equal(
        w->lines.p,
        "Authorization: Digest username=\"alice\", realm=\"example.com\", "
        "nonce=\"n1\", uri=\"sip:example.com\", "
        "response=\"bce9c34312ea6cab40c3511fe8197611\"\r\n");
    assert_int_equal(w->attempt.rounds, 1);
}

static void a_full_line(void **state)
{
    struct world *w = *state;
    struct digest_fields f;
    struct buf wanted = { 0 };

    assert_int_equal(
        answer(w, "407 Proxy Authentication Required",
               "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\", "
               "opaque=\"\", algorithm=sha-256, qop=\"auth-int,auth\"\r\n"),
        ERR_NONE);
    parse_line(w, 0, &f);
    assert_true(f.cnonce.n >= 8);
    buf_fmt(&wanted,
            "Proxy-Authorization: Digest username=\"alice\", realm=\"r\", "
            "nonce=\"n\", uri=\"sip:example.com\", response=\"%.*s\", "
            "algorithm=sha-256, cnonce=\"%.*s\", opaque=\"\", qop=auth, "
            "nc=00000001\r\n",
            (int)f.response.n, f.response.p, (int)f.cnonce.n, f.cnonce.p);
    assert_int_equal(wanted.n, w->lines.n);
    assert_memory_equal(wanted.p, w->lines.p, wanted.n);
    buf_fini(&wanted);
    assert_right(w, 0, &request);
}

static void auth_int_where_nothing_else_is_offered(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized",
                            "WWW-Authenticate: Digest realm=\"r\", "
                            "nonce=\"n\", qop=\"auth-int\"\r\n"),
                     ERR_NONE);
    assert_true(has(w, ", qop=auth-int, nc=00000001\r\n"));
    assert_right(w, 0, &request);
}

static void a_session_has_a_cnonce_even_without_qop(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized",
                            "WWW-Authenticate: Digest realm=\"r\", "
                            "nonce=\"n\", algorithm=MD5-sess\r\n"),
                     ERR_NONE);
    assert_true(has(w, ", cnonce=\""));
    assert_false(has(w, "nc="));
    assert_right(w, 0, &request);
}

static void a_session_keeps_its_cnonce(void **state)
{
    struct world *w = *state;
    struct digest_fields f;
    struct buf first = { 0 };

    assert_int_equal(
        answer(w, "401 Unauthorized",
               "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
               "qop=\"auth\", algorithm=SHA-256-sess\r\n"),
        ERR_NONE);
    parse_line(w, 0, &f);
    buf_slice(&first, f.cnonce);
    preempt(w);
    parse_line(w, 0, &f);
    assert_true(slice_eq(buf_view(&first), f.cnonce));
    assert_int_equal(f.nc, 2);
    assert_right(w, 0, &request);
    buf_fini(&first);
}

static void a_user_name_is_hashed_on_demand(void **state)
{
    struct world *w = *state;
    struct digest_fields f;

    assert_int_equal(answer(w, "401 Unauthorized",
                            "WWW-Authenticate: Digest realm=\"example.com\", "
                            "nonce=\"n\", qop=\"auth\", algorithm=SHA-256, "
                            "userhash=true\r\n"),
                     ERR_NONE);
    parse_line(w, 0, &f);
    assert_true(f.userhash);
    assert_true(slice_eq(
        f.username, SLICE("182821e63518db2dd774c82f8142291d0376025311d4a5988d6"
                          "1e5a5dfafbbde")));
    assert_right(w, 0, &request);
}

static void a_user_name_is_escaped(void **state)
{
    struct world *w = *state;
    struct auth_request odd = request;

    odd.username = SLICE("a\"b\\c");
    assert_int_equal(answer_as(w, &odd, "401 Unauthorized", PLAIN), ERR_NONE);
    assert_true(has(w, "username=\"a\\\"b\\\\c\""));
    assert_true(has(w, "response=\"79f2b099453010364dd4274eac3ba64c\""));
}

static void no_challenge_is_not_found(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized", ""), ERR_NOT_FOUND);
    /* The other status's header does not count. */
    assert_int_equal(answer(w, "401 Unauthorized", PROXY("r", "n")),
                     ERR_NOT_FOUND);
    assert_int_equal(answer(w, "407 Proxy", WWW("r", "n")), ERR_NOT_FOUND);
    assert_int_equal(w->attempt.rounds, 0);
}

static void unusable_challenges_are_unsupported(void **state)
{
    struct world *w = *state;

    assert_int_equal(
        answer(w, "401 Unauthorized",
               "WWW-Authenticate: Basic realm=\"r\"\r\n"
               "WWW-Authenticate: Digest realm=\"r\"\r\n"
               "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
               "algorithm=AKAv1-MD5\r\n"
               "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
               "qop=\"auth-conf\"\r\n"),
        ERR_UNSUPPORTED);
    assert_int_equal(w->attempt.rounds, 0);
    preempt(w);
    assert_int_equal(w->lines.n, 0);
}

static void the_first_usable_challenge_of_a_realm(void **state)
{
    struct world *w = *state;

    assert_int_equal(
        answer(w, "401 Unauthorized",
               "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", "
               "algorithm=SHA-3, qop=\"auth\"\r\n"
               "WWW-Authenticate: Digest realm=\"r\", nonce=\"2\", "
               "algorithm=SHA-256, qop=\"auth\"\r\n"
               "WWW-Authenticate: Digest realm=\"r\", nonce=\"3\", "
               "algorithm=MD5, qop=\"auth\"\r\n"),
        ERR_NONE);
    assert_int_equal(count(w, "Authorization: "), 1);
    assert_true(has(w, "nonce=\"2\""));
    assert_true(has(w, "algorithm=SHA-256,"));
}

static void one_answer_for_each_realm(void **state)
{
    struct world *w = *state;

    assert_int_equal(
        answer(w, "407 Proxy", PROXY("a", "1") PROXY("b", "2") PROXY("a", "3")),
        ERR_NONE);
    assert_int_equal(count(w, "Proxy-Authorization: "), 2);
    assert_true(strstr(w->lines.p, "realm=\"a\", nonce=\"1\"") <
                strstr(w->lines.p, "realm=\"b\", nonce=\"2\""));
    assert_right(w, 0, &request);
    assert_right(w, 1, &request);
}

static void a_401_after_a_407_carries_both(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "407 Proxy", PROXY("r", "p")), ERR_NONE);
    assert_true(has(w, "nc=00000001"));
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "w")), ERR_NONE);
    assert_int_equal(w->attempt.rounds, 2);
    assert_int_equal(count(w, "\r\n"), 2);
    assert_int_equal(strncmp(w->lines.p, "Proxy-Authorization: ", 21), 0);
    assert_true(has(w, "\r\nAuthorization: "));
    assert_int_equal(count(w, "nc=00000002"), 1);
    assert_int_equal(count(w, "nc=00000001"), 1);
    assert_right(w, 0, &request);
    assert_right(w, 1, &request);
}

static void a_second_challenge_of_a_realm_is_denied(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "1")), ERR_NONE);
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "2")), ERR_DENIED);
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "2")), ERR_DENIED);
    assert_int_equal(answer(w, "401 Unauthorized", STALE("r", "3")),
                     ERR_DENIED);
    assert_int_equal(w->attempt.rounds, 1);
}

static void one_stale_nonce_is_forgiven(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "1")), ERR_NONE);
    assert_int_equal(answer(w, "401 Unauthorized", STALE("r", "2")), ERR_NONE);
    assert_true(has(w, "nonce=\"2\""));
    assert_true(has(w, "nc=00000001"));
    assert_int_equal(answer(w, "401 Unauthorized", STALE("r", "3")),
                     ERR_DENIED);
}

static void stale_with_the_same_nonce_is_denied(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "1")), ERR_NONE);
    assert_int_equal(answer(w, "401 Unauthorized", STALE("r", "1")),
                     ERR_DENIED);
}

static void a_new_realm_goes_on_without_the_refused_one(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "407 Proxy", PROXY("a", "1")), ERR_NONE);
    assert_int_equal(answer(w, "407 Proxy", PROXY("a", "2") PROXY("b", "3")),
                     ERR_NONE);
    assert_int_equal(count(w, "\r\n"), 1);
    assert_true(has(w, "realm=\"b\""));
}

static void a_server_with_ever_new_realms_is_left(void **state)
{
    struct world *w = *state;
    char header[80];

    for (int i = 0; i < 10; i++) {
        snprintf(header, sizeof(header),
                 "WWW-Authenticate: Digest realm=\"%d\", nonce=\"n\"\r\n", i);
        assert_int_equal(answer(w, "401 Unauthorized", header), ERR_NONE);
    }
    assert_int_equal(count(w, "\r\n"), 10);
    assert_int_equal(answer(w, "401 Unauthorized", WWW("last", "n")),
                     ERR_DENIED);
    assert_int_equal(w->attempt.rounds, 10);
}

static void nc_grows_with_each_use_of_a_nonce(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "1")), ERR_NONE);
    preempt(w);
    assert_true(has(w, "nonce=\"1\""));
    assert_true(has(w, "nc=00000002"));
    /* Another request of the same agent, same nonce: it goes on. */
    new_request(w);
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "1")), ERR_NONE);
    assert_true(has(w, "nc=00000003"));
    assert_right(w, 0, &request);
    /* A new nonce starts anew. */
    new_request(w);
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "2")), ERR_NONE);
    assert_true(has(w, "nc=00000001"));
}

static void refused_ahead_of_a_challenge_may_be_tried_once(void **state)
{
    struct world *w = *state;

    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "1")), ERR_NONE);
    new_request(w);
    preempt(w);
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "2")), ERR_NONE);
    assert_true(has(w, "nonce=\"2\""));
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "3")), ERR_DENIED);
}

static void an_empty_cache_answers_nothing_ahead(void **state)
{
    struct world *w = *state;

    preempt(w);
    assert_int_equal(w->lines.n, 0);
    assert_int_equal(answer(w, "401 Unauthorized", WWW("r", "1")), ERR_NONE);
    assert_int_equal(answer(w, "407 Proxy", PROXY("r", "2")), ERR_NONE);
    preempt(w);
    assert_int_equal(count(w, "\r\n"), 2);
    auth_cache_clear(w->cache);
    preempt(w);
    assert_int_equal(w->lines.n, 0);
}

/* Which of the two realms, the server's w and the proxy's p, are answered. */
static const char *ahead(struct world *w, const struct auth_request *r)
{
    buf_clear(&w->lines);
    auth_preempt(w->cache, r, &w->lines);
    terminate(w);
    if (has(w, "realm=\"w\""))
        return has(w, "realm=\"p\"") ? "both" : "server";
    return has(w, "realm=\"p\"") ? "proxy" : "none";
}

static void realms_are_answered_ahead_only_where_they_were_met(void **state)
{
    struct world *w = *state;
    struct auth_request r = request;

    assert_int_equal(answer(w, "401 Unauthorized", WWW("w", "1")), ERR_NONE);
    assert_int_equal(answer(w, "407 Proxy", PROXY("p", "2")), ERR_NONE);
    assert_string_equal(ahead(w, &r), "both");
    r.call_id = SLICE("two");
    assert_string_equal(ahead(w, &r), "both");
    r.uri = SLICE("sip:carol@EXAMPLE.com;lr?a=b");
    assert_string_equal(ahead(w, &r), "both");
    r.uri = SLICE("sip:example.com:5070");
    assert_string_equal(ahead(w, &r), "proxy");
    r.hop = SLICE("192.0.2.2:5060");
    assert_string_equal(ahead(w, &r), "none");
    r.uri = request.uri;
    assert_string_equal(ahead(w, &r), "server");
    r.uri = SLICE("tel:123");
    r.call_id = request.call_id;
    assert_string_equal(ahead(w, &r), "both");
}

static void the_oldest_realm_goes_first(void **state)
{
    struct world *w = *state;
    char header[80];

    for (int i = 0; i < 65; i++) {
        snprintf(header, sizeof(header),
                 "WWW-Authenticate: Digest realm=\"r%d\", nonce=\"n\"\r\n", i);
        new_request(w);
        assert_int_equal(answer(w, "401 Unauthorized", header), ERR_NONE);
    }
    preempt(w);
    assert_int_equal(count(w, "\r\n"), 64);
    assert_false(has(w, "realm=\"r0\""));
    assert_true(has(w, "realm=\"r1\""));
    assert_true(has(w, "realm=\"r64\""));
}

static void a_flood_of_realms_is_bounded(void **state)
{
    struct world *w = *state;
    struct buf headers = { 0 };

    for (int i = 0; i < 500; i++)
        buf_fmt(&headers,
                "WWW-Authenticate: Digest realm=\"r%d\", nonce=\"n\"\r\n", i);
    buf_char(&headers, '\0');
    assert_int_equal(answer(w, "401 Unauthorized", headers.p), ERR_NONE);
    assert_true(count(w, "\r\n") <= 64);
    preempt(w);
    assert_int_equal(count(w, "\r\n"), 64);
    buf_fini(&headers);
}

static void free_takes_null_and_fini_an_unused_one(void **state)
{
    struct auth_attempt unused = { 0 };

    (void)state;
    auth_cache_free(NULL);
    auth_attempt_fini(&unused);
}

#define unit(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(without_qop_the_line_is_rfc_2069),
        unit(a_full_line),
        unit(auth_int_where_nothing_else_is_offered),
        unit(a_session_has_a_cnonce_even_without_qop),
        unit(a_session_keeps_its_cnonce),
        unit(a_user_name_is_hashed_on_demand),
        unit(a_user_name_is_escaped),
        unit(no_challenge_is_not_found),
        unit(unusable_challenges_are_unsupported),
        unit(the_first_usable_challenge_of_a_realm),
        unit(one_answer_for_each_realm),
        unit(a_401_after_a_407_carries_both),
        unit(a_second_challenge_of_a_realm_is_denied),
        unit(one_stale_nonce_is_forgiven),
        unit(stale_with_the_same_nonce_is_denied),
        unit(a_new_realm_goes_on_without_the_refused_one),
        unit(a_server_with_ever_new_realms_is_left),
        unit(nc_grows_with_each_use_of_a_nonce),
        unit(refused_ahead_of_a_challenge_may_be_tried_once),
        unit(an_empty_cache_answers_nothing_ahead),
        unit(realms_are_answered_ahead_only_where_they_were_met),
        unit(the_oldest_realm_goes_first),
        unit(a_flood_of_realms_is_bounded),
        unit(free_takes_null_and_fini_an_unused_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
