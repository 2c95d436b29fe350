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

uint64_t call_scope(const struct lcall *c)
{
    return c ? c->scope : 0;
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

void report_failure(struct host *h, struct lcall *c, const char *text)
{
    if (c && !call_over(c))
        call_failed(c, text);
    else
        host_report(h, text);
}

/* The ladder of a failure is that of the latest request, answered or not. */
void call_sent(struct lcall *c, struct request *r)
{
    struct message *m = request_message(r);

    owner_take(&c->owner, r);
    if (m)
        slice_copy(m->w.call_id, c->call_id, sizeof(c->call_id));
}

/* The method that a request was asked for: its text may tell another. */
static enum method method_id(const struct request *r)
{
    const struct request_kind *kind = request_kind(r);
    const struct message *m = request_message(r);

    if (kind->method)
        return kind->id;
    return m ? m->w.method : METHOD_OTHER;
}

void call_event(struct lcall *c, struct request *r,
                const struct request_event *e)
{
    struct slice method = request_method(r);
    enum method id = method_id(r);
    enum call_time what = CALL_ANSWER;
    struct callmetrics *m;

    if (c->over)
        return;
    m = &c->load->callmetrics;
    if (e->status >= 200 && !e->fork)
        callmetrics_outcome(m, id, method, e->status, e->cause);
    if (e->synthetic || e->fork || e->status >= 300)
        return;
    if (e->status < 200) {
        if (id != METHOD_INVITE)
            return;
        what = e->status == 100 ? CALL_TRYING : CALL_PROGRESS;
    }
    callmetrics_time(m, id, method, what, e->at - request_intended(r),
                     e->at - request_started(r));
}

/* ---- the end ---- */

static void kill_call(struct lcall *c)
{
    c->killed = true;
    task_cancel(c->task);
}

void lcall_kill_all(struct lload *load)
{
    struct list *node;

    while ((node = list_first(&load->calls)))
        kill_call(container_of(node, struct lcall, link));
}

/* One call that never waits costs the others a second; a scenario that never
 * does would take hours for nothing, deaf to signals. */
static void note_overruns(struct lcall *c)
{
    struct lload *load = c->load;
    uint64_t now = script_overruns(load->host->script);

    if (now == load->overruns_seen)
        return;
    load->overruns_seen = now;
    if (++load->overruns != OVERRUNS_BORNE)
        return;
    load_kill(load->load);
    /* Those that came due meanwhile wait in the queue, each with a loop. */
    list_unlink(&c->link);
    lcall_kill_all(load);
}

static void keep_cause(struct lcall *c, enum task_end how, lua_State *L)
{
    if (how == TASK_FAILED) {
        call_failed(c, lua_tostring(L, -1));
        note_overruns(c);
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

void lcall_forget(struct lcall *c)
{
    owner_forget(&c->owner);
    end_call(c);
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
    c->scope = ++load->host->calls;
    c->intended = intended;
    c->begun = loop_now(load->host->loop);
    owner_init(&c->owner);
    list_append(&load->calls, &c->link);
    timer_init(&c->timeout, on_timeout, c);
    if (in) {
        struct slice id = incoming_message(in)->w.call_id;

        c->incoming = incoming_ref(in);
        owner_take_incoming(&c->owner, in);
        slice_copy(id, c->call_id, sizeof(c->call_id));
    }
    anchor_push(L, load->anchor);
    lua_getiuservalue(L, -1, LOAD_SCENARIO);
    lua_remove(L, -2);
    push_call(L, c);
    c->task = task_start(load->host->script, L, 1, on_end, c);
    if (load->call_timeout)
        timer_start_fixed(load->host->loop, &c->timeout, load->call_timeout);
}
