/* SPDX-License-Identifier: MIT */
/* A request that the engine sends again before what it got has expired. */
#include "agent/refresh.h"

#include "agent/request_private.h"
#include "base/err.h"
#include "base/mem.h"

struct refresh {
    struct request *r;
    struct timer timer;
    struct list link; /* in softstate->refreshed */
    unsigned failures;
    bool under_way; /* sent, and not answered yet */
};

/* ---- when ---- */

int64_t refresh_delay(uint32_t granted)
{
    const int64_t all = granted * LOOP_SECOND;
    int64_t before = all / 10;

    if (before < 5 * LOOP_SECOND)
        before = 5 * LOOP_SECOND;
    return all - before > all / 2 ? all - before : all / 2;
}

bool refresh_expires(const struct message *m, uint32_t *seconds)
{
    return slice_u32(message_header(m, SLICE("Expires"), 0), seconds) ==
           ERR_NONE;
}

int64_t refresh_backoff(struct rng *rng, unsigned failures)
{
    const int64_t most = 1800 * LOOP_SECOND;
    int64_t wait = 30 * LOOP_SECOND;

    while (failures-- && wait < most)
        wait *= 2;
    wait = wait < most ? wait : most;
    return wait / 2 + (int64_t)(rng_double(rng) * (double)(wait / 2));
}

/* ---- the attempt ---- */

bool refresh_under_way(const struct request *r)
{
    return r->refresh && r->refresh->under_way;
}

/* New answers to challenges, counted on from those of the last attempt. */
static void add_credentials(struct request *r, const struct again *a,
                            struct buf *lines)
{
    struct auth_request in = { .username = request_username(r),
                               .password = request_password(r),
                               .method = r->message->w.method_name,
                               .uri = r->message->w.uri };
    const uint32_t wanted = auto_bit(AUTO_AUTH) | auto_bit(AUTO_PREEMPT);

    if (!a->no_body)
        in.body = r->message->w.body;
    if (slice_present(in.password) && (r->automatic & wanted) == wanted)
        auth_preempt(r->ua->auth, &in, lines);
}

/* RFC 3903 4.1: what only keeps a publication up names it and has no body.
 * Answers to challenges are not repeated; what the script wrote itself is. */
static int send_again(struct request *r)
{
    struct slice etag = r->softstate->etag;
    struct buf lines = { 0 };
    struct again a = { .no_body = slice_present(etag),
                       .no_credentials = r->attempt.rounds > 0 };
    int err;

    request_begin_anew(r);
    if (a.no_body) {
        buf_lit(&lines, "SIP-If-Match: ");
        buf_slice(&lines, etag);
        buf_lit(&lines, "\r\n");
    }
    add_credentials(r, &a, &lines);
    a.lines = buf_view(&lines);
    err = request_again(r, &a);
    buf_fini(&lines);
    return err;
}

static void schedule(struct request *r, int64_t delay)
{
    timer_start(r->ua->engine->loop, &r->refresh->timer, delay);
}

static void on_time(void *arg)
{
    struct refresh *f = arg;
    struct request *r = f->r;

    f->under_way = send_again(r) == ERR_NONE;
    if (!f->under_way)
        schedule(r, refresh_backoff(&r->ua->engine->rng, ++f->failures));
}

/* ---- beginning and end ---- */

void refresh_start(struct request *r, uint32_t granted)
{
    struct refresh *f = r->refresh;

    if (!f) {
        f = r->refresh = mem_zalloc(sizeof(*f));
        f->r = r;
        timer_init(&f->timer, on_time, f);
        list_append(&r->softstate->refreshed, &f->link);
    }
    f->failures = 0;
    schedule(r, refresh_delay(granted));
}

void refresh_end(struct request *r)
{
    struct refresh *f = r->refresh;

    if (!f)
        return;
    r->refresh = NULL;
    timer_stop(&f->timer);
    list_unlink(&f->link);
    if (f->under_way)
        request_forget_tx(r);
    mem_free(f);
}

void refresh_stop(struct request *r)
{
    if (!r->refresh)
        return;
    request_ref(r);
    refresh_end(r);
    request_let_go(r);
    request_unref(r);
}

void refresh_stop_others(struct request *r,
                         bool (*covers)(const struct message *newer,
                                        const struct message *older))
{
    list_each_safe (node, &r->softstate->refreshed) {
        struct request *q = container_of(node, struct refresh, link)->r;

        if (q != r && (!covers || covers(r->message, q->message)))
            refresh_stop(q);
    }
}

/* ---- the outcome ---- */

/* What may be better another time: no answer, no room, an inner error. */
static bool may_pass(int status)
{
    return status == 408 || status == 480 || status == 503 ||
           (status >= 500 && status < 600 && status != 501 && status != 505);
}

static int64_t wait_after(struct request *r, const struct request_event *e)
{
    struct slice value = slice_of(NULL, 0);
    uint32_t seconds;
    size_t n = 0;

    if (e->message)
        value = message_header(e->message, SLICE("Retry-After"), 0);
    while (n < value.n && value.p[n] >= '0' && value.p[n] <= '9')
        n++; /* a comment and parameters may stand behind it (20.33) */
    if (slice_u32(slice_of(value.p, n), &seconds) == ERR_NONE && seconds)
        return seconds * LOOP_SECOND;
    return refresh_backoff(&r->ua->engine->rng, r->refresh->failures);
}

void refresh_outcome(struct request *r, const struct request_event *e)
{
    struct refresh *f = r->refresh;

    if (!f)
        return;
    f->under_way = false;
    if (e->status < 300)
        return;
    f->failures++;
    if (may_pass(e->status))
        schedule(r, wait_after(r, e));
    else
        refresh_end(r);
}
