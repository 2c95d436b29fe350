/* SPDX-License-Identifier: MIT */
/* What messages say about a subscription: which one, how it stands, how long it
 * lasts. */
#include <stdio.h>

#include "agent/subscription_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/header.h"

const char *subscription_state_name(enum subscription_state s)
{
    static const char *const names[] = { "init", "pending", "active",
                                         "terminated" };

    return names[s];
}

void subscription_keep(char **text, struct slice s)
{
    char *old = *text; /* which s may be a view of */

    *text = slice_present(s) ? mem_strndup(s.p, s.n) : NULL;
    mem_free(old);
}

struct event event_of(const struct message *m)
{
    struct slice value = message_header(m, SLICE("Event"), 0);
    size_t n = slice_present(value) ? slice_find(value, ';') : 0;
    struct event e = { .package = slice_trim(slice_of(value.p, n)) };

    if (!e.package.n)
        return (struct event){ { NULL, 0 }, { NULL, 0 } };
    e.id = wire_param_get(slice_of(value.p + n, value.n - n), "id");
    return e;
}

struct slice subscription_id_now(const struct subscription *s, char out[16])
{
    const struct request *r = s->notifier ? NULL : s->waiting;
    int n;

    if (!r || r->kind->id != METHOD_REFER)
        return slice_str(s->id);
    n = snprintf(out, 16, "%u", (unsigned)r->message->w.cseq);
    return slice_of(out, (size_t)n);
}

/* Byte by byte (8.2.1); RFC 3515 2.4.6 lets the id of the first REFER out. */
bool subscription_matches(const struct subscription *s, struct event event)
{
    char text[16];
    struct slice id = subscription_id_now(s, text);

    if (!slice_present(event.package) ||
        !slice_eq(event.package, slice_str(s->package)))
        return false;
    if (!slice_present(event.id))
        return s->refer || !slice_present(id);
    return slice_present(id) && slice_eq(event.id, id);
}

void subscription_lasts(struct subscription *s, uint32_t seconds)
{
    struct loop *loop = s->usage.ua->engine->loop;
    int64_t lasts = (int64_t)seconds * LOOP_SECOND;
    int64_t t2 = s->usage.ua->timing.t2;

    s->expires_at = loop_now(loop) + lasts;
    /* The NOTIFY that tells of the end is sent then, and comes later. */
    timer_start(loop, &s->expiry, s->notifier ? lasts : lasts + t2);
    if (!s->notifier && !s->ending && (s->automatic & auto_bit(AUTO_REFRESH)))
        timer_start(loop, &s->refresh, refresh_delay(seconds));
}

static enum subscription_state state_of(const struct subscription *s,
                                        struct slice word)
{
    for (int i = SUBSCRIPTION_PENDING; i <= SUBSCRIPTION_TERMINATED; i++) {
        if (slice_ieq(word, slice_str(subscription_state_name(
                                (enum subscription_state)i))))
            return (enum subscription_state)i;
    }
    /* An extension's: it stands, and it is not known how. */
    return s->state == SUBSCRIPTION_INIT ? SUBSCRIPTION_PENDING : s->state;
}

void subscription_lasts_no_more(struct subscription *s)
{
    timer_stop(&s->expiry);
    timer_stop(&s->refresh);
    s->expires_at = 0;
}

/* Whole seconds, told again and again, must not shift the end. */
static void adjust(struct subscription *s, uint32_t seconds)
{
    int64_t now = loop_now(s->usage.ua->engine->loop);
    int64_t off = now + (int64_t)seconds * LOOP_SECOND - s->expires_at;

    if (!s->expires_at || off >= LOOP_SECOND || off <= -LOOP_SECOND)
        subscription_lasts(s, seconds);
}

void subscription_learn(struct subscription *s, const struct message *notify)
{
    struct slice value = message_header(notify, SLICE("Subscription-State"), 0);
    struct slice params;
    uint32_t seconds;
    size_t n;

    if (!slice_present(value))
        return;
    n = slice_find(value, ';');
    params = slice_of(value.p + n, value.n - n);
    s->state = state_of(s, slice_trim(slice_of(value.p, n)));
    subscription_keep(&s->reason, wire_param_get(params, "reason"));
    s->retry_after = -1;
    if (slice_u32(wire_param_get(params, "retry-after"), &seconds) == ERR_NONE)
        s->retry_after = seconds;
    if (s->state == SUBSCRIPTION_TERMINATED)
        subscription_lasts_no_more(s);
    else if (slice_u32(wire_param_get(params, "expires"), &seconds) == ERR_NONE)
        adjust(s, seconds);
}

bool subscription_declined(const struct message *m)
{
    struct slice value = message_header(m, SLICE("Refer-Sub"), 0);

    return slice_present(value) && slice_istarts(value, SLICE("false"));
}
