/* SPDX-License-Identifier: MIT */
/* The ACK of a 2xx (RFC 3261 13.2.2.4): made by the dialog's owner. */
#include "agent/agent_private.h"
#include "base/err.h"
#include "wire/header.h"

enum { LINES_MAX = 16 };

static const struct request_kind kind_ack = { "", "ACK", METHOD_ACK, false,
                                              "application/sdp" };

/* The INVITE's credentials go along, as 13.2.2.4 says. */
static size_t credentials(const struct message *invite,
                          struct slice lines[LINES_MAX], size_t n)
{
    size_t pos = 0;
    struct wire_header h;

    while (wire_header_next(invite->w.headers, &pos, &h) == 1 &&
           n < LINES_MAX) {
        if (slice_ieq(h.name, SLICE("Authorization")) ||
            slice_ieq(h.name, SLICE("Proxy-Authorization")))
            lines[n++] = h.line;
    }
    return n;
}

static int ack_text(struct session *s, const struct request_options *given,
                    struct addr *to)
{
    struct slice lines[LINES_MAX];
    struct request_options o = *given;
    struct compose c = { &kind_ack, s->ua, s, &o, s->invite_cseq };
    char why[160];
    size_t n = 0;

    if (s->invite && s->invite->attempts > 1) {
        n = credentials(s->invite->message, lines, 0);
        for (size_t i = 0; i < given->line_count && n < LINES_MAX; i++)
            lines[n++] = given->lines[i];
        o.lines = lines;
        o.line_count = n;
    }
    return compose_request(&c, to, why);
}

int session_ack(struct session *s, const struct request_options *options)
{
    struct request *invite = s->invite;
    struct engine *e = s->ua->engine;
    struct addr to;
    int err;

    if (!s->uac || s->state == SESSION_EARLY || s->state == SESSION_ENDED ||
        !s->invite_cseq)
        return ERR_STATE;
    err = ack_text(s, options, &to);
    if (err)
        return err;
    if (invite && invite->tx)
        err = tx_ack(invite->tx, dialog_remote_tag(s->dialog),
                     buf_view(&e->scratch), &to, true);
    else
        err = tx_send_raw(e->tx, ua_socket(s->ua), &to, buf_view(&e->scratch));
    if (err)
        return err;
    s->acked = true;
    if (s->state == SESSION_ACCEPTED)
        s->state = SESSION_CONFIRMED;
    s->invite = NULL;
    request_unref(invite);
    return ERR_NONE;
}

void session_ack_orphan(struct session *s, struct tx *t)
{
    struct addr to;

    if (ack_text(s, &request_plain, &to))
        return;
    tx_ack(t, dialog_remote_tag(s->dialog),
           buf_view(&s->ua->engine->scratch), &to, true);
    s->acked = true;
    s->state = SESSION_CONFIRMED;
}
