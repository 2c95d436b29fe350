/* SPDX-License-Identifier: MIT */
/*
 * Reliable responses to an INVITE of ours (RFC 3262 section 4): for each early
 * session the order of their RSeq numbers, and which of them had a PRACK.
 */
#include <stdio.h>

#include "agent/reliable_private.h"
#include "agent/request_private.h"
#include "base/err.h"

/* Numbers are in order within one INVITE (3): the first is the base. */
static bool is_next(const struct heard *h, const struct message *m,
                    uint32_t rseq)
{
    return rseq && (h->cseq != m->w.cseq || rseq == h->latest + 1);
}

enum reliable_news reliable_judge(struct request_event *e, uint64_t hash)
{
    const struct message *m = e->message;
    struct heard *h = e->session ? &e->session->heard : NULL;
    uint32_t rseq;

    if (!reliable_is(m))
        return RELIABLE_NOT;
    rseq = reliable_rseq(m);
    if (!h)
        return RELIABLE_ODD;
    if (is_next(h, m, rseq)) {
        h->waiting = h->cseq == m->w.cseq ? h->waiting << 1 | 1 : 1;
        h->cseq = m->w.cseq;
        h->latest = rseq;
        h->hash = hash;
        return RELIABLE_NEXT;
    }
    if (rseq && rseq == h->latest && hash == h->hash)
        return RELIABLE_AGAIN;
    e->problems |= PROBLEM_RSEQ;
    return RELIABLE_ODD;
}

/* Its bit in `waiting`; 0 where it does not wait. */
static uint32_t bit_of(const struct heard *h, uint32_t cseq, uint32_t rseq)
{
    uint32_t age = h->latest - rseq;

    if (h->cseq != cseq || rseq > h->latest || age >= 32)
        return 0;
    return h->waiting & UINT32_C(1) << age;
}

size_t heard_rack(const struct heard *h, char out[RACK_TEXT])
{
    uint32_t rseq = h->latest;

    if (!h->waiting)
        return 0;
    while (!bit_of(h, h->cseq, rseq))
        rseq--;
    return (size_t)snprintf(out, RACK_TEXT, "%u %u INVITE", (unsigned)rseq,
                            (unsigned)h->cseq);
}

/* A RAck that names none of them is the script's way to acknowledge: the engine
 * does not come after it with another. */
void heard_pracked(struct heard *h, const struct message *prack)
{
    struct rack rack;
    uint32_t bit = 0;

    if (rack_parse(message_header(prack, SLICE("RAck"), 0), &rack))
        bit = bit_of(h, rack.cseq, rack.rseq);
    if (!bit)
        bit = h->waiting & (~h->waiting + 1);
    h->waiting &= ~bit;
}

int reliable_settle(struct request *r, const struct request_event *e)
{
    struct session *s = e->session;
    struct request_options o = request_plain;
    struct request *prack;
    char rack[RACK_TEXT], why[160];
    int err;

    if (!(r->automatic & auto_bit(AUTO_PRACK)) || s->usage.over ||
        !reliable_is(e->message) ||
        !bit_of(&s->heard, e->message->w.cseq, reliable_rseq(e->message)))
        return ERR_NONE;
    o.automatic = r->automatic;
    o.timing = r->timing;
    o.rack = slice_of(rack, rack_text(e->message, rack));
    err = request_new_in_dialog(&prack, &s->usage, &kind_prack, &o, NULL, NULL,
                                why);
    if (!err)
        request_unref(prack);
    return err;
}
