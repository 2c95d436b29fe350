/* SPDX-License-Identifier: MIT */
/* One call of a load run: its task, what it measures, how it ends. */
#include "script/lcall.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "load/failures.h"
#include "load/load.h"
#include "loop/loop.h"
#include "script/loptions.h"
#include "script/task.h"
#include "stats/metrics.h"

struct lcall *call_ref(struct lcall *c)
{
    if (c)
        c->refs++;
    return c;
}

void call_unref(struct lcall *c)
{
    if (!c || --c->refs)
        return;
    mem_free(c->cause);
    mem_free(c);
}

bool call_over(const struct lcall *c)
{
    return c->over;
}

/* The first request of a call carries the lateness of its start. */
int64_t call_intended(struct lcall *c)
{
    if (c->first_sent)
        return 0;
    c->first_sent = true;
    return c->intended;
}

/* Every call would fail alike: the run ends now, and says why. */
static void end_misused(struct lload *load, const char *text)
{
    if (load->misuse || !loptions_raised(load->host->L, text))
        return;
    load->misuse = mem_strndup(text, strcspn(text, "\n"));
    load_kill(load->load);
}

void call_failed(struct lcall *c, const char *text)
{
    if (c->load)
        end_misused(c->load, text);
    c->failed = true;
    if (!c->cause)
        c->cause = mem_strndup(text, strlen(text));
}

/* "invite.answer" and the like; lower case. */
static size_t metric_name_of(struct slice method, const char *what,
                             char out[64])
{
    size_t n = method.n < 32 ? method.n : 32;

    for (size_t i = 0; i < n; i++) {
        char c = method.p[i];

        out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return n + (size_t)snprintf(out + n, 64 - n, ".%s", what);
}

static void record(struct metrics *m, const char *name, size_t n,
                   int64_t from_intended, int64_t actual)
{
    char full[80];
    size_t full_n;

    metric_record(metrics_get(m, METRIC_TREND, slice_of(name, n)),
                  from_intended);
    full_n = (size_t)snprintf(full, sizeof(full), "%.*s.actual", (int)n, name);
    metric_record(metrics_get(m, METRIC_TREND, slice_of(full, full_n)), actual);
}

static void count_outcome(struct metrics *m, struct slice method,
                          const struct request_event *e)
{
    char name[96];
    int n = snprintf(name, sizeof(name), "outcome %.*s %d %s", (int)method.n,
                     method.p, e->status, e->cause ? e->cause : "");

    metric_add(metrics_get(m, METRIC_COUNTER, slice_of(name, (size_t)n)), 1);
}

/* A call is known by its first request, answered or not. */
void call_sent(struct lcall *c, struct request *r)
{
    struct message *m = request_message(r);

    owner_take(&c->owner, r);
    if (!c->call_id[0] && m)
        snprintf(c->call_id, sizeof(c->call_id), "%.*s",
                 (int)(m->w.call_id.n & 0x7f), m->w.call_id.p);
}

void call_event(struct lcall *c, struct request *r,
                const struct request_event *e)
{
    struct metrics *m = c->over ? NULL : c->load->metrics;
    struct slice method = request_method(r);
    bool invite = slice_eq(method, SLICE("INVITE"));
    const char *what = "answer";
    char name[64];

    if (!m)
        return;
    if (e->status >= 200 && !e->fork)
        count_outcome(m, method, e);
    if (e->synthetic || e->fork || e->status >= 300)
        return;
    if (e->status < 200) {
        if (!invite)
            return;
        what = e->status == 100 ? "trying" : "progress";
    }
    record(m, name, metric_name_of(method, what, name),
           e->at - request_intended(r), e->at - request_started(r));
}

/* ---- the end ---- */

static void keep_cause(struct lcall *c, enum task_end how, lua_State *L)
{
    if (how == TASK_FAILED) {
        call_failed(c, lua_tostring(L, -1));
    } else if (how == TASK_CANCELLED && !c->cause && !c->killed) {
        char text[64];

        snprintf(text, sizeof(text), "call timeout after %g s",
                 (double)c->load->call_timeout / 1e9);
        call_failed(c, text);
    }
}

static void end_call(struct lcall *c)
{
    c->over = true;
    c->load = NULL;
    if (c->self)
        *c->self = NULL;
    if (c->incoming)
        owner_take_incoming(NULL, c->incoming);
    incoming_unref(c->incoming);
    c->incoming = NULL;
    timer_stop(&c->timeout);
    list_unlink(&c->link);
    call_unref(c);
}

static void on_end(void *arg, enum task_end how, lua_State *L, int n)
{
    struct lcall *c = arg;
    struct lload *load = c->load;
    enum load_outcome outcome = LOAD_OK;

    (void)n;
    keep_cause(c, how, L);
    if (owner_close(&c->owner) && !c->failed && !c->killed)
        call_failed(c, "left open");
    if (c->incoming)
        incoming_hold(c->incoming);
    if (c->killed)
        outcome = LOAD_KILLED;
    else if (c->failed)
        outcome = LOAD_FAILED;
    if (outcome == LOAD_FAILED)
        failures_add(load->failures, c->number, slice_str(c->cause),
                     c->call_id[0] ? slice_str(c->call_id) : slice_of(NULL, 0));
    end_call(c);
    load_call_ended(load->load, outcome);
}

static void on_timeout(void *arg)
{
    struct lcall *c = arg;

    task_cancel(c->task);
}

void lcall_kill(struct lcall *c)
{
    c->killed = true;
    task_cancel(c->task);
}

/* ---- the beginning ---- */

static void push_call(lua_State *L, struct lcall *c)
{
    c->self = lclass_new(L, &class_call, sizeof(*c->self), 1);
    *c->self = c;
    anchor_push(L, c->load->anchor);
    lua_setiuservalue(L, -2, 1);
}

void lcall_begin(struct lload *load, uint64_t number, int64_t intended,
                 struct incoming *in)
{
    struct lcall *c = mem_zalloc(sizeof(*c));
    lua_State *L = load->host->L;

    lua_checkstack(L, LUA_MINSTACK);
    c->refs = 1;
    c->load = load;
    c->number = number;
    c->intended = intended;
    c->begun = loop_now(load->host->loop);
    owner_init(&c->owner);
    list_append(&load->calls, &c->link);
    timer_init(&c->timeout, on_timeout, c);
    if (in) {
        struct slice id = incoming_message(in)->w.call_id;

        c->incoming = incoming_ref(in);
        owner_take_incoming(&c->owner, in);
        snprintf(c->call_id, sizeof(c->call_id), "%.*s", (int)(id.n & 0x7f),
                 id.p);
    }
    anchor_push(L, load->anchor);
    lua_getiuservalue(L, -1, LOAD_SCENARIO);
    lua_remove(L, -2);
    push_call(L, c);
    c->task = task_start(load->host->script, L, 1, on_end, c);
    if (load->call_timeout)
        timer_start_fixed(load->host->loop, &c->timeout, load->call_timeout);
}
