/* SPDX-License-Identifier: MIT */
/*
 * Requests that cross in a session: RFC 3261 14.1 and 14.2 for INVITE, RFC 3311
 * 5.1 and 5.2 for UPDATE, RFC 6337 for offers wherever they are.
 */
#include <stdio.h>

#include "agent/glare.h"
#include "agent/incoming_private.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"
#include "base/mem.h"

enum { AGAIN_AT_MOST = 3, RETRY_AFTER_BELOW = 11 };
#define STEP (10 * LOOP_MILLISECOND)

/* ---- ours, refused ---- */

/* Whoever made the Call-ID waits 2.1 to 4 s, the other up to 2 s (14.1). */
static int64_t back_off(struct request *r)
{
    struct rng *rng = &r->ua->engine->rng;

    if (dialog_is_uac(r->usage->dialog))
        return (210 + (int64_t)rng_below(rng, 191)) * STEP;
    return (int64_t)rng_below(rng, 201) * STEP;
}

/* Their request, accepted meanwhile, may have moved the remote target. */
static int send_again(struct request *r)
{
    struct compose c = { .ua = r->ua,
                         .usage = r->usage,
                         .options = &request_plain };
    struct render_request there = { 0 };
    struct again again = { 0 };
    char why[160];
    int err = ERR_NONE;

    if (r->follows) {
        dialog_fill(r->usage->dialog, &there);
        again.uri = there.uri;
        err = compose_target(&c, &r->to, why);
    }
    return err ? err : request_again(r, &again);
}

/* An INVITE of theirs that still waits for its answer is one more collision;
 * behind a BYE nothing goes out (15.1.1). */
static bool after_back_off(struct request *r, struct message *response)
{
    struct session *s = session_of_usage(r->usage);

    if (s->state == SESSION_ENDING)
        return false;
    if (r->kind->id == METHOD_INVITE && s->reinvites)
        return request_after_glare(r, response);
    return send_again(r) == ERR_NONE;
}

bool request_after_glare(struct request *r, struct message *response)
{
    enum method m = r->kind->id;

    if (response->w.status != 491 || !(r->automatic & auto_bit(AUTO_GLARE)) ||
        (m != METHOD_INVITE && m != METHOD_UPDATE) ||
        !session_of_usage(r->usage) || r->glares == AGAIN_AT_MOST)
        return false;
    r->glares++;
    request_later(r, response, back_off(r), after_back_off);
    return true;
}

/* ---- theirs ---- */

static bool invites_on_wire(const struct session *s)
{
    if (s->state == SESSION_EARLY && s->uac)
        return true;
    list_each (node, &s->usage.requests) {
        struct request *r = container_of(node, struct request, usage_link);

        if (r->kind->id == METHOD_INVITE && !r->later)
            return true;
    }
    return false;
}

/* An offer while another one is open. */
static int offer_collides(const struct session *s, const struct message *m)
{
    if (!session_sdp_in(m) || s->offer.state == SIGNALING_STABLE)
        return 0;
    return s->offer.state == SIGNALING_LOCAL ? 491 : 500;
}

static int invite_collides(const struct session *s, const struct message *m)
{
    if (s->reinvites > 1 || (s->state == SESSION_EARLY && !s->uac))
        return 500;
    return invites_on_wire(s) ? 491 : offer_collides(s, m);
}

static int collides(const struct session *s, const struct message *m)
{
    if (m->w.method == METHOD_INVITE)
        return invite_collides(s, m);
    if (m->w.method == METHOD_UPDATE)
        return s->updates > 1 ? 500 : offer_collides(s, m);
    return 0;
}

bool glare_refuses(struct session *s, struct incoming *in)
{
    struct response_options o = response_plain;
    struct slice line;
    char text[32];
    int n, status = collides(s, in->message);

    if (!status || !(in->automatic & auto_bit(AUTO_GLARE)))
        return false;
    n = snprintf(text, sizeof(text), "Retry-After: %d",
                 (int)rng_below(&in->ua->engine->rng, RETRY_AFTER_BELOW));
    line = slice_of(text, (size_t)n);
    if (status == 500) {
        o.lines = &line;
        o.line_count = 1;
    }
    incoming_reply(in, status, &o);
    return true;
}

bool session_inviting(const struct session *s)
{
    if (s->reinvites)
        return true;
    list_each (node, &s->usage.requests) {
        if (container_of(node, struct request, usage_link)->kind->id ==
            METHOD_INVITE)
            return true;
    }
    return false;
}
