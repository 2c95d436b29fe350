/* SPDX-License-Identifier: MIT */
/* Who has offered what, and what both have agreed on. */
#include "agent/offer.h"

const char *signaling_name(enum signaling s)
{
    static const char *const names[] = { "stable", "have-local-offer",
                                         "have-remote-offer" };

    return names[s];
}

void offer_fini(struct offer *o)
{
    for (int side = 0; side < OFFER_SIDES; side++) {
        buf_fini(&o->sdp[side].now);
        buf_fini(&o->sdp[side].before);
    }
}

/* What there was before is kept until the offer has its answer. */
static void show(struct offer_sdp *d, struct slice sdp)
{
    struct buf spare = d->before;

    if (!d->open) {
        d->before = d->now;
        d->now = spare;
        d->open = true;
    }
    buf_clear(&d->now);
    buf_slice(&d->now, sdp);
}

static void close_offer(struct offer *o)
{
    o->state = SIGNALING_STABLE;
    o->by = NULL;
    o->in_reply = false;
    for (int side = 0; side < OFFER_SIDES; side++) {
        buf_fini(&o->sdp[side].before);
        o->sdp[side].open = false;
    }
}

static void roll_back(struct offer *o)
{
    for (int side = 0; side < OFFER_SIDES; side++) {
        struct offer_sdp *d = &o->sdp[side];
        struct buf failed = d->now;

        if (!d->open)
            continue;
        d->now = d->before;
        d->before = failed;
    }
    close_offer(o);
}

static bool is_open_by(const struct offer *o, enum offer_side side)
{
    return o->state ==
           (side == OFFER_LOCAL ? SIGNALING_LOCAL : SIGNALING_REMOTE);
}

/* Would it be the answer to what stands open? */
static bool answers(const struct offer *o, const struct offer_message *m)
{
    if (o->state == SIGNALING_STABLE || is_open_by(o, m->side))
        return false;
    if (o->in_reply)
        return m->carrier == OFFER_IN_PRACK || m->carrier == OFFER_IN_ACK;
    return (m->carrier == OFFER_IN_INVITE_REPLY ||
            m->carrier == OFFER_IN_REPLY) &&
           o->by == m->by;
}

/* Once an INVITE has had its offer and answer, its later replies repeat what
 * was said (RFC 3261 13.2.1). */
static bool offers(const struct offer *o, const struct offer_message *m)
{
    if (o->state != SIGNALING_STABLE)
        return is_open_by(o, m->side) && o->by == m->by;
    return m->carrier == OFFER_IN_REQUEST || m->carrier == OFFER_IN_PRACK ||
           (m->carrier == OFFER_IN_INVITE_REPLY && o->done != m->by);
}

static void take_offer(struct offer *o, const struct offer_message *m)
{
    show(&o->sdp[m->side], m->sdp);
    o->state = m->side == OFFER_LOCAL ? SIGNALING_LOCAL : SIGNALING_REMOTE;
    o->by = m->by;
    o->in_reply = m->carrier == OFFER_IN_INVITE_REPLY;
}

static void take_answer(struct offer *o, const struct offer_message *m)
{
    show(&o->sdp[m->side], m->sdp);
    if (m->carrier != OFFER_IN_REPLY)
        o->done = o->by;
    close_offer(o);
}

/* A 1xx that may get lost shows what the answer will be (RFC 6337 3.1.1). */
static bool previews(const struct offer *o, const struct offer_message *m)
{
    return m->carrier == OFFER_IN_PREVIEW && o->state != SIGNALING_STABLE &&
           !is_open_by(o, m->side) && o->by == m->by;
}

void offer_saw(struct offer *o, const struct offer_message *m)
{
    bool there = slice_present(m->sdp);

    if (m->carrier == OFFER_IN_REQUEST && o->done == m->by)
        o->done = NULL; /* another transaction that is known by this name */
    if (there && answers(o, m))
        take_answer(o, m);
    else if (there && offers(o, m))
        take_offer(o, m);
    else if (there && previews(o, m))
        show(&o->sdp[m->side], m->sdp);
    else if (m->carrier == OFFER_IN_ACK && o->in_reply &&
             !is_open_by(o, m->side))
        roll_back(o); /* the last message that could have had the answer */
}

void offer_over(struct offer *o, const void *by, bool accepted)
{
    if (o->state != SIGNALING_STABLE && o->by == by &&
        !(o->in_reply && accepted))
        roll_back(o);
}

struct slice offer_sdp(const struct offer *o, enum offer_side side)
{
    const struct buf *b = &o->sdp[side].now;

    return b->n ? buf_view(b) : slice_of(NULL, 0);
}
