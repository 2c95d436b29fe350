/* SPDX-License-Identifier: MIT */
/* The headers of RFC 4028, and the 422: what is asked for, what is granted. */
#include "agent/incoming_private.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"

enum { MIN_SE = 90 /* RFC 4028 5 */, AGAIN_AT_MOST = 3 };

static uint32_t seconds_of(struct slice value)
{
    uint32_t seconds = 0;

    if (slice_present(value))
        (void)slice_u32(slice_trim(slice_of(value.p, slice_find(value, ';'))),
                        &seconds);
    return seconds;
}

struct session_expires session_expires_parse(struct slice value)
{
    struct session_expires x = { .seconds = seconds_of(value) };
    size_t end = slice_find(value, ';');
    struct slice who = slice_of(NULL, 0);

    if (slice_present(value))
        who =
            wire_param_get(slice_of(value.p + end, value.n - end), "refresher");
    if (slice_ieq(who, SLICE("uac")))
        x.refresher = REFRESHER_UAC;
    else if (slice_ieq(who, SLICE("uas")))
        x.refresher = REFRESHER_UAS;
    return x;
}

bool session_timer_is_refresh(enum method m)
{
    return m == METHOD_INVITE || m == METHOD_UPDATE;
}

static void add_value(struct buf *out, const struct session_expires *x)
{
    static const char *const who[] = { "", ";refresher=uac", ";refresher=uas" };

    buf_u64(out, x->seconds);
    buf_str(out, who[x->refresher]);
}

static uint32_t least_of(const struct ua *ua)
{
    return ua->min_se ? ua->min_se : MIN_SE;
}

static uint32_t min_se_in(const struct message *m)
{
    return seconds_of(message_header(m, SLICE("Min-SE"), 0));
}

/* ---- a request of ours ---- */

/* As the script says; a refresh goes on as it was agreed on (7.4). */
static struct session_expires wanted(const struct request *r,
                                     const struct request_options *o)
{
    const struct session_timer_options *given = &o->timer;
    struct session_expires x = { given->session_expires, given->refresher };
    const struct session *s = session_of_usage(r->usage);

    if (x.seconds || !s || !s->timer.seconds ||
        !session_timer_is_refresh(r->kind->id) ||
        !(o->automatic & auto_bit(AUTO_SESSION_TIMER)))
        return x;
    x.seconds = s->timer.seconds;
    if (x.refresher == REFRESHER_ANY)
        x.refresher = s->timer.local ? REFRESHER_UAC : REFRESHER_UAS;
    return x;
}

void session_timer_ask(struct buf *own, const struct request *r,
                       const struct request_options *o)
{
    struct session_expires x = wanted(r, o);
    uint32_t least = o->timer.min_se;
    struct buf value = { 0 };

    if (x.seconds) {
        add_value(&value, &x);
        compose_own(own, o, "Session-Expires", buf_view(&value));
        if (!least && r->ua->min_se > MIN_SE)
            least = r->ua->min_se;
    }
    if (least) {
        buf_clear(&value);
        buf_u64(&value, least);
        compose_own(own, o, "Min-SE", buf_view(&value));
    }
    buf_fini(&value);
}

/* What the refused request asked for goes up, never down. */
bool session_timer_retries(struct request *r, struct message *response)
{
    struct session_expires x =
        session_expires_parse(r->message->w.session_expires);
    uint32_t least = min_se_in(response);
    struct again again = { 0 };
    struct buf lines = { 0 };
    int err;

    if (response->w.status != 422 || !x.seconds || least <= x.seconds ||
        !(r->automatic & auto_bit(AUTO_SESSION_TIMER)) ||
        r->intervals == AGAIN_AT_MOST)
        return false;
    r->intervals++;
    x.seconds = least;
    buf_lit(&lines, "Session-Expires: ");
    add_value(&lines, &x);
    buf_fmt(&lines, "\r\nMin-SE: %u\r\n", least);
    again.lines = buf_view(&lines);
    err = request_again(r, &again);
    buf_fini(&lines);
    return err == ERR_NONE;
}

/* ---- a request of theirs ---- */

static bool peer_has_timer(const struct message *m)
{
    return message_has_option(m, "Supported", "timer") ||
           message_has_option(m, "Require", "timer");
}

/* The shorter of what both ask for, as far as the peer allows. */
static uint32_t granted(const struct message *m, uint32_t asked, uint32_t given)
{
    uint32_t least = min_se_in(m) ? min_se_in(m) : MIN_SE;

    if (!asked || !given)
        return asked ? asked : given;
    if (given < least)
        given = least;
    return given < asked ? given : asked;
}

/* What the 2xx says; nothing: seconds 0. Who is not asked by name is the one
 * that knows of timers (RFC 4028 9, table 2). */
static struct session_expires offered(const struct incoming *in,
                                      const struct response_options *o)
{
    bool on = in->automatic & auto_bit(AUTO_SESSION_TIMER);
    struct session_expires asked = { 0, REFRESHER_ANY }, x;
    const struct session *s = session_of_usage(in->usage);

    if (on)
        asked = session_expires_parse(in->message->w.session_expires);
    if (on && !asked.seconds && in->in_dialog && s && s->timer.seconds) {
        asked.seconds = s->timer.seconds;
        asked.refresher = s->timer.local ? REFRESHER_UAS : REFRESHER_UAC;
    }
    x.seconds = granted(in->message, asked.seconds, o->timer.session_expires);
    x.refresher = o->timer.refresher ? o->timer.refresher : asked.refresher;
    if (x.seconds && x.refresher == REFRESHER_ANY)
        x.refresher =
            peer_has_timer(in->message) ? REFRESHER_UAC : REFRESHER_UAS;
    return x;
}

bool session_timer_says(const struct incoming *in,
                        const struct response_options *o)
{
    return offered(in, o).seconds ||
           compose_brings(o->lines, o->line_count, SLICE("Session-Expires"));
}

void session_timer_answer(struct buf *out, const struct incoming *in,
                          const struct response_options *o)
{
    struct session_expires x = offered(in, o);
    struct buf value = { 0 };

    if (!x.seconds ||
        compose_brings(o->lines, o->line_count, SLICE("Session-Expires")))
        return;
    add_value(&value, &x);
    compose_line(out, "Session-Expires", buf_view(&value));
    if (peer_has_timer(in->message))
        compose_line(out, "Require", SLICE("timer"));
    buf_fini(&value);
}

/* Only who knows of timers can make sense of a 422 (9). */
bool session_timer_refuses(struct incoming *in)
{
    uint32_t least = least_of(in->ua);
    uint32_t asked = seconds_of(in->message->w.session_expires);
    struct response_options o = response_plain;
    struct buf text = { 0 };
    struct slice line;

    if (!asked || asked >= least ||
        !session_timer_is_refresh(in->message->w.method) ||
        !(in->automatic & auto_bit(AUTO_SESSION_TIMER)) ||
        !peer_has_timer(in->message))
        return false;
    buf_fmt(&text, "Min-SE: %u", least);
    line = buf_view(&text);
    o.lines = &line;
    o.line_count = 1;
    incoming_reply(in, 422, &o);
    buf_fini(&text);
    return true;
}
