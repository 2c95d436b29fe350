/* SPDX-License-Identifier: MIT */
/* Deferred jobs and flush hooks. */
#include <assert.h>

#include "base/mem.h"
#include "loop/loop_private.h"

/* A chain of jobs without end must still let descriptors have their turn. */
enum { JOBS_AT_ONCE = 65536 };

void jobs_run(struct loop *l)
{
    for (int i = 0; i < JOBS_AT_ONCE; i++) {
        struct list *link = list_first(&l->jobs);
        if (!link)
            return;
        struct loop_job *job = container_of(link, struct loop_job, link);
        list_unlink(link);
        l->events++;
        job->fn(job->arg);
    }
}

/*
 * Each hook is back in the loop's list before it is called, so it may remove
 * itself and any other, wherever that one stands.
 */
void hooks_run(struct loop *l)
{
    struct list todo;
    struct list *link;

    list_init(&todo);
    while ((link = list_first(&l->hooks))) {
        list_unlink(link);
        list_append(&todo, link);
    }
    while ((link = list_first(&todo))) {
        struct loop_hook *hook = container_of(link, struct loop_hook, link);
        list_unlink(link);
        list_append(&l->hooks, link);
        hook->fn(hook->arg);
    }
}

void loop_job_init(struct loop_job *job, void (*fn)(void *arg), void *arg)
{
    list_init(&job->link);
    job->fn = fn;
    job->arg = arg;
}

void loop_defer(struct loop *l, struct loop_job *job)
{
    assert(job->fn);
    if (!list_linked(&job->link))
        list_append(&l->jobs, &job->link);
}

void loop_job_cancel(struct loop_job *job)
{
    list_unlink(&job->link);
}

void loop_hook_add(struct loop *l, struct loop_hook *hook,
                   void (*fn)(void *arg), void *arg)
{
    hook->fn = fn;
    hook->arg = arg;
    list_append(&l->hooks, &hook->link);
}

void loop_hook_remove(struct loop_hook *hook)
{
    list_unlink(&hook->link);
}
