/* SPDX-License-Identifier: MIT */
/* The timer of a session: refreshed in time, or ended (RFC 4028 7.2, 10). */
#include "agent/session_timer.h"

#include "agent/incoming_private.h"
#include "agent/reply.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"

#define AGAIN_AFTER (2 * LOOP_SECOND)

void session_timer_stop(struct session_timer *t)
{
    timer_stop(&t->timer);
    t->seconds = 0;
    t->refreshing = false;
}

static void expire(struct session *s)
{
    session_ref(s);
    session_end(s);
    session_over(s, "session expired");
    session_unref(s);
}

/* By UPDATE, which needs no offer, else by a re-INVITE with what we had. */
static int refresh(struct session *s)
{
    const struct request_kind *kind =
        s->timer.update ? &kind_update : &kind_invite;
    struct request_options o = request_plain;
    struct request *r;
    char why[160];
    int err;

    o.automatic = s->usage.ua->automatic | auto_bit(AUTO_ACK);
    if (!s->timer.update)
        o.body = offer_sdp(&s->offer, OFFER_LOCAL);
    err = request_new_in_dialog(&r, &s->usage, kind, &o, NULL, NULL, why);
    if (!err)
        request_unref(r);
    return err;
}

/* Until the end, but not longer than `delay`. */
static void wait_for(struct session *s, int64_t delay)
{
    struct loop *l = s->usage.ua->engine->loop;
    int64_t left = s->timer.end - loop_now(l);

    timer_start(l, &s->timer.timer, delay < left ? delay : left);
}

/* What is pending may be a refresh itself: it is asked again soon. So it is
 * while a BYE has no answer; and an early session lasts as long as its INVITE
 * rings, whatever an UPDATE has agreed on. */
static void on_time(void *arg)
{
    struct session *s = arg;
    struct session_timer *t = &s->timer;
    bool past = loop_now(s->usage.ua->engine->loop) >= t->end;

    if (s->state == SESSION_ENDING || (past && s->state == SESSION_EARLY)) {
        timer_start(s->usage.ua->engine->loop, &t->timer, AGAIN_AFTER);
    } else if (past) {
        expire(s);
    } else if (refresh(s) == ERR_NONE) {
        t->refreshing = true;
        wait_for(s, LOOP_FOREVER);
    } else {
        wait_for(s, AGAIN_AFTER);
    }
}

/* Half the interval is left for a refresh; who waits for one ends the session
 * a little before the other side forgets it (10). */
static void start(struct session *s, uint32_t seconds, bool local)
{
    struct session_timer *t = &s->timer;
    int64_t interval = seconds * LOOP_SECOND, spare = interval / 3;

    if (spare > 32 * LOOP_SECOND)
        spare = 32 * LOOP_SECOND;
    t->seconds = seconds;
    t->local = local;
    t->refreshing = false;
    t->end = loop_now(s->usage.ua->engine->loop) + interval - spare;
    timer_init(&t->timer, on_time, s);
    wait_for(s, local ? interval / 2 : LOOP_FOREVER);
}

/* What is known of its methods stays known. */
static void learn_update(struct session *s, const struct message *m)
{
    if (slice_present(message_header(m, SLICE("Allow"), 0)))
        s->timer.update = message_has_option(m, "Allow", "UPDATE");
}

/* Without a Session-Expires in the 2xx there is none from here on (7.2). */
static void agree(struct session *s, struct slice value, bool ours)
{
    struct session_expires x = session_expires_parse(value);
    enum refresher us = ours ? REFRESHER_UAC : REFRESHER_UAS;

    if (s->state == SESSION_ENDED)
        return;
    session_timer_stop(&s->timer);
    if (x.seconds)
        start(s, x.seconds,
              x.refresher == us || (x.refresher == REFRESHER_ANY && ours));
}

void session_timer_heard(struct session *s, const struct request *r,
                         const struct message *m)
{
    if (!session_timer_is_refresh(r->kind->id) ||
        !(r->automatic & auto_bit(AUTO_SESSION_TIMER)))
        return;
    if (slice_present(m->w.session_expires))
        learn_update(s, m);
    agree(s, m->w.session_expires, true);
}

void session_timer_answered(struct session *s, const struct incoming *in,
                            struct answer *a)
{
    struct slice value = slice_of(NULL, 0);

    if (!(in->automatic & auto_bit(AUTO_SESSION_TIMER)))
        return;
    if (!a->options || session_timer_says(in, a->options))
        value = answer_scan(a)->session_expires;
    if (slice_present(value))
        learn_update(s, in->message);
    agree(s, value, false);
}

/* A peer that has no UPDATE after all. */
void session_timer_refused(struct session *s, const struct request *r,
                           int status)
{
    if (!s->timer.refreshing || r->kind->id != METHOD_UPDATE ||
        (status != 405 && status != 501))
        return;
    s->timer.update = false;
    wait_for(s, 0);
    s->timer.refreshing = false;
}

uint32_t session_expires(const struct session *s, bool *local)
{
    *local = s->timer.local;
    return s->timer.seconds;
}
