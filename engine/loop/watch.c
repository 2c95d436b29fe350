/* SPDX-License-Identifier: MIT */
/* Descriptors and signals: thin covers of libev's watchers that count. */
#include <assert.h>
#include <stddef.h>

#include "base/mem.h"
#include "loop/loop_private.h"

static void on_io(struct ev_loop *ev, struct ev_io *watcher, int events)
{
    struct loop_io *io = container_of(watcher, struct loop_io, watcher);

    (void)ev;
    io->loop->events++;
    /* libev reports a bad descriptor as both, plus a flag of its own. */
    io->fn(io->arg, events & (EV_READ | EV_WRITE));
}

static void on_signal(struct ev_loop *ev, struct ev_signal *watcher, int events)
{
    struct loop_signal *s = container_of(watcher, struct loop_signal, watcher);

    (void)ev;
    (void)events;
    s->loop->events++;
    s->fn(s->arg, watcher->signum);
}

void loop_io_start(struct loop *l, struct loop_io *io, int fd, int events,
                   void (*fn)(void *arg, int events), void *arg)
{
    assert(fd >= 0 && fn);
    *io = (struct loop_io){ .fn = fn, .arg = arg, .loop = l };
    ev_io_init(&io->watcher, on_io, fd, events);
    ev_io_start(l->ev, &io->watcher);
    l->ios++;
}

void loop_io_stop(struct loop_io *io)
{
    if (!io->loop)
        return;
    ev_io_stop(io->loop->ev, &io->watcher);
    io->loop->ios--;
    io->loop = NULL;
}

void loop_signal_start(struct loop *l, struct loop_signal *s, int number,
                       void (*fn)(void *arg, int number), void *arg)
{
    assert(fn);
    *s = (struct loop_signal){ .fn = fn, .arg = arg, .loop = l };
    ev_signal_init(&s->watcher, on_signal, number);
    ev_signal_start(l->ev, &s->watcher);
    l->signals++;
}

void loop_signal_stop(struct loop_signal *s)
{
    if (!s->loop)
        return;
    ev_signal_stop(s->loop->ev, &s->watcher);
    s->loop->signals--;
    s->loop = NULL;
}
