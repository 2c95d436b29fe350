/* SPDX-License-Identifier: MIT */
/*
 * A SUBSCRIBE or REFER outside of dialogs, waiting for NOTIFYs: they may come
 * before its 2xx or behind it, and one from each fork (RFC 6665 4.1.2.4). Found
 * by Call-ID and our tag, then by the event.
 */
#include <stdio.h>

#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"

struct subscribe_wait {
    struct hash_node node; /* in engine->waits */
    struct request *r;
    struct timer n;
    bool granted; /* the 2xx has said for how long */
    uint32_t seconds;
    int64_t granted_at;
};

static uint64_t hash_of(struct slice call_id, struct slice tag)
{
    return hash_bytes(hash_bytes(0, call_id.p, call_id.n), tag.p, tag.n);
}

static void forget(struct subscribe_wait *w)
{
    timer_stop(&w->n);
    hash_remove(&w->r->ua->engine->waits, &w->node);
    w->r->extra = NULL;
    mem_free(w);
}

static void on_timer_n(void *arg)
{
    struct subscribe_wait *w = arg;
    struct request *r = w->r;
    bool none = list_empty(&r->subscriptions);

    forget(w);
    request_waited(r, none);
}

static void start_timer_n(struct subscribe_wait *w)
{
    timer_start_fixed(w->r->ua->engine->loop, &w->n, 64 * w->r->timing.t1);
}

void subscribe_wait_start(struct request *r)
{
    struct subscribe_wait *w = mem_zalloc(sizeof(*w));

    w->r = r;
    r->extra = w;
    r->waits = true;
    hash_insert(&r->ua->engine->waits, &w->node,
                hash_of(r->message->w.call_id, r->message->w.from_tag));
    timer_init(&w->n, on_timer_n, w);
    start_timer_n(w);
}

void subscribe_wait_again(struct request *r)
{
    if (r->extra)
        start_timer_n(r->extra);
}

void subscribe_wait_stop(struct request *r)
{
    if (!r->extra)
        return;
    forget(r->extra);
    r->waits = false;
}

void subscribe_wait_granted(struct request *r, uint32_t seconds)
{
    struct subscribe_wait *w = r->extra;

    if (!w)
        return;
    w->granted = true;
    w->seconds = seconds;
    w->granted_at = loop_now(r->ua->engine->loop);
}

/* ---- a NOTIFY ---- */

static bool same_dialog(const struct request *r, const struct message *m)
{
    return slice_eq(r->message->w.call_id, m->w.call_id) &&
           slice_eq(r->message->w.from_tag, m->w.to_tag);
}

/* The id of a REFER is its CSeq number, and may be left out (RFC 3515 2.4.6).*/
static bool wants(const struct request *r, struct event event)
{
    struct event own;
    uint32_t id;

    if (r->kind->id == METHOD_REFER)
        return slice_eq(event.package, SLICE("refer")) &&
               (!slice_present(event.id) ||
                (slice_u32(event.id, &id) == ERR_NONE &&
                 id == r->message->w.cseq));
    own = event_of(r->message);
    return slice_eq(event.package, own.package) &&
           slice_present(event.id) == slice_present(own.id) &&
           slice_eq(event.id, own.id);
}

/* NULL: nobody. *event_missing: it is for one of us, but says not for whom. */
static struct subscribe_wait *find(struct engine *e, const struct message *m,
                                   bool *event_missing)
{
    struct event event = event_of(m);
    uint64_t hash = hash_of(m->w.call_id, m->w.to_tag);

    for (struct hash_node *node = hash_first(&e->waits, hash); node;
         node = hash_next(node)) {
        struct subscribe_wait *w =
            container_of(node, struct subscribe_wait, node);

        /* One of a fork whose subscription is over comes too late. */
        if (!same_dialog(w->r, m) || subscriber_of_fork(w->r, m->w.from_tag))
            continue;
        *event_missing = !slice_present(event.package);
        if (!*event_missing && wants(w->r, event))
            return w;
    }
    return NULL;
}

static void use_grant(const struct subscribe_wait *w, struct subscription *s)
{
    int64_t now = loop_now(w->r->ua->engine->loop);
    int64_t gone = (now - w->granted_at) / LOOP_SECOND;

    if (w->granted && w->seconds)
        subscription_lasts(s,
                           gone < w->seconds ? w->seconds - (uint32_t)gone : 0);
}

int subscribe_wait_take(struct engine *e, const struct message *m,
                        struct usage **out)
{
    bool event_missing = false;
    struct subscribe_wait *w = find(e, m, &event_missing);
    struct subscription *s;
    struct dialog *d;
    int refused;

    *out = NULL;
    if (!w)
        return event_missing ? 489 : 0;
    refused = subscriber_check(m, true);
    if (refused)
        return refused;
    if (dialog_new_uas(&d, e->dialogs, m, m->w.to_tag))
        return 0;
    dialog_confirm(d, NULL);
    dialog_set_local_cseq(d, w->r->message->w.cseq);
    s = subscriber_new(w->r, d);
    use_grant(w, s);
    *out = &s->usage;
    return 0;
}
