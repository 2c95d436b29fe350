/* SPDX-License-Identifier: MIT */
/* Answering challenges, and the guard against answering them for ever. */
#include "auth/client.h"

#include <string.h>

#include "auth/cache.h"
#include "base/err.h"
#include "base/mem.h"

/* One realm that a request has answered. */
struct auth_answered {
    struct auth_answered *next;
    bool proxy;
    bool stale;  /* its one stale has been forgiven */
    bool denied; /* refused: left out from here on */
    bool seen;   /* judged in the response at hand */
    struct slice realm;
    char *nonce; /* latest answered */
    size_t nonce_n;
    char text[];
};

/* What the challenges of one response came to. */
struct tally {
    unsigned seen, fresh, denied;
};

static struct auth_answered *answered_find(const struct auth_attempt *a,
                                           bool proxy, struct slice realm)
{
    struct auth_answered *r = a->answered;

    while (r && (r->proxy != proxy || !slice_eq(r->realm, realm)))
        r = r->next;
    return r;
}

/* Appended: answers keep the order of the challenges. NULL: too many. */
static struct auth_answered *answered_add(struct auth_attempt *a, bool proxy,
                                          struct slice realm)
{
    struct auth_answered **end = &a->answered;
    struct auth_answered *r;
    unsigned count = 0;

    for (; *end; end = &(*end)->next)
        count++;
    if (count >= AUTH_REALMS)
        return NULL;
    r = mem_zalloc(sizeof(*r) + realm.n);
    r->proxy = proxy;
    memcpy(r->text, realm.p, realm.n);
    r->realm = slice_of(r->text, realm.n);
    *end = r;
    return r;
}

static bool same_nonce(const struct auth_answered *r, struct slice nonce)
{
    return slice_eq(slice_of(r->nonce, r->nonce_n), nonce);
}

static void set_nonce(struct auth_answered *r, struct slice nonce)
{
    mem_free(r->nonce);
    r->nonce = mem_strndup(nonce.p, nonce.n);
    r->nonce_n = nonce.n;
}

/*
 * RFC 3261 22.1: credentials that were refused are not sent again, but for a
 * nonce that is merely stale (RFC 7616 3.3). A server that calls every nonce
 * stale is refused the second time.
 */
static void judge(struct auth_attempt *a, bool proxy,
                  const struct digest_fields *f, struct tally *tally)
{
    struct auth_answered *r = answered_find(a, proxy, f->realm);

    if (!r) {
        r = answered_add(a, proxy, f->realm);
        if (!r)
            return;
    } else if (f->stale && !r->stale && !r->denied &&
               !same_nonce(r, f->nonce)) {
        r->stale = true;
    } else {
        r->denied = true;
        r->seen = true;
        tally->denied++;
        return;
    }
    r->seen = true;
    set_nonce(r, f->nonce);
    tally->fresh++;
}

/* What one response brings, and where it is written down. */
struct taking {
    struct auth_cache *cache;
    struct auth_attempt *attempt;
    const struct auth_request *request;
    bool proxy;
    struct tally tally;
};

static void take_challenge(struct taking *t, struct slice value)
{
    struct auth_answered *known;
    struct digest_fields f;

    t->tally.seen++;
    if (digest_parse_challenge(&f, value) != ERR_NONE ||
        !auth_cache_usable(t->cache, &f))
        return;
    known = answered_find(t->attempt, t->proxy, f.realm);
    if (known && known->seen)
        return; /* RFC 8760 2.4: the first usable one of a realm */
    auth_cache_learn(t->cache, t->proxy, &f, t->request);
    judge(t->attempt, t->proxy, &f, &t->tally);
}

static void take_challenges(struct taking *t, const struct message *response)
{
    struct slice name =
        t->proxy ? SLICE("Proxy-Authenticate") : SLICE("WWW-Authenticate");
    struct header_cursor cursor = { 0 };
    struct slice value;

    for (struct auth_answered *r = t->attempt->answered; r; r = r->next)
        r->seen = false;
    while (header_each(response->w.headers, name, &cursor, &value))
        take_challenge(t, value);
}

static void write_all(struct auth_cache *c, const struct auth_attempt *a,
                      const struct auth_request *request, struct buf *lines)
{
    for (struct auth_answered *r = a->answered; r; r = r->next) {
        struct auth_realm *known = auth_cache_find(c, r->proxy, r->realm);

        if (known && !r->denied)
            auth_cache_write(c, known, request, lines);
    }
}

int auth_answer(struct auth_cache *c, struct auth_attempt *a,
                const struct message *response,
                const struct auth_request *request, struct buf *lines)
{
    struct taking t = { .cache = c,
                        .attempt = a,
                        .request = request,
                        .proxy = response->w.status == 407 };

    take_challenges(&t, response);
    if (t.tally.seen == 0)
        return ERR_NOT_FOUND;
    if (t.tally.fresh == 0)
        return t.tally.denied ? ERR_DENIED : ERR_UNSUPPORTED;
    if (a->rounds >= AUTH_RETRIES_MAX)
        return ERR_DENIED;
    a->rounds++;
    write_all(c, a, request, lines);
    return ERR_NONE;
}

void auth_attempt_fini(struct auth_attempt *a)
{
    while (a->answered) {
        struct auth_answered *r = a->answered;

        a->answered = r->next;
        mem_free(r->nonce);
        mem_free(r);
    }
    a->rounds = 0;
}
