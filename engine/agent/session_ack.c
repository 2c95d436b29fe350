/* SPDX-License-Identifier: MIT */
/* The ACK of a 2xx (RFC 3261 13.2.2.4): made by the dialog's owner. */
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"
#include "wire/header.h"

enum { LINES_MAX = 64 };

static const struct request_kind kind_ack = { .type = "",
                                              .method = "ACK",
                                              .id = METHOD_ACK,
                                              .body_type = "application/sdp" };

/* The INVITE's credentials go along, as 13.2.2.4 says. */
static size_t credentials(const struct message *invite,
                          struct slice lines[LINES_MAX])
{
    size_t pos = 0, n = 0;
    struct wire_header h;

    if (!slice_present(invite->w.credentials))
        return 0;
    while (n < LINES_MAX &&
           wire_header_next(invite->w.headers, &pos, &h) != 0) {
        if (compose_is_credentials(h.name))
            lines[n++] = h.line;
    }
    return n;
}

static int ack_text(struct session *s, const struct request_options *given,
                    struct addr *to)
{
    struct slice lines[LINES_MAX];
    struct request_options o = *given;
    struct compose c = { .kind = &kind_ack,
                         .ua = s->usage.ua,
                         .usage = &s->usage,
                         .options = &o,
                         .cseq = s->ack_cseq };
    char why[160];
    size_t n;

    if (s->invite) {
        n = credentials(s->invite->message, lines);
        for (size_t i = 0; i < given->line_count && n < LINES_MAX; i++)
            lines[n++] = given->lines[i];
        o.lines = lines;
        o.line_count = n;
    }
    return compose_request(&c, to, why);
}

/* By the INVITE's transaction, which then repeats it; past that just so. */
static int send_ack(struct session *s, const struct addr *to)
{
    struct engine *e = s->usage.ua->engine;
    struct slice bytes = buf_view(&e->scratch);
    int err = ERR_STATE;

    if (s->usage.ua->closed)
        return ERR_STATE;
    if (s->invite && s->invite->tx)
        err = tx_ack(s->invite->tx, dialog_remote_tag(s->usage.dialog), bytes,
                     to);
    if (err == ERR_STATE)
        err = tx_send_raw(e->tx, ua_socket(s->usage.ua), to, bytes);
    return err;
}

/* The INVITE may go now; while it is there, another ACK replaces this one. */
static void acknowledged(struct session *s)
{
    struct request *invite = s->invite;

    s->acked = true;
    if (s->state == SESSION_ACCEPTED)
        s->state = SESSION_CONFIRMED;
    if (!s->invite_held)
        return;
    s->invite_held = false;
    request_unref(invite);
}

int session_ack(struct session *s, const struct request_options *options)
{
    struct addr to;
    int err;

    if (!s->ack_cseq || s->state == SESSION_EARLY || s->state == SESSION_ENDED)
        return ERR_STATE;
    err = ack_text(s, options, &to);
    if (err)
        return err;
    session_sent_ack(s);
    err = send_ack(s, &to);
    if (err)
        return err;
    session_ref(s); /* the INVITE's end may be the end of others */
    acknowledged(s);
    session_unref(s);
    return ERR_NONE;
}

bool session_wants_ack(const struct session *s)
{
    return !s->acked && s->ack_cseq && s->state != SESSION_EARLY &&
           s->state != SESSION_ENDED;
}

/* A script that goes on at once, without having waited, must not overtake the
 * ACK that the engine owes to the 2xx: the callee would meet it unconfirmed. */
void session_acknowledge_first(struct session *s)
{
    struct request *invite = s->invite;
    struct request_options o = request_plain;
    int err;

    o.automatic = invite ? invite->automatic : s->usage.ua->automatic;
    if (!session_wants_ack(s) || !(o.automatic & auto_bit(AUTO_ACK)))
        return;
    err = session_ack(s, &o);
    if (!err)
        return;
    if (invite)
        engine_drop(s->usage.ua->engine, "ack-unsent",
                    message_bytes(invite->message), &invite->to);
    else
        engine_drop(s->usage.ua->engine, "ack-unsent", SLICE(""),
                    &s->usage.ua->local);
}

void session_ack_orphan(struct session *s, struct tx *t, struct message *m)
{
    struct request_options o = request_plain;
    struct engine *e = s->usage.ua->engine;
    struct addr to;
    int err;

    o.automatic = s->usage.ua->automatic;
    err = ack_text(s, &o, &to);
    if (!err)
        err = tx_ack(t, dialog_remote_tag(s->usage.dialog),
                     buf_view(&e->scratch), &to);
    if (err) {
        engine_drop(e, "ack-unsent", message_bytes(m), &m->peer);
        return;
    }
    s->acked = true;
    if (s->state == SESSION_ACCEPTED)
        s->state = SESSION_CONFIRMED;
}
