/* SPDX-License-Identifier: MIT */
/* Making challenges and checking answers. */
#include "auth/server.h"

#include "auth/nonces.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

struct auth_server {
    struct digest *digest;
    struct nonces nonces;
    struct buf realm; /* as it stands between the quotes */
    int64_t lifetime;
};

struct auth_server *auth_server_new(struct digest *d, struct rng *rng,
                                    struct slice realm, int64_t lifetime)
{
    struct auth_server *s = mem_zalloc(sizeof(*s));

    s->digest = d;
    s->lifetime = lifetime;
    digest_escape(&s->realm, realm);
    nonces_init(&s->nonces, rng);
    return s;
}

struct slice auth_server_realm(const struct auth_server *s)
{
    return buf_view(&s->realm);
}

void auth_server_free(struct auth_server *s)
{
    if (!s)
        return;
    nonces_fini(&s->nonces);
    buf_fini(&s->realm);
    mem_free(s);
}

void auth_server_challenge(struct auth_server *s,
                           enum digest_algorithm algorithm, unsigned qop,
                           bool stale, int64_t now, struct buf *value)
{
    struct nonce *n = nonces_make(&s->nonces, now, s->lifetime);

    n->algorithm = algorithm;
    n->qop = qop & (QOP_AUTH | QOP_AUTH_INT);
    buf_lit(value, "Digest realm=\"");
    buf_slice(value, buf_view(&s->realm));
    buf_lit(value, "\", nonce=\"");
    buf_add(value, n->text, NONCE_LENGTH);
    buf_fmt(value, "\", algorithm=%s", digest_algorithm_name(algorithm));
    if (n->qop)
        buf_fmt(value, ", qop=\"%s%s%s\"", n->qop & QOP_AUTH ? "auth" : "",
                n->qop == (QOP_AUTH | QOP_AUTH_INT) ? "," : "",
                n->qop & QOP_AUTH_INT ? "auth-int" : "");
    if (stale)
        buf_lit(value, ", stale=true");
}

/*
 * AUTH_OK when there is an answer for our realm. One that is no Digest is
 * nobody's; one that cannot be read could be ours.
 */
static enum auth_verdict find_answer(const struct auth_server *s,
                                     const struct message *request, bool proxy,
                                     struct digest_fields *out)
{
    struct slice name =
        proxy ? SLICE("Proxy-Authorization") : SLICE("Authorization");
    enum auth_verdict missing = AUTH_NONE;
    struct header_cursor cursor = { 0 };
    struct slice value;

    while (header_each(request->w.headers, name, &cursor, &value)) {
        int err = digest_parse_answer(out, value);

        if (err == ERR_PROTOCOL)
            missing = AUTH_BROKEN;
        else if (!err && slice_eq(out->realm, buf_view(&s->realm)))
            return AUTH_OK;
    }
    return missing;
}

/* The same, where the host may differ in case. */
static bool same_uri(struct slice a, struct slice b)
{
    struct wire_uri ua, ub;
    size_t before, after;

    if (slice_eq(a, b))
        return true;
    if (a.n != b.n || wire_uri_split(a, &ua) || wire_uri_split(b, &ub))
        return false;
    if (!slice_present(ua.host) || !slice_present(ub.host))
        return false;
    before = (size_t)(ua.host.p - a.p);
    after = before + ua.host.n;
    return before == (size_t)(ub.host.p - b.p) &&
           slice_eq(slice_of(a.p, before), slice_of(b.p, before)) &&
           slice_ieq(ua.host, ub.host) &&
           slice_eq(slice_of(a.p + after, a.n - after),
                    slice_of(b.p + after, b.n - after));
}

static bool well_formed(const struct auth_server *s,
                        const struct digest_fields *f,
                        const struct message *request)
{
    if (!slice_present(f->username) || !slice_present(f->uri) ||
        !slice_present(f->response))
        return false;
    if (!digest_supports(s->digest, f->algorithm))
        return false;
    if (f->qop != QOP_NONE && f->qop != QOP_AUTH && f->qop != QOP_AUTH_INT)
        return false;
    if (f->qop != QOP_NONE && (f->nc == 0 || !slice_present(f->cnonce)))
        return false;
    return same_uri(f->uri, request->w.uri);
}

static bool hash_fits(struct auth_server *s, const struct digest_fields *f,
                      const struct message *request, struct slice password)
{
    char expected[DIGEST_HEX_MAX];
    struct digest_input in = {
        .username = f->username,
        .password = password,
        .realm = f->realm,
        .nonce = f->nonce,
        .cnonce = f->cnonce,
        .method = request->w.method_name,
        .uri = f->uri,
        .body = request->w.body,
        .algorithm = f->algorithm,
        .qop = (enum digest_qop)f->qop,
        .nc = f->nc,
    };

    return digest_compute(s->digest, &in, expected) == ERR_NONE &&
           slice_eq(slice_str(expected), f->response);
}

/* The answer is right; is its nonce? */
static enum auth_verdict check_nonce(struct auth_server *s,
                                     const struct digest_fields *f, int64_t now)
{
    struct nonce *n = nonces_find(&s->nonces, f->nonce, now);

    if (!n)
        return AUTH_STALE;
    if (f->algorithm != n->algorithm ||
        (n->qop ? !(f->qop & n->qop) : f->qop != QOP_NONE))
        return AUTH_BROKEN;
    if (f->qop != QOP_NONE && !nonce_count(n, f->nc))
        return AUTH_STALE;
    return AUTH_OK;
}

enum auth_verdict
auth_server_check(struct auth_server *s, const struct message *request,
                  bool proxy, int64_t now,
                  struct slice (*password)(void *arg, struct slice username),
                  void *arg, struct slice *username)
{
    struct digest_fields f;
    struct slice secret;
    enum auth_verdict found;

    *username = slice_of(NULL, 0);
    found = find_answer(s, request, proxy, &f);
    if (found != AUTH_OK)
        return found;
    *username = f.username;
    if (!well_formed(s, &f, request))
        return AUTH_BROKEN;
    secret = password(arg, f.username);
    if (!slice_present(secret) || !hash_fits(s, &f, request, secret))
        return AUTH_WRONG;
    return check_nonce(s, &f, now);
}
