/* SPDX-License-Identifier: MIT */
/*
 * A 3xx followed (RFC 3261 8.1.3.4): its Contacts are targets, tried one after
 * the other, best q first, until one gives an outcome that is none of a single
 * target's: a 2xx or 6xx.
 */
#include "agent/request_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

enum { HOPS_MOST = 10, TARGETS_MOST = 64, Q_MOST = 1000 };

struct target {
    struct list link;
    unsigned q; /* thousandths */
    bool tried;
    size_t n;
    char uri[];
};

struct redirect {
    struct list targets; /* in order of arrival; each URI once */
    unsigned count, hops;
};

void redirect_free(struct redirect *d)
{
    struct list *node;

    while (d && (node = list_first(&d->targets))) {
        list_unlink(node);
        mem_free(container_of(node, struct target, link));
    }
    mem_free(d);
}

/* "0.75", "1"; what is none counts as 1. */
static unsigned qvalue(struct slice text)
{
    unsigned q = 0, digit = Q_MOST;

    if (text.n < 1 || text.p[0] != '0')
        return Q_MOST;
    for (size_t i = 2; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return Q_MOST;
        digit /= 10;
        q += digit * (unsigned)(text.p[i] - '0');
    }
    return q;
}

static bool is_known(const struct redirect *d, struct slice uri)
{
    list_each (node, &d->targets) {
        const struct target *t = container_of(node, struct target, link);

        if (slice_eq(slice_of(t->uri, t->n), uri))
            return true;
    }
    return false;
}

static struct target *add_target(struct redirect *d, struct slice uri,
                                 unsigned q)
{
    struct target *t;

    if (d->count == TARGETS_MOST || is_known(d, uri))
        return NULL;
    t = mem_zalloc(sizeof(*t) + uri.n);
    t->q = q;
    t->n = uri.n;
    memcpy(t->uri, uri.p, uri.n);
    list_append(&d->targets, &t->link);
    d->count++;
    return t;
}

/* A Request-URI has no headers (19.1.1). Only sip: is offered yet. */
static void add_contact(struct redirect *d, struct slice value)
{
    struct wire_name_addr na;
    struct wire_uri u;

    if (wire_name_addr_split(value, &na) != ERR_NONE ||
        wire_uri_split(na.uri, &u) != ERR_NONE || !u.host.n || u.secure)
        return;
    if (u.headers.n)
        u.text.n = (size_t)(u.headers.p - u.text.p) - 1;
    add_target(d, u.text, qvalue(wire_param_get(na.params, "q")));
}

static void learn(struct request *r, const struct message *response)
{
    struct header_cursor c = { 0 };
    struct redirect *d = r->redirect;
    struct slice value;

    if (!d) {
        d = r->redirect = mem_zalloc(sizeof(*d));
        list_init(&d->targets);
        add_target(d, r->message->w.uri, Q_MOST)->tried = true;
    }
    while (header_each(response->w.headers, SLICE("Contact"), &c, &value))
        add_contact(d, value);
}

static struct target *best(const struct redirect *d)
{
    struct target *found = NULL;

    list_each (node, &d->targets) {
        struct target *t = container_of(node, struct target, link);

        if (!t->tried && (!found || t->q > found->q))
            found = t;
    }
    return found;
}

/* Credentials are for the server that asked for them, not for the next one. */
static int go_to(struct request *r, const struct target *t)
{
    struct again again = { .uri = slice_of(t->uri, t->n),
                           .no_credentials = true };
    const struct addr from = r->to;
    int err = compose_retarget(r, again.uri, &r->to);

    if (!err) {
        auth_attempt_fini(&r->attempt);
        r->attempt = (struct auth_attempt){ 0 };
        err = request_again(r, &again);
    }
    if (err)
        r->to = from;
    return err;
}

bool request_go_elsewhere(struct request *r)
{
    struct redirect *d = r->redirect;
    struct target *t;

    while (d && d->hops < HOPS_MOST && request_may_retry(r) && (t = best(d))) {
        t->tried = true;
        if (go_to(r, t) == ERR_NONE) {
            d->hops++;
            return true;
        }
    }
    return false;
}

/* A 305 names a proxy, a 380 another service (21.3.4, 21.3.5): not the same
 * request at another place. */
static bool names_targets(int status)
{
    return status < 400 && status != 305 && status != 380;
}

bool request_redirect(struct request *r, struct message *response)
{
    int status = response->w.status;

    if (!(r->automatic & auto_bit(AUTO_REDIRECT)) || status >= 600)
        return false;
    if (names_targets(status))
        learn(r, response);
    return request_go_elsewhere(r);
}
