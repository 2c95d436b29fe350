/* SPDX-License-Identifier: MIT */
/* Contacts of REGISTER: whose they are, how long they live. */
#include "agent/registration.h"

#include "agent/refresh.h"
#include "agent/request_private.h"
#include "base/err.h"
#include "wire/addr_spec.h"

bool registration_next(const struct message *m, struct header_cursor *c,
                       struct registration_contact *out)
{
    struct wire_name_addr na;
    struct slice value;

    while (header_each(m->w.headers, SLICE("Contact"), c, &value)) {
        *out = (struct registration_contact){ .value = value };
        if (slice_eq(value, SLICE("*")))
            return true;
        if (wire_name_addr_split(value, &na) != ERR_NONE)
            continue;
        out->uri = na.uri;
        out->params = na.params;
        return true;
    }
    return false;
}

/* ---- whose ---- */

/* RFC 3261 19.1.4, as far as a registrar may change it on its way. */
static bool same_uri(struct slice a, struct slice b)
{
    struct wire_uri x, y;

    if (slice_eq(a, b))
        return true;
    if (wire_uri_split(a, &x) != ERR_NONE || wire_uri_split(b, &y) != ERR_NONE)
        return false;
    return slice_ieq(x.scheme, y.scheme) && slice_eq(x.user, y.user) &&
           slice_ieq(x.host, y.host) && x.port == y.port &&
           slice_ieq(wire_param_get(x.params, "transport"),
                     wire_param_get(y.params, "transport"));
}

static bool has_contact(const struct message *m, struct slice uri)
{
    struct header_cursor c = { 0 };
    struct registration_contact k;

    while (registration_next(m, &c, &k)) {
        if (same_uri(k.uri, uri))
            return true;
    }
    return false;
}

bool registration_covers(const struct message *newer,
                         const struct message *older)
{
    struct header_cursor c = { 0 };
    struct registration_contact k;

    while (registration_next(newer, &c, &k)) {
        if (!slice_present(k.uri) || has_contact(older, k.uri))
            return true;
    }
    return false;
}

/* ---- how long ---- */

/* The parameter goes before the header (10.2.1.1, 10.3). */
static bool expires_of(const struct message *m,
                       const struct registration_contact *k, uint32_t *seconds)
{
    return slice_u32(wire_param_get(k->params, "expires"), seconds) ==
               ERR_NONE ||
           refresh_expires(m, seconds);
}

bool registration_removes(const struct message *m)
{
    struct header_cursor c = { 0 };
    struct registration_contact k;
    uint32_t seconds;
    bool any = false;

    while (registration_next(m, &c, &k)) {
        if (!expires_of(m, &k, &seconds) || seconds)
            return false;
        any = true;
    }
    return any;
}

/* The smallest interval of the Contacts in `m` that `of` has, too; those that
 * are taken away have none. */
static bool smallest(const struct message *m, const struct message *of,
                     uint32_t *out)
{
    struct header_cursor c = { 0 };
    struct registration_contact k;
    uint32_t seconds;
    bool found = false;

    while (registration_next(m, &c, &k)) {
        if (!slice_present(k.uri) || !has_contact(of, k.uri) ||
            !expires_of(m, &k, &seconds) || !seconds ||
            (found && seconds >= *out))
            continue;
        *out = seconds;
        found = true;
    }
    return found;
}

bool registration_granted(const struct request *r, uint32_t *seconds)
{
    return r->accepted && (smallest(r->accepted, r->message, seconds) ||
                           refresh_expires(r->accepted, seconds));
}

bool registration_lasts(const struct request *r, uint32_t *seconds)
{
    return (registration_granted(r, seconds) ||
            smallest(r->message, r->message, seconds)) &&
           *seconds > 0;
}
