/* SPDX-License-Identifier: MIT */
/* A 401 or 407 answered with a new attempt of the same request: by hand, or
 * from the credentials. */
#include "agent/request_private.h"
#include "base/err.h"

struct slice request_username(const struct request *r)
{
    return r->username ? slice_str(r->username) : r->ua->username;
}

struct slice request_password(const struct request *r)
{
    return r->password ? slice_str(r->password) : r->ua->password;
}

static int answer_by_hand(struct request *r, struct message *response,
                          struct buf *lines)
{
    const struct ua *ua = r->ua;
    int err = ERR_NOT_FOUND;

    if (r->ops && r->ops->challenged)
        err = r->ops->challenged(r->arg, r, response, lines);
    if (err == ERR_NOT_FOUND && ua->ops && ua->ops->challenged)
        err = ua->ops->challenged(ua->arg, r, response, lines);
    if (!err)
        r->attempt.rounds++;
    return err;
}

static int answer(struct request *r, struct message *response,
                  struct buf *lines)
{
    const struct message *m = r->message;
    char hop[ADDR_TEXT];
    struct auth_request in = {
        .username = request_username(r),
        .password = request_password(r),
        .method = m->w.method_name,
        .uri = m->w.uri,
        .body = m->w.body,
        .hop = slice_of(hop, addr_text(&r->to, hop)),
        .call_id = m->w.call_id,
    };

    if (!slice_present(in.password))
        return ERR_NOT_FOUND;
    return auth_answer(r->ua->auth, &r->attempt, response, &in, lines);
}

bool request_authenticate(struct request *r, struct message *response)
{
    struct buf lines = { 0 };
    struct again again = { 0 };
    int err;

    if ((response->w.status != 401 && response->w.status != 407) ||
        !(r->automatic & auto_bit(AUTO_AUTH)) ||
        r->attempt.rounds >= r->auth_retries)
        return false;
    err = answer_by_hand(r, response, &lines);
    if (err == ERR_NOT_FOUND)
        err = answer(r, response, &lines);
    again.lines = buf_view(&lines);
    if (!err)
        err = request_again(r, &again);
    buf_fini(&lines);
    return err == ERR_NONE;
}
