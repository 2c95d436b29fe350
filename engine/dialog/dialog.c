/* SPDX-License-Identifier: MIT */
/* Dialogs: made, confirmed, asked, ended. */
#include "dialog/dialog.h"

#include "base/err.h"
#include "base/mem.h"
#include "dialog/table.h"
#include "wire/addr_spec.h"

/* What tells a dialog from others, as the messages have it. */
struct identity {
    struct slice call_id, local_tag, remote_tag;
    struct slice local_uri, remote_uri;
    bool add_local_tag; /* local_uri lacks it */
};

/* Room for all of it; header_unfold() wants one more for its NUL. */
static size_t identity_size(const struct identity *id)
{
    return id->call_id.n + 2 * id->local_tag.n + id->remote_tag.n +
           id->local_uri.n + id->remote_uri.n + sizeof(";tag=") + 1;
}

/* Unfolds a piece to *at, which it moves behind it. */
static struct slice copy_piece(char **at, struct slice piece)
{
    struct slice copy = slice_of(*at, header_unfold(piece, *at, piece.n + 1));

    *at += copy.n;
    return copy;
}

static void copy_identity(struct dialog *d, const struct identity *id)
{
    char *p = d->identity;

    d->call_id = copy_piece(&p, id->call_id);
    d->local_tag = copy_piece(&p, id->local_tag);
    d->remote_tag = copy_piece(&p, id->remote_tag);
    d->remote_uri = copy_piece(&p, id->remote_uri);
    d->local_uri = copy_piece(&p, id->local_uri);
    if (id->add_local_tag) {
        copy_piece(&p, SLICE(";tag="));
        copy_piece(&p, id->local_tag);
        d->local_uri.n = (size_t)(p - d->local_uri.p);
    }
}

/* NULL when it exists. */
static struct dialog *make(struct dialog_table *t, const struct identity *id,
                           bool uac)
{
    struct dialog *d;

    if (dialog_find(t, id->call_id, id->local_tag, id->remote_tag))
        return NULL;
    d = mem_alloc(sizeof(*d) + identity_size(id));
    *d = (struct dialog){ .refs = 1, .uac = uac, .state = DIALOG_EARLY };
    list_init(&d->usages);
    copy_identity(d, id);
    dialog_table_insert(t, d);
    return d;
}

int dialog_new_uac(struct dialog **out, struct dialog_table *t,
                   const struct message *request,
                   const struct message *response)
{
    struct identity id = {
        .call_id = request->w.call_id,
        .local_tag = request->w.from_tag,
        .remote_tag = response->w.to_tag,
        .local_uri = request->w.from,
        .remote_uri = response->w.to,
    };
    struct dialog *d = make(t, &id, true);

    *out = d;
    if (!d)
        return ERR_STATE;
    if (response->w.status >= 200)
        d->state = DIALOG_CONFIRMED;
    d->local_cseq = request->w.cseq;
    routes_learn(&d->routes, response, true);
    if (!routes_aim_contact(&d->routes, response))
        routes_aim(&d->routes, request->w.uri);
    return ERR_NONE;
}

static void aim_at_caller(struct dialog *d, const struct message *request)
{
    struct wire_name_addr from;

    if (routes_aim_contact(&d->routes, request))
        return;
    if (wire_name_addr_split(request->w.from, &from) == ERR_NONE)
        routes_aim(&d->routes, from.uri);
}

int dialog_new_uas(struct dialog **out, struct dialog_table *t,
                   const struct message *request, struct slice local_tag)
{
    struct identity id = {
        .call_id = request->w.call_id,
        .local_tag = local_tag,
        .remote_tag = request->w.from_tag,
        .local_uri = request->w.to,
        .remote_uri = request->w.from,
        .add_local_tag = local_tag.n && !slice_present(request->w.to_tag),
    };
    struct dialog *d = make(t, &id, false);

    *out = d;
    if (!d)
        return ERR_STATE;
    d->remote_cseq = request->w.cseq;
    d->remote_seen = true;
    routes_learn(&d->routes, request, false);
    aim_at_caller(d, request);
    return ERR_NONE;
}

struct dialog *dialog_ref(struct dialog *d)
{
    d->refs++;
    return d;
}

void dialog_unref(struct dialog *d)
{
    if (!d || --d->refs)
        return;
    dialog_table_remove(d);
    routes_fini(&d->routes);
    mem_free(d);
}

void dialog_confirm(struct dialog *d, const struct message *response)
{
    if (d->state != DIALOG_EARLY)
        return;
    d->state = DIALOG_CONFIRMED;
    if (!d->uac || !response)
        return;
    routes_learn(&d->routes, response, true);
    routes_aim_contact(&d->routes, response);
}

void dialog_end(struct dialog *d)
{
    dialog_table_remove(d);
    d->state = DIALOG_ENDED;
}

void dialog_refresh_target(struct dialog *d, const struct message *m)
{
    routes_aim_contact(&d->routes, m);
}

enum dialog_state dialog_state(const struct dialog *d)
{
    return d->state;
}

struct slice dialog_call_id(const struct dialog *d)
{
    return d->call_id;
}

struct slice dialog_local_tag(const struct dialog *d)
{
    return d->local_tag;
}

struct slice dialog_remote_tag(const struct dialog *d)
{
    return d->remote_tag;
}

struct slice dialog_remote_target(const struct dialog *d)
{
    return buf_view(&d->routes.target);
}

struct slice dialog_local_uri(const struct dialog *d)
{
    return d->local_uri;
}

struct slice dialog_remote_uri(const struct dialog *d)
{
    return d->remote_uri;
}

bool dialog_is_uac(const struct dialog *d)
{
    return d->uac;
}

struct list *dialog_usages(struct dialog *d)
{
    return &d->usages;
}

uint32_t dialog_next_cseq(struct dialog *d)
{
    return ++d->local_cseq;
}

uint32_t dialog_local_cseq(const struct dialog *d)
{
    return d->local_cseq;
}

void dialog_set_local_cseq(struct dialog *d, uint32_t cseq)
{
    d->local_cseq = cseq;
}

int dialog_accept_cseq(struct dialog *d, uint32_t cseq)
{
    if (d->remote_seen && cseq <= d->remote_cseq)
        return ERR_STATE;
    d->remote_seen = true;
    d->remote_cseq = cseq;
    return ERR_NONE;
}

void dialog_fill(const struct dialog *d, struct render_request *r)
{
    r->uri = routes_uri(&d->routes);
    r->route_lines = routes_lines(&d->routes);
    r->from = d->local_uri;
    r->to = d->remote_uri;
    r->call_id = d->call_id;
}

struct slice dialog_next_hop(const struct dialog *d)
{
    return routes_next_hop(&d->routes);
}
