/* SPDX-License-Identifier: MIT */
/* A 401 or 407 answered with a new attempt of the same request. */
#include <string.h>

#include "agent/agent_private.h"
#include "base/err.h"

static uint32_t next_cseq(const struct request *r)
{
    return r->session ? dialog_next_cseq(r->session->dialog)
                      : r->message->w.cseq + 1;
}

static int answer(struct request *r, struct message *response,
                  struct buf *lines)
{
    struct ua *ua = r->ua;
    const struct message *m = r->message;
    struct auth_request in = {
        .username = r->username ? slice_str(r->username) : ua->username,
        .password = r->password ? slice_str(r->password) : ua->password,
        .method = m->w.method_name,
        .uri = m->w.uri,
        .body = m->w.body,
    };

    if (!slice_present(in.password))
        return ERR_NOT_FOUND;
    return auth_answer(ua->auth, &r->attempt, response, &in, lines);
}

bool request_authenticate(struct request *r, struct message *response)
{
    struct buf lines = { 0 }, text = { 0 };
    const char *why;
    int status = response->w.status;
    int err;

    if ((status != 401 && status != 407) || r->cancel_wanted ||
        r->kind->id == METHOD_CANCEL ||
        !(r->automatic & auto_bit(AUTO_AUTH)) ||
        (r->session && r->session->state == SESSION_ENDED))
        return false;
    err = answer(r, response, &lines);
    if (!err) {
        compose_retry(&text, r->message, r->ua->engine, next_cseq(r),
                      buf_view(&lines));
        err = request_send(r, buf_view(&text), &why);
    }
    if (!err)
        r->state = REQUEST_TRYING;
    buf_fini(&lines);
    buf_fini(&text);
    return err == ERR_NONE;
}
