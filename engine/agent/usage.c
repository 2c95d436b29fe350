/* SPDX-License-Identifier: MIT */
/* Usages of dialogs: their life, and which of them a request is for. */
#include "agent/request_private.h"
#include "agent/session_private.h"
#include "base/mem.h"

void *usage_new(const struct usage_type *type, struct ua *ua, struct dialog *d)
{
    struct usage *u = blocks_take_zeroed(&ua->engine->blocks, type->size);

    u->type = type;
    u->refs = 1; /* the engine's, until it is over */
    u->alive = true;
    u->ua = ua_ref(ua);
    u->dialog = d;
    list_init(&u->requests);
    list_append(dialog_usages(d), &u->dialog_link);
    list_append(&ua->usages, &u->link);
    return u;
}

struct usage *usage_ref(struct usage *u)
{
    u->refs++;
    return u;
}

void usage_unref(struct usage *u)
{
    struct ua *ua;

    if (!u || --u->refs)
        return;
    ua = u->ua;
    u->type->fini(u);
    dialog_unref(u->dialog);
    mem_free(u->username);
    mem_free(u->password);
    blocks_give(&ua->engine->blocks, u, u->type->size);
    ua_unref(ua);
}

/* Attempts that are still to come have nothing to be sent on. */
static struct request *find_waiting(const struct usage *u)
{
    list_each (node, &u->requests) {
        struct request *r = container_of(node, struct request, usage_link);

        if (r->later)
            return r;
    }
    return NULL;
}

void usage_stop(struct usage *u)
{
    struct request *r;

    u->over = true;
    list_unlink(&u->dialog_link);
    if (list_empty(dialog_usages(u->dialog)))
        dialog_end(u->dialog);
    list_unlink(&u->link);
    list_unlink(&u->owner_link);
    u->owner = NULL;
    while ((r = find_waiting(u)))
        request_later_give_up(r);
}

void usage_let_go(struct usage *u)
{
    if (!u->alive)
        return;
    u->alive = false;
    usage_unref(u);
}

static struct usage *of_link(struct list *node)
{
    return container_of(node, struct usage, dialog_link);
}

struct usage *usage_of_request(struct dialog *d, const struct message *m)
{
    struct list *first = list_first(dialog_usages(d));
    struct usage *session = usage_find(d, &session_type);

    list_each (node, dialog_usages(d)) {
        struct usage *u = of_link(node);

        if (u->type->takes(u, m))
            return u;
    }
    if (session)
        return session;
    return first ? of_link(first) : NULL;
}

struct usage *usage_find(struct dialog *d, const struct usage_type *type)
{
    list_each (node, dialog_usages(d)) {
        struct usage *u = of_link(node);

        if (u->type == type)
            return u;
    }
    return NULL;
}

struct ua *usage_ua(const struct usage *u)
{
    return u->ua;
}

struct dialog *usage_dialog(const struct usage *u)
{
    return u->dialog;
}

static char *copy(const char *text)
{
    struct slice s = slice_str(text);

    return text ? mem_strndup(s.p, s.n) : NULL;
}

void usage_set_credentials(struct usage *u, const char *username,
                           const char *password)
{
    u->username = copy(username);
    u->password = copy(password);
}
