/* SPDX-License-Identifier: MIT */
/* The notifier's side: what accepting a SUBSCRIBE or REFER makes, its refresh,
 * its end. NOTIFYs are the script's, but for the last one. */
#include <stdio.h>

#include "agent/owner.h"
#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"

enum { REFER_LASTS = 180, SUBSCRIBE_LASTS = 3600 };

bool notifier_refreshes(const struct incoming *in)
{
    struct subscription *s = subscription_of_usage(in->usage);

    return s && s->notifier && in->in_dialog &&
           in->message->w.method == METHOD_SUBSCRIBE &&
           subscription_matches(s, event_of(in->message));
}

uint32_t notifier_grants(const struct incoming *in, struct slice most)
{
    uint32_t asked, limit;

    if (!refresh_expires(in->message, &asked))
        asked = SUBSCRIBE_LASTS;
    if (slice_present(most) && slice_u32(most, &limit) == ERR_NONE &&
        limit < asked)
        return limit;
    return asked;
}

/* ---- accepted ---- */

static struct owner *owner_of(const struct incoming *in)
{
    return in->in_dialog ? in->usage->owner : in->owner;
}

static struct event event_to_be(const struct incoming *in, char id[16])
{
    struct event refer = { .package = SLICE("refer") };

    if (in->message->w.method == METHOD_SUBSCRIBE)
        return event_of(in->message);
    snprintf(id, 16, "%u", (unsigned)in->message->w.cseq);
    refer.id = slice_str(id);
    return refer;
}

static struct subscription *make(struct incoming *in, struct slice tag)
{
    char id[16];
    struct event event = event_to_be(in, id);
    struct subscription *s;
    struct dialog *d;

    if (!slice_present(event.package) || in->ua->closed)
        return NULL;
    if (in->in_dialog) {
        d = dialog_ref(in->usage->dialog);
    } else {
        if (dialog_new_uas(&d, in->ua->engine->dialogs, in->message, tag))
            return NULL;
        dialog_confirm(d, NULL);
    }
    s = subscription_new(in->ua, d, event, true);
    s->refer = in->message->w.method == METHOD_REFER;
    s->alone = s->refer && !in->in_dialog;
    s->automatic = in->automatic;
    in->made = usage_ref(&s->usage);
    if (owner_of(in))
        owner_take_usage(owner_of(in), &s->usage);
    return s;
}

/* It lasts as long as the answer has said, whatever the script did to it. At
 * once, if that is 0: with the NOTIFY that a fetch asks for. */
void notifier_accepted(struct incoming *in, struct slice tag,
                       struct slice bytes)
{
    bool refer = in->message->w.method == METHOD_REFER;
    uint32_t seconds = refer ? REFER_LASTS : SUBSCRIBE_LASTS;
    struct loop *loop = in->ua->engine->loop;
    struct subscription *s;
    struct message *m;

    if (message_new(&m, bytes.p, bytes.n, loop_now(loop), loop_wall(loop)))
        return;
    if (notifier_refreshes(in)) {
        s = subscription_of_usage(in->usage);
        dialog_refresh_target(s->usage.dialog, in->message);
    } else {
        s = refer && subscription_declined(m) ? NULL : make(in, tag);
    }
    refresh_expires(m, &seconds);
    message_unref(m);
    if (!s || s->usage.over)
        return;
    s->ends_by = seconds ? NULL : "unsubscribed";
    subscription_lasts(s, seconds);
}

/* ---- in its dialog ---- */

void notifier_incoming(struct subscription *s, struct incoming *in)
{
    uint32_t seconds = SUBSCRIBE_LASTS;

    if (in->message->w.method == METHOD_SUBSCRIBE) {
        if (s->ending) {
            incoming_reply(in, 481, &response_plain);
            return;
        }
        refresh_expires(in->message, &seconds);
        s->leaving = seconds == 0;
    }
    subscription_deliver(s, in);
}

void notifier_refused(struct incoming *in)
{
    struct subscription *s = subscription_of_usage(in->usage);

    if (s)
        s->leaving = false;
}

void notifier_finish(struct subscription *s, const char *reason,
                     const char *cause)
{
    struct request_options o = request_plain;

    if (s->ending || s->usage.over)
        return;
    if (!s->ends_by)
        s->ends_by = cause;
    o.state = SLICE("terminated");
    o.reason = slice_str(reason);
    if (!(s->automatic & auto_bit(AUTO_SUBSCRIBE)) ||
        subscription_send(s, &kind_notify, &o) != ERR_NONE)
        subscription_end(s, s->ends_by);
}

/* Nobody is there who would hear more (4.2.2). */
void notifier_outcome(struct subscription *s, struct request *r,
                      const struct request_event *e)
{
    if (r->kind->id != METHOD_NOTIFY)
        return;
    if (r == s->waiting)
        subscription_end(s, s->ends_by ? s->ends_by : "terminated");
    else if (subscription_ends_by(e->status) || e->status == 408)
        subscription_end_by(s, e->status);
}
