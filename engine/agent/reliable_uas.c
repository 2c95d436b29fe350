/* SPDX-License-Identifier: MIT */
/*
 * Reliable answers of ours to an INVITE (RFC 3262 section 3): repeated until
 * their PRACK comes, one at a time, and what waits behind them.
 */
#include "agent/incoming_private.h"
#include "agent/reliable_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/scan.h"

/* Kept until its PRACK comes, also past the final answer: 3 wants late ones to
 * be answered. */
struct reliable_answer {
    struct list link; /* in answers */
    struct session *session;
    int status;
    uint32_t rseq;
    bool sent; /* else it waits for those before it */
    bool has_body;
    const struct incoming *prack; /* has come, and is not answered yet. Not
                                     counted: it says when it goes */
    struct repeat repeat;
    struct buf text;
};

struct reliable_answers {
    struct list list;
    struct incoming *invite; /* NULL: it has its final answer. Not counted
                                either */
    uint32_t cseq;           /* of the INVITE */
};

static struct reliable_answer *of_link(struct list *node)
{
    return container_of(node, struct reliable_answer, link);
}

static void answer_free(struct reliable_answer *a)
{
    repeat_stop(&a->repeat);
    list_unlink(&a->link);
    buf_fini(&a->text);
    mem_free(a);
}

static void drop_all(struct reliable_answers *l)
{
    struct list *node;

    while ((node = list_first(&l->list)))
        answer_free(of_link(node));
}

void reliable_free(struct session *s)
{
    if (!s->reliable)
        return;
    drop_all(s->reliable);
    mem_free(s->reliable);
    s->reliable = NULL;
}

/* ---- which answers are reliable ---- */

bool reliable_wanted(const struct incoming *in, int status, enum reliable given)
{
    if (in->message->w.method != METHOD_INVITE || status <= 100 ||
        status >= 200 || given == RELIABLE_NO)
        return false;
    return given != RELIABLE_USUAL ||
           message_has_option(in->message, "Require", "100rel");
}

/* The first is anywhere in 1 to 2^31 - 1. */
uint32_t reliable_next_rseq(const struct incoming *in)
{
    if (in->rseq)
        return in->rseq + 1;
    return 1 + (uint32_t)rng_below(&in->ua->engine->rng, INT32_MAX);
}

/* What the peer will see counts, whatever the script did to the text. */
void reliable_number(struct incoming *in, struct answer *a)
{
    struct wire_message w;

    if (wire_scan(a->bytes.p, a->bytes.n, &w) != ERR_NONE ||
        slice_u32(header_value(w.headers, SLICE("RSeq"), 0), &a->rseq) !=
            ERR_NONE)
        a->rseq = reliable_next_rseq(in);
    in->rseq = a->rseq;
}

/* ---- repeats ---- */

static void send_again(void *arg)
{
    struct reliable_answer *a = arg;

    tx_send_again(a->session->reliable->invite->tx, buf_view(&a->text));
}

/* No PRACK within 64*T1: the INVITE is to be refused. */
static void give_up(void *arg)
{
    const struct reliable_answer *a = arg;
    struct incoming *in = a->session->reliable->invite;
    struct session *s;

    if (!(in->automatic & auto_bit(AUTO_PRACK)))
        return;
    s = session_ref(a->session);
    incoming_ref(in);
    if (!in->in_dialog)
        session_over(s, "prack timeout");
    incoming_reply(in, 504, &response_plain);
    incoming_unref(in);
    session_unref(s);
}

static const struct repeat_ops repeat_ops = { send_again, give_up };
static const struct repeat_ops limit_ops = { NULL, give_up };

/* ---- what is sent, what waits ---- */

static struct reliable_answers *answers_of(const struct incoming *in)
{
    const struct session *s = session_of_usage(in->usage);
    struct reliable_answers *l = s ? s->reliable : NULL;

    return l && l->invite == in ? l : NULL;
}

static struct reliable_answer *add(struct session *s, const struct answer *from)
{
    struct reliable_answer *a = mem_zalloc(sizeof(*a));
    struct wire_message w;

    a->session = s;
    a->status = from->status;
    a->rseq = from->rseq;
    a->has_body =
        wire_scan(from->bytes.p, from->bytes.n, &w) == ERR_NONE && w.body.n;
    buf_slice(&a->text, from->bytes);
    list_append(&s->reliable->list, &a->link);
    return a;
}

/* Those of an earlier INVITE in the same session are forgotten. */
static void begin(struct session *s, struct incoming *in)
{
    struct reliable_answers *l = s->reliable;

    if (!l) {
        l = s->reliable = mem_zalloc(sizeof(*l));
        list_init(&l->list);
    }
    if (l->invite == in)
        return;
    drop_all(l);
    l->invite = in;
    l->cseq = in->message->w.cseq;
}

static void start_repeats(struct reliable_answer *a)
{
    const struct ua *ua = a->session->usage.ua;
    bool repeats =
        a->session->reliable->invite->automatic & auto_bit(AUTO_RETRANSMIT);

    repeat_start(&a->repeat, ua->engine->loop, ua->timing.t1, 0,
                 repeats ? &repeat_ops : &limit_ops, a);
}

void reliable_sent(struct incoming *in, const struct answer *from)
{
    struct session *s = session_of_usage(in->usage);
    struct reliable_answer *a;

    if (!s || s->state == SESSION_ENDED)
        return;
    begin(s, in);
    a = add(s, from);
    a->sent = true;
    start_repeats(a);
}

static struct reliable_answer *first_waiting(struct reliable_answers *l)
{
    list_each (node, &l->list) {
        if (!of_link(node)->sent)
            return of_link(node);
    }
    return NULL;
}

/* A 2xx must not overtake a body (3), nor what waits itself. */
static bool holds_2xx(struct reliable_answers *l)
{
    list_each (node, &l->list) {
        const struct reliable_answer *a = of_link(node);

        if (!a->sent || a->has_body || a->prack)
            return true;
    }
    return false;
}

bool reliable_holds(const struct incoming *in, const struct answer *a)
{
    struct reliable_answers *l = answers_of(in);

    if (!l || a->force || a->status >= 300)
        return false;
    if (a->status >= 200)
        return holds_2xx(l);
    return a->reliable && !list_empty(&l->list);
}

int reliable_hold(struct incoming *in, const struct answer *a)
{
    struct reliable_answers *l = answers_of(in);

    if (!list_empty(&l->list) && of_link(l->list.prev)->status >= 200)
        return ERR_STATE;
    add(session_of_usage(in->usage), a);
    timer_stop(&in->hold);
    return ERR_NONE;
}

/* The next of those that wait, when nothing is before it any more. */
static void go_on(struct reliable_answers *l)
{
    struct reliable_answer *next = first_waiting(l);
    struct answer a;
    struct ua *ua;

    if (!l->invite || l->invite->ua->closed || !next ||
        of_link(list_first(&l->list)) != next)
        return;
    ua = l->invite->ua;
    list_unlink(&next->link);
    a = (struct answer){ .status = next->status,
                         .bytes = buf_view(&next->text),
                         .rseq = next->rseq,
                         .reliable = next->status < 200 };
    if (answer_send(l->invite, &a) != ERR_NONE)
        engine_drop(ua->engine, "answer-unsent", a.bytes, &ua->local);
    answer_free(next);
}

/* ---- its PRACK, its end ---- */

void reliable_prack_came(struct session *s, struct incoming *prack)
{
    struct reliable_answers *l = s->reliable;
    struct rack rack;

    if (!l ||
        !rack_parse(message_header(prack->message, SLICE("RAck"), 0), &rack))
        return;
    list_each (node, &l->list) {
        struct reliable_answer *a = of_link(node);

        if (!a->sent || a->prack || a->rseq != rack.rseq ||
            l->cseq != rack.cseq || !slice_eq(rack.method, SLICE("INVITE")))
            continue;
        prack->acknowledges = true;
        a->prack = prack;
        repeat_stop(&a->repeat);
        return;
    }
}

/* The INVITE has its final answer: no repeats (3), nothing waits any more. */
static void invite_gone(struct reliable_answers *l)
{
    l->invite = NULL;
    list_each_safe (node, &l->list) {
        struct reliable_answer *a = of_link(node);

        repeat_stop(&a->repeat);
        if (!a->sent)
            answer_free(a);
    }
}

/* One that is challenged comes again, and acknowledges nothing yet. */
static void prack_gone(struct reliable_answers *l, const struct incoming *prack)
{
    struct reliable_answer *a = NULL;

    list_each (node, &l->list) {
        if (of_link(node)->prack == prack)
            a = of_link(node);
    }
    if (!a)
        return;
    if (prack->status != 401 && prack->status != 407) {
        answer_free(a);
        go_on(l);
        return;
    }
    a->prack = NULL;
    if (l->invite)
        start_repeats(a);
}

void reliable_let_go(const struct incoming *in)
{
    struct session *s = session_of_usage(in->usage);
    struct reliable_answers *l = s ? s->reliable : NULL;

    if (l && l->invite == in)
        invite_gone(l);
    if (l && in->acknowledges)
        prack_gone(l, in);
}

bool session_awaits_prack(const struct session *s)
{
    return s->reliable && !list_empty(&s->reliable->list);
}
