/* SPDX-License-Identifier: MIT */
/* Where a request of ours goes first. */
#include <stdio.h>
#include <string.h>

#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"
#include "wire/addr_spec.h"

static const char *family(const struct addr *a)
{
    return addr_is_v6(a) ? "IPv6" : "IPv4";
}

static bool remembered(const struct ua *ua, struct slice uri, struct addr *to)
{
    for (size_t i = 0; i < HOPS; i++) {
        const struct hop *h = &ua->hops[i];

        if (h->n && slice_eq(slice_of(h->uri, h->n), uri)) {
            *to = h->to;
            return true;
        }
    }
    return false;
}

/* The resolver keeps its answers for the run, so these may stay as long. */
static void remember(struct ua *ua, struct slice uri, const struct addr *to)
{
    struct hop *h = &ua->hops[ua->next_hop];

    if (uri.n > sizeof(h->uri))
        return;
    ua->next_hop = (ua->next_hop + 1) % HOPS;
    h->to = *to;
    h->n = (uint8_t)uri.n;
    memcpy(h->uri, uri.p, uri.n);
}

static int ask(struct ua *ua, struct slice uri, struct addr *to, char why[160])
{
    int shown = uri.n < 80 ? (int)uri.n : 80;
    const char *text = slice_present(uri) ? uri.p : "";
    int err = resolver_uri_family(ua->engine->resolver, uri,
                                  ua->local.u.sa.sa_family, to);

    if (err == ERR_NONE && addr_is_v6(to) != addr_is_v6(&ua->local)) {
        snprintf(why, 160, "\"%.*s\" is %s, but the agent listens on %s", shown,
                 text, family(to), family(&ua->local));
        return ERR_UNSUPPORTED;
    }
    if (err == ERR_ARGUMENT)
        snprintf(why, 160, "\"%.*s\" is not a SIP URI", shown, text);
    else if (err == ERR_UNSUPPORTED)
        snprintf(why, 160, "\"%.*s\": only sip: over UDP is offered yet", shown,
                 text);
    else if (err)
        snprintf(why, 160, "\"%.*s\": the host has no address", shown, text);
    return err;
}

static int resolve(struct ua *ua, struct slice uri, struct addr *to,
                   char why[160])
{
    int err;

    if (remembered(ua, uri, to))
        return ERR_NONE;
    err = ask(ua, uri, to, why);
    if (!err)
        remember(ua, uri, to);
    return err;
}

static bool follows_service_route(const struct compose *c)
{
    return c->ua->service_route.n && c->kind->id != METHOD_REGISTER &&
           !slice_present(c->options->route);
}

/* The URI of the first Route in some header lines. */
static struct slice first_route(struct slice lines)
{
    struct slice value = header_value(lines, SLICE("Route"), 0);
    struct wire_name_addr na;

    return wire_name_addr_split(value, &na) == ERR_NONE ? na.uri : value;
}

/* In a dialog the route set decides; outside the proxy does, if there is one,
 * or else what the registrar has named; a Route of the caller's own goes before
 * all of them. */
int compose_target(const struct compose *c, struct addr *to, char why[160])
{
    const struct request_options *o = c->options;
    struct wire_name_addr na;

    if (slice_present(o->route) && o->route.n) {
        if (wire_name_addr_split(o->route, &na) != ERR_NONE)
            na.uri = o->route; /* to be named in the error */
        return resolve(c->ua, na.uri, to, why);
    }
    if (c->usage)
        return resolve(c->ua, dialog_next_hop(c->usage->dialog), to, why);
    if (slice_present(c->ua->proxy)) {
        *to = c->ua->proxy_addr;
        return ERR_NONE;
    }
    if (follows_service_route(c))
        return resolve(c->ua, first_route(buf_view(&c->ua->service_route)), to,
                       why);
    return resolve(c->ua, o->uri, to, why);
}

/* RFC 3261 8.1.2, 12.2.1.1: a route set, or a proxy, stays in between. */
int compose_retarget(const struct request *r, struct slice uri, struct addr *to)
{
    char why[160];

    *to = r->to;
    if (slice_present(message_header(r->message, SLICE("Route"), 0)) ||
        (!r->usage && slice_present(r->ua->proxy)))
        return ERR_NONE;
    return resolve(r->ua, uri, to, why);
}
