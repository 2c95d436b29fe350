/* SPDX-License-Identifier: MIT */
/* Attempts that come after a while: the request waits, with the response that
 * asked for it, and nothing of it is on the wire. */
#include "agent/request_later.h"
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/mem.h"

struct later {
    struct timer timer;
    struct message *response; /* counted */
    bool (*fn)(struct request *r, struct message *response);
};

void request_later_forget(struct request *r)
{
    struct later *l = r->later;

    r->later = NULL;
    if (!l)
        return;
    timer_stop(&l->timer);
    message_unref(l->response);
    mem_free(l);
}

void request_later_give_up(struct request *r)
{
    struct message *response;

    if (!r->later)
        return;
    response = message_ref(r->later->response);
    request_later_forget(r);
    request_finish_kept(r, response);
    message_unref(response);
}

static void on_time(void *arg)
{
    struct request *r = request_ref(arg);
    struct message *response = message_ref(r->later->response);
    bool (*fn)(struct request * r, struct message * response) = r->later->fn;

    request_later_forget(r);
    if (!fn(r, response))
        request_finish_kept(r, response);
    message_unref(response);
    request_unref(r);
}

void request_later(struct request *r, struct message *response, int64_t delay,
                   bool (*fn)(struct request *r, struct message *response))
{
    struct later *l = mem_zalloc(sizeof(*l));

    request_later_forget(r);
    l->response = message_ref(response);
    l->fn = fn;
    r->later = l;
    r->state = REQUEST_TRYING; /* there is nothing to cancel */
    request_forget_tx(r); /* which goes on to acknowledge what repeats come */
    session_sent_in_vain(r);
    timer_init(&l->timer, on_time, r);
    timer_start(r->ua->engine->loop, &l->timer, delay);
}
