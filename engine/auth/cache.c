/* SPDX-License-Identifier: MIT */
/* What a client knows of realms, and the answers written from it. */
#include "auth/cache.h"

#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

enum { CNONCE = 16 };

struct auth_realm {
    struct list link;
    bool proxy;
    bool userhash;
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    uint32_t nc; /* latest used */
    /* One for the life of a nonce: A1 of the -sess algorithms is that of the
     * first answer (RFC 7616 3.4.2), and so it is the same in all of them. */
    char cnonce[CNONCE];
    struct slice realm, nonce, opaque, algorithm_text; /* views of text */
    struct slice place, call_id; /* where it was met; likewise */
    char text[];
};

struct auth_cache {
    struct digest *digest;
    struct rng *rng;
    struct list realms; /* oldest challenge first */
    size_t count;
};

static struct auth_realm *of_link(struct list *link)
{
    return container_of(link, struct auth_realm, link);
}

static void forget(struct auth_cache *c, struct auth_realm *r)
{
    list_unlink(&r->link);
    mem_free(r);
    c->count--;
}

/* Copies to *at and moves it. */
static struct slice keep(char **at, struct slice s)
{
    char *p = *at;

    if (!slice_present(s))
        return s;
    memcpy(p, s.p, s.n);
    *at += s.n;
    return slice_of(p, s.n);
}

/* The host of a Request-URI with its port, as they are written. */
static struct slice host_port(struct slice uri)
{
    struct wire_uri u;
    size_t n;

    if (wire_uri_split(uri, &u) != ERR_NONE || !slice_present(u.host))
        return SLICE("");
    n = (size_t)(uri.p + uri.n - u.host.p);
    if (u.params.n)
        n = (size_t)(u.params.p - u.host.p);
    else if (u.headers.n)
        n -= u.headers.n + 1;
    return slice_of(u.host.p, n);
}

/* Where a realm of this request is met. */
static struct slice place_of(bool proxy, const struct auth_request *request)
{
    return proxy ? request->hop : host_port(request->uri);
}

static struct auth_realm *realm_new(bool proxy, const struct digest_fields *f,
                                    const struct auth_request *request)
{
    struct slice place = place_of(proxy, request);
    size_t room = f->realm.n + f->nonce.n + f->opaque.n + f->algorithm_text.n +
                  place.n + request->call_id.n;
    struct auth_realm *r = mem_zalloc(sizeof(*r) + room);
    char *at = r->text;

    r->proxy = proxy;
    r->userhash = f->userhash;
    r->algorithm = f->algorithm;
    /* auth first: a body may be changed on its way (RFC 3261 22.4). */
    r->qop = f->qop & QOP_AUTH       ? QOP_AUTH
             : f->qop & QOP_AUTH_INT ? QOP_AUTH_INT
                                     : QOP_NONE;
    r->realm = keep(&at, f->realm);
    r->nonce = keep(&at, f->nonce);
    r->opaque = keep(&at, f->opaque);
    r->algorithm_text = keep(&at, f->algorithm_text);
    r->place = keep(&at, place);
    r->call_id = keep(&at, request->call_id);
    return r;
}

struct auth_cache *auth_cache_new(struct digest *d, struct rng *rng)
{
    struct auth_cache *c = mem_zalloc(sizeof(*c));

    c->digest = d;
    c->rng = rng;
    list_init(&c->realms);
    return c;
}

void auth_cache_free(struct auth_cache *c)
{
    if (!c)
        return;
    auth_cache_clear(c);
    mem_free(c);
}

void auth_cache_clear(struct auth_cache *c)
{
    while (!list_empty(&c->realms))
        forget(c, of_link(list_first(&c->realms)));
}

bool auth_cache_usable(const struct auth_cache *c,
                       const struct digest_fields *f)
{
    if (!digest_supports(c->digest, f->algorithm))
        return false;
    return f->qop == QOP_NONE || f->qop & (QOP_AUTH | QOP_AUTH_INT);
}

struct auth_realm *auth_cache_find(const struct auth_cache *c, bool proxy,
                                   struct slice realm)
{
    list_each (link, &c->realms) {
        struct auth_realm *r = of_link(link);

        if (r->proxy == proxy && slice_eq(r->realm, realm))
            return r;
    }
    return NULL;
}

void auth_cache_learn(struct auth_cache *c, bool proxy,
                      const struct digest_fields *f,
                      const struct auth_request *request)
{
    struct auth_realm *old = auth_cache_find(c, proxy, f->realm);
    struct auth_realm *r = realm_new(proxy, f, request);

    if (old && slice_eq(old->nonce, f->nonce)) {
        r->nc = old->nc;
        memcpy(r->cnonce, old->cnonce, CNONCE);
    } else {
        rng_token(c->rng, r->cnonce, CNONCE);
    }
    if (old)
        forget(c, old);
    list_append(&c->realms, &r->link);
    if (++c->count > AUTH_REALMS)
        forget(c, of_link(list_first(&c->realms)));
}

static void add_quoted(struct buf *out, const char *name, struct slice value)
{
    buf_str(out, name);
    buf_lit(out, "=\"");
    buf_slice(out, value);
    buf_char(out, '"');
}

static void add_answer(const struct auth_realm *r,
                       const struct digest_input *in, struct slice username,
                       const char *response, struct buf *out)
{
    buf_str(out, r->proxy ? "Proxy-Authorization: Digest "
                          : "Authorization: Digest ");
    add_quoted(out, "username", username);
    add_quoted(out, ", realm", r->realm);
    add_quoted(out, ", nonce", r->nonce);
    add_quoted(out, ", uri", in->uri);
    add_quoted(out, ", response", slice_str(response));
    if (slice_present(r->algorithm_text)) {
        buf_lit(out, ", algorithm=");
        buf_slice(out, r->algorithm_text);
    }
    if (slice_present(in->cnonce))
        add_quoted(out, ", cnonce", in->cnonce);
    if (slice_present(r->opaque))
        add_quoted(out, ", opaque", r->opaque);
    if (r->qop != QOP_NONE)
        buf_fmt(out, ", qop=%s, nc=%08x",
                r->qop == QOP_AUTH ? "auth" : "auth-int", (unsigned)in->nc);
    if (r->userhash)
        buf_lit(out, ", userhash=true");
    buf_lit(out, "\r\n");
}

/* Without qop a cnonce is forbidden (RFC 2617 3.2.2), but a session hash
 * cannot be checked without one. */
static bool needs_cnonce(const struct auth_realm *r)
{
    return r->qop != QOP_NONE || digest_is_session(r->algorithm);
}

void auth_cache_write(struct auth_cache *c, struct auth_realm *r,
                      const struct auth_request *request, struct buf *lines)
{
    char response[DIGEST_HEX_MAX], hashed[DIGEST_HEX_MAX];
    struct buf escaped = { 0 };
    struct slice shown;
    struct digest_input in = {
        .password = request->password,
        .realm = r->realm,
        .nonce = r->nonce,
        .method = request->method,
        .uri = request->uri,
        .body = request->body,
        .algorithm = r->algorithm,
        .qop = r->qop,
        .nc = r->nc + 1,
    };

    if (needs_cnonce(r))
        in.cnonce = slice_of(r->cnonce, CNONCE);
    digest_escape(&escaped, request->username);
    in.username = shown = buf_view(&escaped);
    if (r->userhash && digest_userhash(c->digest, r->algorithm, shown, r->realm,
                                       hashed) == ERR_NONE)
        shown = slice_str(hashed);
    if (digest_compute(c->digest, &in, response) == ERR_NONE) {
        r->nc++;
        add_answer(r, &in, shown, response, lines);
    }
    buf_fini(&escaped);
}

static bool is_met_by(const struct auth_realm *r,
                      const struct auth_request *request)
{
    if (slice_present(r->call_id) && slice_eq(r->call_id, request->call_id))
        return true;
    return r->place.n && slice_ieq(r->place, place_of(r->proxy, request));
}

void auth_preempt(struct auth_cache *c, const struct auth_request *request,
                  struct buf *lines)
{
    list_each (link, &c->realms) {
        if (is_met_by(of_link(link), request))
            auth_cache_write(c, of_link(link), request, lines);
    }
}
