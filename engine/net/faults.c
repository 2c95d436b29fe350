/* SPDX-License-Identifier: MIT */
/* What happens to a datagram by its verdict, and what is held back for it. */
#include "net/faults.h"

#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/rng.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "net/faults_private.h"
#include "net/verdict.h"

enum { DIRECTIONS = 2 };

/* A datagram waiting to be overtaken goes on after this, overtaken or not. */
#define REORDER_LONGEST (20 * LOOP_MILLISECOND)

struct faults {
    struct loop *loop;
    struct faults_plan plan;
    struct rng rng[DIRECTIONS]; /* by `outgoing` */
    struct faults_counters counters;
    struct list ports;
};

struct faults_port {
    struct list link;      /* in faults->ports */
    struct list place;     /* in the chain */
    struct list *chain;    /* the socket's */
    struct faults *faults; /* NULL once they are freed: all pass untouched */
    faults_deliver_fn *deliver;
    void *arg;
    struct list held;
    struct held *overtaken[DIRECTIONS]; /* waits for the next one to pass */
    unsigned pins; /* frames of this file that still look at the port */
    bool closed;
};

/* A datagram on its way through: delay, then reordering, then out. */
struct held {
    struct list link;
    struct timer timer;
    struct faults_port *port;
    struct addr peer;
    int64_t delay;
    bool outgoing, reorder, duplicate;
    enum net_mark mark;
    size_t n;
    char bytes[];
};

static void port_pin(struct faults_port *port)
{
    port->pins++;
}

static void port_unpin(struct faults_port *port)
{
    if (--port->pins == 0 && port->closed)
        mem_free(port);
}

static void port_pass(struct faults_port *port, bool outgoing,
                      const struct addr *peer, struct slice bytes,
                      enum net_mark mark);

/* To the next port, or out. */
static void port_deliver(struct faults_port *port, bool outgoing,
                         const struct addr *peer, struct slice bytes,
                         enum net_mark mark)
{
    if (port->closed)
        return;
    if (port->place.next == port->chain || mark == NET_MARK_DROPPED)
        port->deliver(port->arg, outgoing, peer, bytes, mark);
    else
        port_pass(container_of(port->place.next, struct faults_port, place),
                  outgoing, peer, bytes, mark);
}

static void held_mark(struct held *h, enum net_mark mark)
{
    /* Damaged bytes say more than their timing. */
    if (h->mark == NET_MARK_NONE)
        h->mark = mark;
}

static void held_unlink(struct held *h)
{
    list_unlink(&h->link);
    timer_stop(&h->timer);
    if (h->port->overtaken[h->outgoing] == h)
        h->port->overtaken[h->outgoing] = NULL;
}

static void port_passed(struct faults_port *port, bool outgoing);

/* The port is pinned by the caller. */
static void held_out(struct held *h)
{
    struct slice bytes = slice_of(h->bytes, h->n);

    held_unlink(h);
    port_deliver(h->port, h->outgoing, &h->peer, bytes, h->mark);
    if (h->duplicate)
        port_deliver(h->port, h->outgoing, &h->peer, bytes,
                     NET_MARK_DUPLICATED);
    port_passed(h->port, h->outgoing);
    mem_free(h);
}

/* A datagram has passed: the one that it was to overtake goes after it. */
static void port_passed(struct faults_port *port, bool outgoing)
{
    struct held *h = port->overtaken[outgoing];

    if (h)
        held_out(h);
}

/* The next stage that applies, or out. The port is pinned by the caller. */
static void held_step(struct held *h)
{
    struct faults_port *port = h->port;
    struct faults *f = port->faults;

    if (h->delay > 0) {
        timer_start(f->loop, &h->timer, h->delay);
        h->delay = 0;
        f->counters.delayed++;
        held_mark(h, NET_MARK_DELAYED);
        return;
    }
    if (h->reorder && !port->overtaken[h->outgoing]) {
        timer_start(f->loop, &h->timer, REORDER_LONGEST);
        port->overtaken[h->outgoing] = h;
        h->reorder = false;
        f->counters.reordered++;
        held_mark(h, NET_MARK_REORDERED);
        return;
    }
    held_out(h);
}

static void held_due(void *arg)
{
    struct held *h = arg;
    struct faults_port *port = h->port;

    port_pin(port);
    if (port->overtaken[h->outgoing] == h)
        held_out(h);
    else
        held_step(h);
    port_unpin(port);
}

static struct held *held_new(struct faults_port *port, bool outgoing,
                             const struct addr *peer, struct slice bytes)
{
    struct held *h = mem_zalloc(sizeof(*h) + bytes.n);

    timer_init(&h->timer, held_due, h);
    h->port = port;
    h->peer = *peer;
    h->outgoing = outgoing;
    h->n = bytes.n;
    if (bytes.n > 0)
        memcpy(h->bytes, bytes.p, bytes.n);
    list_append(&port->held, &h->link);
    return h;
}

static void damage(struct faults_port *port, bool outgoing,
                   const struct addr *peer, struct slice bytes,
                   enum net_mark mark)
{
    struct faults *f = port->faults;
    struct verdict v = verdict_draw(&f->plan, &f->rng[outgoing]);
    struct held *h;

    f->counters.seen++;
    if (v.drop) {
        f->counters.dropped++;
        port_deliver(port, outgoing, peer, bytes, NET_MARK_DROPPED);
        return;
    }
    h = held_new(port, outgoing, peer, bytes);
    h->mark = mark;
    if (v.corrupt && h->n > 0) {
        f->counters.corrupted++;
        verdict_corrupt(&v, h->bytes, h->n);
        held_mark(h, NET_MARK_CORRUPTED);
    }
    if (v.duplicate)
        f->counters.duplicated++;
    h->duplicate = v.duplicate;
    h->delay = v.delay;
    h->reorder = v.reorder;
    held_step(h);
}

static void port_pass(struct faults_port *port, bool outgoing,
                      const struct addr *peer, struct slice bytes,
                      enum net_mark mark)
{
    struct faults *f = port->faults;
    bool in_play;

    port_pin(port);
    in_play =
        f && (!f->plan.where || f->plan.where(f->plan.arg, outgoing, bytes));
    /* `where` may have freed the faults or closed the port. */
    if (in_play && port->faults && !port->closed) {
        damage(port, outgoing, peer, bytes, mark);
    } else {
        port_deliver(port, outgoing, peer, bytes, mark);
        port_passed(port, outgoing);
    }
    port_unpin(port);
}

void faults_pass(struct list *chain, bool outgoing, const struct addr *peer,
                 struct slice bytes)
{
    port_pass(container_of(list_first(chain), struct faults_port, place),
              outgoing, peer, bytes, NET_MARK_NONE);
}

static void port_drop_held(struct faults_port *port)
{
    list_each_safe (node, &port->held) {
        struct held *h = container_of(node, struct held, link);

        held_unlink(h);
        port->faults->counters.dropped++;
        mem_free(h);
    }
}

static void port_detach(struct faults_port *port)
{
    if (!port->faults)
        return;
    port_drop_held(port);
    list_unlink(&port->link);
    port->faults = NULL;
}

struct faults_port *faults_port_open(struct faults *f, struct list *chain,
                                     faults_deliver_fn *deliver, void *arg)
{
    struct faults_port *port = mem_zalloc(sizeof(*port));

    port->faults = f;
    port->chain = chain;
    port->deliver = deliver;
    port->arg = arg;
    list_init(&port->held);
    list_append(&f->ports, &port->link);
    list_append(chain, &port->place);
    return port;
}

struct faults_port *faults_port_of(struct list *chain, const struct faults *f)
{
    list_each (node, chain) {
        struct faults_port *port =
            container_of(node, struct faults_port, place);

        if (port->faults == f)
            return port;
    }
    return NULL;
}

void faults_port_close(struct faults_port *port)
{
    if (!port)
        return;
    port_pin(port);
    port_detach(port);
    list_unlink(&port->place);
    port->closed = true;
    port_unpin(port);
}

void faults_chain_close(struct list *chain)
{
    list_each_safe (node, chain)
        faults_port_close(container_of(node, struct faults_port, place));
}

int faults_new(struct faults **out, struct loop *l,
               const struct faults_plan *plan)
{
    struct faults *f;

    if (!verdict_possible(plan))
        return ERR_ARGUMENT;
    f = mem_zalloc(sizeof(*f));
    f->loop = l;
    f->plan = *plan;
    rng_init(&f->rng[false], plan->seed, 0);
    rng_init(&f->rng[true], plan->seed, 1);
    list_init(&f->ports);
    *out = f;
    return ERR_NONE;
}

void faults_free(struct faults *f)
{
    if (!f)
        return;
    list_each_safe (node, &f->ports)
        port_detach(container_of(node, struct faults_port, link));
    mem_free(f);
}

const struct faults_counters *faults_counters(const struct faults *f)
{
    return &f->counters;
}
