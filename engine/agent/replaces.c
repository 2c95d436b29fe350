/* SPDX-License-Identifier: MIT */
/* An INVITE that takes the place of another session (RFC 3891). */
#include "agent/replaces.h"

#include "agent/incoming_private.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"

struct target {
    struct slice call_id, local_tag, remote_tag;
    bool early_only;
};

/* ---- dialogs that are over ---- */

static uint64_t hash_of(const struct ua *ua, const struct target *t)
{
    uint64_t h =
        hash_bytes((uint64_t)(uintptr_t)ua, t->call_id.p, t->call_id.n);

    h = hash_bytes(h, t->local_tag.p, t->local_tag.n);
    return hash_bytes(h, t->remote_tag.p, t->remote_tag.n);
}

void replaces_remember(struct session *s)
{
    struct ended_dialogs *ended = &s->usage.ua->engine->ended;
    struct target t = { .call_id = dialog_call_id(s->usage.dialog),
                        .local_tag = dialog_local_tag(s->usage.dialog),
                        .remote_tag = dialog_remote_tag(s->usage.dialog) };

    ended->hash[ended->n++ % ENDED_DIALOGS] = hash_of(s->usage.ua, &t);
}

static bool has_ended(const struct ua *ua, const struct target *t)
{
    const struct ended_dialogs *ended = &ua->engine->ended;
    uint64_t hash = hash_of(ua, t);

    for (size_t i = 0; i < ENDED_DIALOGS && i < ended->n; i++) {
        if (ended->hash[i] == hash)
            return true;
    }
    return false;
}

/* ---- judging ---- */

/* Exactly one tag of either side (6.1). */
static bool parse(struct slice value, struct target *out)
{
    size_t end = slice_find(value, ';'), pos = 0;
    struct slice params = slice_of(value.p + end, value.n - end);
    struct wire_param param;
    unsigned tags = 0;

    while (wire_param_next(params, ';', &pos, &param))
        tags += slice_ieq(param.name, SLICE("to-tag")) ||
                slice_ieq(param.name, SLICE("from-tag"));
    out->call_id = slice_trim(slice_of(value.p, end));
    out->local_tag = wire_param_get(params, "to-tag");
    out->remote_tag = wire_param_get(params, "from-tag");
    out->early_only = slice_present(wire_param_get(params, "early-only"));
    return tags == 2 && out->call_id.n && out->local_tag.n && out->remote_tag.n;
}

/* There may be one, and no Join besides (3). */
static bool is_readable(const struct message *m, struct target *out)
{
    struct header_cursor c = { 0 };
    struct slice value;
    size_t n = 0;

    while (header_each(m->w.headers, SLICE("Replaces"), &c, &value))
        n++;
    return n == 1 && !slice_present(message_header(m, SLICE("Join"), 0)) &&
           parse(m->w.replaces, out);
}

static struct slice no_tag(struct slice tag)
{
    return slice_eq(tag, SLICE("0")) ? SLICE("") : tag;
}

/* A tag of "0" names a side that gave none, too (3). */
static struct session *find(const struct ua *ua, const struct target *t)
{
    struct dialog_table *dialogs = ua->engine->dialogs;
    struct dialog *d =
        dialog_find(dialogs, t->call_id, t->local_tag, t->remote_tag);
    struct session *s;

    if (!d)
        d = dialog_find(dialogs, t->call_id, no_tag(t->local_tag),
                        no_tag(t->remote_tag));
    s = session_of_dialog(d);
    return s && s->usage.ua == ua ? s : NULL;
}

/* 0: it can be replaced (3). */
static int refusal(struct incoming *in)
{
    struct target t;
    struct session *s;

    if (!is_readable(in->message, &t))
        return 400;
    s = find(in->ua, &t);
    if (!s)
        return has_ended(in->ua, &t) ? 603 : 481;
    if (s->state == SESSION_ENDING)
        return 603;
    if (s->state == SESSION_EARLY && !s->uac)
        return 481; /* it rings here: nothing of ours to take over */
    if (s->state != SESSION_EARLY && t.early_only)
        return 486;
    in->replaces = session_ref(s);
    return 0;
}

bool replaces_refuses(struct incoming *in)
{
    int status;

    if (!slice_present(in->message->w.replaces) ||
        in->message->w.method != METHOD_INVITE ||
        !(in->automatic & auto_bit(AUTO_REPLACES)))
        return false;
    status = refusal(in);
    if (status)
        incoming_reply(in, status, &response_plain);
    return status != 0;
}

/* ---- replacing ---- */

void replaces_accepted(struct incoming *in)
{
    struct session *s = in->replaces;
    struct request *cancel;

    if (!s)
        return;
    if (s->state != SESSION_EARLY)
        s->usage.type->end(&s->usage); /* not before its ACK came */
    else if (!s->invite ||
             request_cancel(s->invite, &cancel, &request_plain) != ERR_NONE)
        session_end(s);
}

void session_replaces(const struct session *s, struct buf *out)
{
    buf_slice(out, dialog_call_id(s->usage.dialog));
    buf_lit(out, ";to-tag=");
    buf_slice(out, dialog_remote_tag(s->usage.dialog));
    buf_lit(out, ";from-tag=");
    buf_slice(out, dialog_local_tag(s->usage.dialog));
}
