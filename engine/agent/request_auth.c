/* SPDX-License-Identifier: MIT */
/* A 401 or 407 answered with a new attempt of the same request. */
#include "agent/agent_private.h"
#include "base/err.h"

struct slice request_username(const struct request *r)
{
    return r->username ? slice_str(r->username) : r->ua->username;
}

struct slice request_password(const struct request *r)
{
    return r->password ? slice_str(r->password) : r->ua->password;
}

static uint32_t next_cseq(const struct request *r)
{
    return r->session ? dialog_next_cseq(r->session->dialog)
                      : r->message->w.cseq + 1;
}

static int answer(struct request *r, struct message *response,
                  struct buf *lines)
{
    const struct message *m = r->message;
    struct auth_request in = {
        .username = request_username(r),
        .password = request_password(r),
        .method = m->w.method_name,
        .uri = m->w.uri,
        .body = m->w.body,
    };

    if (!slice_present(in.password))
        return ERR_NOT_FOUND;
    return auth_answer(r->ua->auth, &r->attempt, response, &in, lines);
}

/* Not a cancelled request, nor a CANCEL (RFC 3261 22.1); of an ended dialog
 * only its BYE. */
static bool may_retry(const struct request *r, int status)
{
    if ((status != 401 && status != 407) || r->cancel_wanted ||
        r->kind->id == METHOD_CANCEL || !(r->automatic & auto_bit(AUTO_AUTH)))
        return false;
    return !r->session || r->session->state != SESSION_ENDED ||
           r->kind->id == METHOD_BYE;
}

bool request_authenticate(struct request *r, struct message *response)
{
    struct buf lines = { 0 }, text = { 0 };
    const char *why;
    int err;

    if (!may_retry(r, response->w.status))
        return false;
    err = answer(r, response, &lines);
    if (!err) {
        compose_retry(&text, r->message, r->ua->engine, next_cseq(r),
                      buf_view(&lines));
        err = request_send(r, buf_view(&text), &why);
    }
    buf_fini(&lines);
    buf_fini(&text);
    if (err)
        return false;
    r->state = REQUEST_TRYING;
    request_end_early(r, "rejected");
    return true;
}
