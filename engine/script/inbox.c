/* SPDX-License-Identifier: MIT */
/* From the engine's event to waiter, delegate and settlement. */
#include "script/inbox.h"

#include "agent/session.h"
#include "agent/subscription.h"
#include "base/mem.h"
#include "script/call.h"
#include "script/host.h"

void inbox_init(struct inbox *box, struct host *host,
                const struct inbox_ops *ops, void *owner)
{
    box->host = host;
    box->ops = ops;
    box->owner = owner;
    list_init(&box->entries);
    list_init(&box->turns);
    list_init(&box->waiters);
    box->asked = (struct wait){ .status = WAIT_READY };
    list_init(&box->asked.link);
}

static void entry_free(struct entry *e)
{
    list_unlink(&e->link);
    list_unlink(&e->turn);
    script_job_cancel(&e->job);
    message_unref(e->message);
    session_unref(e->session);
    subscription_unref(e->subscription);
    incoming_unref(e->in);
    mem_free(e);
}

/* A delegate that still runs keeps its entry: it frees it when it ends. */
void inbox_fini(struct inbox *box)
{
    struct list *node;

    if (!box->ops)
        return;
    inbox_wake_all(box, WAIT_CANCELLED);
    while ((node = list_first(&box->entries))) {
        struct entry *e = container_of(node, struct entry, link);

        if (e->handled && !e->done) {
            list_unlink(&e->link);
            list_append(&box->host->orphans, &e->link);
            e->box = NULL;
        } else {
            entry_free(e);
        }
    }
    box->ops = NULL;
}

void inbox_drop_orphans(struct host *h)
{
    struct list *node;

    while ((node = list_first(&h->orphans)))
        entry_free(container_of(node, struct entry, link));
}

void inbox_wake_all(struct inbox *box, enum wait_status status)
{
    struct list *node;

    while ((node = list_first(&box->waiters))) {
        list_unlink(node); /* box->asked is woken by nothing */
        wait_wake(container_of(node, struct wait, link), status);
    }
}

struct entry *entry_response(const struct request_event *ev)
{
    struct entry *e = mem_zalloc(sizeof(*e));

    e->message = ev->message ? message_ref(ev->message) : NULL;
    e->session = ev->session ? session_ref(ev->session) : NULL;
    e->status = ev->status;
    e->problems = ev->problems;
    e->synthetic = ev->synthetic;
    e->fork = ev->fork;
    e->cancelled = ev->cancelled;
    e->refresh = ev->refresh;
    e->taken = ev->refresh; /* not for those who wait */
    e->keep = !ev->refresh; /* there is no end of these */
    e->at = ev->at;
    if (ev->cause)
        slice_copy(slice_str(ev->cause), e->cause, sizeof(e->cause));
    return e;
}

struct entry *entry_request(struct incoming *in)
{
    struct entry *e = mem_zalloc(sizeof(*e));

    e->in = incoming_ref(in);
    e->at = incoming_message(in)->at;
    return e;
}

struct entry *entry_note(const char *name, int err, const char *text)
{
    struct entry *e = mem_zalloc(sizeof(*e));

    e->note = name;
    e->taken = true; /* not for those who wait */
    e->status = err;
    slice_copy(slice_str(text), e->cause, sizeof(e->cause));
    return e;
}

/* The oldest entry that nobody has taken makes room. */
static void trim(struct inbox *box)
{
    list_each_safe (node, &box->entries) {
        struct entry *e = container_of(node, struct entry, link);

        if (box->count <= INBOX_KEPT)
            return;
        if (!e->done || e->keep)
            continue;
        box->count--;
        box->lost += !e->taken;
        entry_free(e);
    }
}

static void settled(struct entry *e)
{
    struct inbox *box = e->box;

    e->done = true;
    box->pending--;
    if (e->keep)
        return;
    if (e->taken || e->handled || e->lost) {
        box->count--;
        entry_free(e);
    } else {
        trim(box);
    }
}

static void settle(void *arg)
{
    struct entry *e = arg;
    struct inbox *box = e->box;
    struct entry copy = *e; /* of what ops->settle looks at: it may end us */

    if (copy.in)
        incoming_ref(copy.in);
    if (copy.session)
        session_ref(copy.session);
    if (copy.subscription)
        subscription_ref(copy.subscription);
    settled(e);
    box->ops->settle(box->owner, &copy, copy.taken || copy.handled);
    incoming_unref(copy.in);
    session_unref(copy.session);
    subscription_unref(copy.subscription);
}

static void leave_turns(struct entry *e)
{
    list_unlink(&e->turn);
    if (e->in)
        e->box->queued--;
}

/* Of too many requests that wait for a delegate the oldest gets what nobody
 * took gets. */
static void drop_oldest_turn(struct inbox *box)
{
    list_each (node, &box->turns) {
        struct entry *e = container_of(node, struct entry, turn);

        if (!e->in)
            continue;
        leave_turns(e);
        box->lost++;
        e->lost = true;
        settle(e);
        return;
    }
}

/* May end the inbox. */
static void take_turn(struct inbox *box, struct entry *e)
{
    list_append(&box->turns, &e->turn);
    if (e->in && ++box->queued > INBOX_QUEUED)
        drop_oldest_turn(box);
}

static void run_turn(void *arg);

/* Busy from now on: what arrives before the job runs must queue behind it. */
static void next_turn(struct inbox *box)
{
    struct list *next = list_first(&box->turns);
    struct entry *e;

    if (!next)
        return;
    e = container_of(next, struct entry, turn);
    leave_turns(e);
    box->busy = true;
    script_job_init(&e->job, run_turn, e);
    script_post(box->host->script, &e->job);
}

static void delegate_ended(void *arg, enum task_end how, lua_State *L, int n)
{
    struct entry *e = arg;
    struct inbox *box = e->box;

    (void)n;
    if (!box) { /* the object went away meanwhile */
        if (how == TASK_FAILED)
            host_report(host_of(L), lua_tostring(L, -1));
        entry_free(e);
        return;
    }
    box->busy = false;
    if (how == TASK_FAILED) {
        e->failed = true;
        if (box->ops->failed)
            box->ops->failed(box->owner, lua_tostring(L, -1));
        else
            host_report(box->host, lua_tostring(L, -1));
    }
    if (!e->box) { /* closed by the script's function for errors */
        entry_free(e);
        return;
    }
    next_turn(box);
    settle(e);
}

bool inbox_awaits(const struct inbox *box, const struct subscription *s)
{
    list_each (node, &box->entries) {
        const struct entry *e = container_of(node, struct entry, link);

        if (e->subscription == s && !e->done)
            return true;
    }
    return false;
}

bool inbox_still_asks(const struct inbox *box, const struct wait *w)
{
    return list_linked(&box->asked.link) && box->asked.link.prev == &w->link;
}

static void give(struct wait *w, struct entry *e)
{
    w->found = e;
    wait_wake(w, WAIT_READY);
    if (e->in)
        e->taken = true;
}

/*
 * A predicate of the script's may close the inbox: returns false then. It may
 * also end any wait, its own included, so that only the marker's neighbours
 * are known to be there when it has returned.
 */
static bool wake_waiters(struct inbox *box, struct entry *e)
{
    struct list *mark = &box->asked.link;
    struct list *node = box->waiters.next;

    while (node != &box->waiters) {
        struct wait *w = container_of(node, struct wait, link);
        bool wanted;

        list_append(node->next, mark); /* before the next one */
        wanted = w->match(w, e);
        if (!box->ops || !list_linked(mark))
            return box->ops != NULL; /* and nobody waits any more */
        wanted = wanted && inbox_still_asks(box, w);
        node = mark->next;
        list_unlink(mark);
        if (!wanted)
            continue;
        give(w, e);
        if (e->in)
            break; /* a request goes to one waiter, a response to all */
    }
    return true;
}

static bool has_delegate(struct entry *e)
{
    struct inbox *box = e->box;
    lua_State *L = box->host->L;
    int top = lua_gettop(L);
    bool yes;

    lua_checkstack(L, LUA_MINSTACK);
    yes = box->ops->delegate(L, box->owner, e);
    lua_settop(L, top);
    return yes;
}

/* Looked up when its turn has come, and begun at once: else the code of others
 * that runs between might swap or clear the delegate, or dispose of what it is
 * of. A request that has none goes to those who wait. */
static void run_delegate(void *arg)
{
    struct entry *e = arg;
    struct inbox *box = e->box;
    lua_State *L = box->host->L;
    int top = lua_gettop(L);

    lua_checkstack(L, LUA_MINSTACK);
    if (box->ops->delegate(L, box->owner, e)) {
        box->busy = true;
        e->handled = true;
        task_begin(task_start(box->host->script, L, lua_gettop(L) - top - 1,
                              delegate_ended, e));
        return;
    }
    if (e->in && !wake_waiters(box, e))
        return;
    /* Behind the tasks that this entry woke. */
    script_job_init(&e->job, settle, e);
    script_post(box->host->script, &e->job);
    if (!box->busy)
        next_turn(box);
}

static void run_turn(void *arg)
{
    struct entry *e = arg;

    e->box->busy = false; /* unless there is a delegate now */
    run_delegate(e);
}

static void arrived(void *arg)
{
    struct entry *e = arg;

    struct inbox *box = e->box;

    if (!e->in && !e->note && !e->refresh && !wake_waiters(box, e))
        return;
    if (e->note && box->ops->noted)
        box->ops->noted(box, e);
    if ((box->busy || !list_empty(&box->turns)) && (!e->in || has_delegate(e)))
        take_turn(box, e);
    else
        run_delegate(e);
}

void inbox_put(struct inbox *box, struct entry *e)
{
    e->box = box;
    list_append(&box->entries, &e->link);
    box->count++;
    box->pending++;
    script_job_init(&e->job, arrived, e);
    script_post(box->host->script, &e->job);
}
