/* SPDX-License-Identifier: MIT */
/* Responses that lead to another attempt of the same request. */
#include "agent/glare.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/err.h"
#include "base/mem.h"

/* What the same target asks for comes before the way to another one. */
static bool (*const retries[])(struct request *r, struct message *response) = {
    request_authenticate,  request_raise_interval, request_after_glare,
    session_timer_retries, request_redirect,
};

bool request_may_retry(const struct request *r)
{
    if (r->cancel_wanted || r->kind->id == METHOD_CANCEL)
        return false;
    return !r->usage || !r->usage->over || r->kind->id == METHOD_BYE;
}

bool request_retry(struct request *r, struct message *response)
{
    if (response->w.status < 300 || !request_may_retry(r))
        return false;
    for (size_t i = 0; i < array_length(retries); i++) {
        if (retries[i](r, response))
            return true;
    }
    return false;
}

void request_begin_anew(struct request *r)
{
    auth_attempt_fini(&r->attempt);
    r->attempt = (struct auth_attempt){ 0 };
    r->interval_raised = false;
    redirect_free(r->redirect);
    r->redirect = NULL;
}

static uint32_t next_cseq(const struct request *r)
{
    struct softstate *s = r->softstate;

    if (r->usage)
        return dialog_next_cseq(r->usage->dialog);
    if (s && slice_present(s->call_id) &&
        slice_eq(r->message->w.call_id, s->call_id))
        return ++s->cseq;
    return r->message->w.cseq + 1;
}

int request_again(struct request *r, struct again *a)
{
    struct buf text = { 0 };
    const char *why;
    int err;

    if (!a->cseq)
        a->cseq = next_cseq(r);
    compose_again(&text, r->message, r->ua->engine, a);
    err = request_send(r, buf_view(&text), &why);
    buf_fini(&text);
    if (err)
        return err;
    if (!r->had_outcome)
        r->state = REQUEST_TRYING;
    if (r->kind->resent)
        r->kind->resent(r);
    request_end_early(r, "rejected");
    return ERR_NONE;
}
