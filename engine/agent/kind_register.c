/* SPDX-License-Identifier: MIT */
/* OutgoingRegisterRequest: one registration over all its requests. */
#include "agent/refresh.h"
#include "agent/registration.h"
#include "agent/request_private.h"
#include "base/err.h"
#include "wire/addr_spec.h"

static struct slice address_of_record(const struct request *r,
                                      const struct request_options *o)
{
    struct wire_name_addr na;

    if (!slice_present(o->to))
        return r->ua->uri;
    return wire_name_addr_split(o->to, &na) == ERR_NONE ? na.uri : o->to;
}

static int prepare(struct request *r, const struct request_options *o,
                   struct buf *own, char why[160])
{
    const struct softstate_key key = { .method = SLICE("REGISTER"),
                                       .scope = o->scope,
                                       .uri = o->uri,
                                       .what = address_of_record(r, o) };
    char id[ID_MAX];

    (void)why;
    if (o->path)
        compose_own(own, o, "Supported", SLICE("path"));
    if (r->usage) /* an oddity, with the Call-ID of its dialog */
        return ERR_NONE;
    r->softstate = softstate_take(&r->ua->softstates, &key);
    if (!slice_present(r->softstate->call_id))
        softstate_set_call_id(
            r->softstate,
            slice_of(id, engine_token(r->ua->engine, id, TOKEN_LENGTH)));
    return ERR_NONE;
}

/* What is being taken away is not to be renewed meanwhile. */
static void sent(struct request *r)
{
    if (r->softstate && registration_removes(r->message))
        refresh_stop_others(r, registration_covers);
}

/* RFC 3608 6.1: it belongs to the address of record, and goes when an answer
 * does not have it any more. */
static void take_service_route(struct request *r)
{
    struct wire_name_addr to;
    struct slice routes[ROUTES_MAX];
    struct header_cursor c = { 0 };
    size_t n = 0;

    if (wire_name_addr_split(r->message->w.to, &to) != ERR_NONE ||
        !slice_eq(to.uri, r->ua->uri))
        return;
    while (n < ROUTES_MAX &&
           header_each(r->accepted->w.headers, SLICE("Service-Route"), &c,
                       &routes[n]))
        n++;
    ua_set_service_route(r->ua, routes, n);
}

static void responded(struct request *r, struct request_event *e)
{
    bool removes = registration_removes(r->message);
    uint32_t seconds;

    if (!request_accept(r, e))
        return;
    take_service_route(r);
    refresh_stop_others(r, registration_covers);
    if (removes && r->softstate->scoped)
        softstate_forget(&r->ua->softstates, r->softstate);
    if ((r->automatic & auto_bit(AUTO_REFRESH)) && !removes &&
        registration_lasts(r, &seconds))
        refresh_start(r, seconds);
    else
        refresh_end(r);
}

const struct request_kind kind_register = {
    .type = "OutgoingRegisterRequest",
    .method = "REGISTER",
    .id = METHOD_REGISTER,
    .contact = true,
    .prepare = prepare,
    .sent = sent,
    .responded = responded,
};
