/* SPDX-License-Identifier: MIT */
/* The route set and the remote target of a dialog. */
#include "dialog/routes.h"

#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"
#include "wire/header.h"

enum { ROUTE_HEAD = sizeof("Route: ") - 1 };

void routes_fini(struct routes *r)
{
    buf_fini(&r->target);
    buf_fini(&r->set);
    buf_fini(&r->strict_uri);
    buf_fini(&r->lines);
}

void add_unfolded(struct buf *out, struct slice value)
{
    buf_reserve(out, value.n + 1); /* header_unfold() adds a NUL */
    out->n += header_unfold(value, out->p + out->n, value.n + 1);
}

/* All that may stand in a Request-URI of it: no method parameter and no
 * headers (RFC 3261 12.2.1.1, table 1 in 19.1.1). */
static void add_request_uri(struct buf *out, const struct wire_uri *uri)
{
    struct wire_param param;
    size_t pos = 0;

    if (!uri->params.n) {
        const char *end =
            uri->headers.p ? uri->headers.p - 1 : uri->text.p + uri->text.n;

        buf_add(out, uri->text.p, (size_t)(end - uri->text.p));
        return;
    }
    buf_add(out, uri->text.p, (size_t)(uri->params.p - uri->text.p));
    while (wire_param_next(uri->params, ';', &pos, &param)) {
        if (slice_ieq(param.name, SLICE("method")))
            continue;
        buf_char(out, ';');
        buf_slice(out, param.name);
        if (slice_present(param.value)) {
            buf_char(out, '=');
            buf_slice(out, param.value);
        }
    }
}

/* What changes with the target or the set while the first route is strict. */
static void rebuild(struct routes *r)
{
    if (!r->strict)
        return;
    buf_clear(&r->lines);
    buf_slice(&r->lines, r->rest);
    buf_lit(&r->lines, "Route: <");
    buf_slice(&r->lines, buf_view(&r->target));
    buf_lit(&r->lines, ">\r\n");
}

/* A first route that cannot be read is sent along, but leads nowhere. */
static void look_at_first(struct routes *r, size_t first_end)
{
    struct wire_name_addr addr;
    struct wire_uri uri;
    struct slice value;

    r->strict = false;
    r->first = slice_of(NULL, 0);
    r->rest = slice_of(NULL, 0);
    if (!first_end)
        return;
    value = slice_of(r->set.p + ROUTE_HEAD, first_end - ROUTE_HEAD);
    r->rest = slice_of(r->set.p + first_end, r->set.n - first_end);
    if (wire_name_addr_split(slice_trim(value), &addr) != ERR_NONE ||
        wire_uri_split(addr.uri, &uri) != ERR_NONE)
        return;
    r->first = addr.uri;
    r->strict = !uri.lr;
    buf_clear(&r->strict_uri);
    if (r->strict)
        add_request_uri(&r->strict_uri, &uri);
}

static size_t collect(const struct message *m, struct slice **out)
{
    struct header_cursor cursor = { 0 };
    struct slice value;
    size_t count = 0, room = 0;

    *out = NULL;
    while (header_each(m->w.headers, SLICE("Record-Route"), &cursor, &value)) {
        if (count == room) {
            room = room ? room * 2 : 8;
            *out = mem_realloc(*out, room * sizeof(**out));
        }
        (*out)[count++] = value;
    }
    return count;
}

void routes_learn(struct routes *r, const struct message *m, bool reverse)
{
    struct slice *values = NULL;
    size_t count = 0;
    size_t first_end = 0;

    if (slice_present(m->w.record_route))
        count = collect(m, &values);
    buf_clear(&r->set);
    for (size_t i = 0; i < count; i++) {
        buf_lit(&r->set, "Route: ");
        add_unfolded(&r->set, values[reverse ? count - 1 - i : i]);
        buf_lit(&r->set, "\r\n");
        if (i == 0)
            first_end = r->set.n;
    }
    mem_free(values);
    look_at_first(r, first_end);
    rebuild(r);
}

void routes_aim(struct routes *r, struct slice uri)
{
    buf_clear(&r->target);
    buf_slice(&r->target, uri);
    rebuild(r);
}

bool routes_aim_contact(struct routes *r, const struct message *m)
{
    struct slice contact = m->w.contact;
    struct wire_name_addr addr;
    struct wire_uri uri;

    /* Of several in one line the first; of an empty line the next. */
    if (slice_present(contact) &&
        (!contact.n || slice_find(contact, ',') < contact.n))
        contact = message_header(m, SLICE("Contact"), 0);
    if (!slice_present(contact) ||
        wire_name_addr_split(contact, &addr) != ERR_NONE ||
        wire_uri_split(addr.uri, &uri) != ERR_NONE)
        return false;
    routes_aim(r, addr.uri);
    return true;
}

struct slice routes_uri(const struct routes *r)
{
    return buf_view(r->strict ? &r->strict_uri : &r->target);
}

struct slice routes_lines(const struct routes *r)
{
    if (r->strict)
        return buf_view(&r->lines);
    return r->set.n ? buf_view(&r->set) : slice_of(NULL, 0);
}

struct slice routes_next_hop(const struct routes *r)
{
    return slice_present(r->first) ? r->first : buf_view(&r->target);
}
