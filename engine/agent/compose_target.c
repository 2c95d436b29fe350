/* SPDX-License-Identifier: MIT */
/* Where a request of ours goes first. */
#include <stdio.h>

#include "agent/agent_private.h"
#include "base/err.h"
#include "wire/addr_spec.h"

static const char *family(const struct addr *a)
{
    return addr_is_v6(a) ? "IPv6" : "IPv4";
}

static int resolve(struct ua *ua, struct slice uri, struct addr *to,
                   char why[160])
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

/* In a dialog the route set decides; outside the proxy does, if there is
 * one; a Route of the caller's own goes before both. */
int compose_target(const struct compose *c, struct addr *to, char why[160])
{
    const struct request_options *o = c->options;
    struct wire_name_addr na;

    if (slice_present(o->route) && o->route.n) {
        if (wire_name_addr_split(o->route, &na) != ERR_NONE)
            na.uri = o->route; /* to be named in the error */
        return resolve(c->ua, na.uri, to, why);
    }
    if (c->session)
        return resolve(c->ua, dialog_next_hop(c->session->dialog), to, why);
    if (slice_present(c->ua->proxy)) {
        *to = c->ua->proxy_addr;
        return ERR_NONE;
    }
    return resolve(c->ua, o->uri, to, why);
}
