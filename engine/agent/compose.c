/* SPDX-License-Identifier: MIT */
/* What a request of ours looks like, outside and inside of dialogs. */
#include "agent/compose.h"
#include "agent/session_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "message/render.h"
#include "wire/addr_spec.h"
#include "wire/header.h"

enum { MAX_FORWARDS = 70, LINES_MAX = 64 };

void compose_parts_fini(struct compose_parts *p)
{
    buf_fini(&p->via);
    buf_fini(&p->from);
    buf_fini(&p->to);
    buf_fini(&p->route);
    buf_fini(&p->credentials);
    buf_fini(&p->contact);
    buf_fini(&p->own);
}

/* The memory stays for the next request. */
static struct compose_parts *parts_take(struct engine *e)
{
    struct compose_parts *p = &e->parts;

    buf_clear(&p->via);
    buf_clear(&p->from);
    buf_clear(&p->to);
    buf_clear(&p->route);
    buf_clear(&p->credentials);
    buf_clear(&p->contact);
    return p;
}

void compose_address(struct buf *out, struct slice value)
{
    bool bare = slice_find(value, '<') == value.n;

    if (bare)
        buf_char(out, '<');
    buf_slice(out, value);
    if (bare)
        buf_char(out, '>');
}

void compose_branch(struct buf *out, struct engine *e)
{
    char token[ID_MAX];

    buf_lit(out, "z9hG4bK");
    buf_add(out, token, engine_token(e, token, TOKEN_LENGTH));
}

static void make_via(struct compose_parts *p, struct ua *ua)
{
    buf_lit(&p->via, "SIP/2.0/");
    buf_str(&p->via, net_protocol_via(net_socket_protocol(ua_socket(ua))));
    buf_char(&p->via, ' ');
    buf_slice(&p->via, ua->sent_by);
    buf_lit(&p->via, ";branch=");
    compose_branch(&p->via, ua->engine);
    buf_lit(&p->via, ";rport");
}

static bool has_tag(struct slice value)
{
    struct wire_name_addr na;

    return wire_name_addr_split(value, &na) == ERR_NONE &&
           slice_present(wire_param_get(na.params, "tag"));
}

static void make_from(struct compose_parts *p, struct ua *ua,
                      const struct request_options *o)
{
    char token[ID_MAX];

    if (slice_present(o->from))
        compose_address(&p->from, o->from);
    else
        buf_slice(&p->from, ua->from);
    if (has_tag(buf_view(&p->from)))
        return;
    buf_lit(&p->from, ";tag=");
    buf_add(&p->from, token, engine_token(ua->engine, token, TAG_LENGTH));
}

static void make_route(struct compose_parts *p, struct slice route)
{
    buf_lit(&p->route, "Route: ");
    compose_address(&p->route, route);
    buf_lit(&p->route, "\r\n");
}

/* The way that the registrar has named (RFC 3608) comes behind a proxy that is
 * a route itself; to the registrar it does not lead. */
static void make_usual_route(const struct compose *c, struct compose_parts *p)
{
    struct ua *ua = c->ua;

    if (ua->proxy_route)
        make_route(p, ua->proxy);
    if (c->kind->id != METHOD_REGISTER)
        buf_slice(&p->route, buf_view(&ua->service_route));
}

static void outside(const struct compose *c, struct compose_parts *p,
                    struct render_request *r)
{
    const struct request_options *o = c->options;
    struct ua *ua = c->ua;

    make_from(p, ua, o);
    r->uri = o->uri;
    r->from = buf_view(&p->from);
    if (slice_present(o->to))
        compose_address(&p->to, o->to);
    else if (c->kind->id == METHOD_REGISTER)
        compose_address(&p->to, ua->uri);
    else
        compose_address(&p->to, o->uri);
    r->to = buf_view(&p->to);
    r->call_id = c->call_id;
    if (!slice_present(r->call_id))
        r->call_id =
            slice_of(p->id, engine_token(ua->engine, p->id, TOKEN_LENGTH));
    if (slice_present(o->route) && o->route.n)
        make_route(p, o->route);
    else if (!slice_present(o->route))
        make_usual_route(c, p);
    if (p->route.n)
        r->route_lines = buf_view(&p->route);
}

static void inside(const struct compose *c, struct compose_parts *p,
                   struct render_request *r)
{
    dialog_fill(c->usage->dialog, r);
    if (slice_present(c->options->from))
        r->from = c->options->from;
    if (slice_present(c->options->to))
        r->to = c->options->to;
    if (!slice_present(c->options->route))
        return;
    r->route_lines = slice_of(NULL, 0);
    if (c->options->route.n) {
        make_route(p, c->options->route);
        r->route_lines = buf_view(&p->route);
    }
}

/* Not where the caller brings his own. */
static bool wants_credentials(const struct compose *c)
{
    const struct request_options *o = c->options;

    if (!(o->automatic & auto_bit(AUTO_PREEMPT)))
        return false;
    for (size_t i = 0; i < o->line_count; i++) {
        size_t colon = slice_find(o->lines[i], ':');

        if (compose_is_credentials(slice_trim(slice_of(o->lines[i].p, colon))))
            return false;
    }
    return slice_present(c->password);
}

/* Answers ahead of a challenge; without the last line end. */
static struct slice credentials(const struct compose *c,
                                struct compose_parts *p,
                                const struct render_request *r)
{
    char hop[ADDR_TEXT];
    struct auth_request in = { .username = c->username,
                               .password = c->password,
                               .method = r->method,
                               .uri = r->uri,
                               .body = r->body,
                               .call_id = r->call_id };

    if (wants_credentials(c)) {
        in.hop = slice_of(hop, addr_text(p->hop, hop));
        auth_preempt(c->ua->auth, &in, &p->credentials);
    }
    if (!p->credentials.n)
        return slice_of(NULL, 0);
    return slice_of(p->credentials.p, p->credentials.n - 2);
}

bool compose_brings(const struct slice *lines, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        size_t colon = slice_find(lines[i], ':');

        if (slice_ieq(slice_trim(slice_of(lines[i].p, colon)), name))
            return true;
    }
    return false;
}

void compose_line(struct buf *own, const char *name, struct slice value)
{
    buf_str(own, name);
    buf_lit(own, ": ");
    buf_slice(own, value);
    buf_lit(own, "\r\n");
}

void compose_own(struct buf *own, const struct request_options *o,
                 const char *name, struct slice value)
{
    if (slice_present(value) &&
        !compose_brings(o->lines, o->line_count, slice_str(name)))
        compose_line(own, name, value);
}

static void add_lines(const struct compose *c, struct compose_parts *p,
                      struct render_request *r, struct slice lines[LINES_MAX])
{
    const struct request_options *o = c->options;
    struct slice answers = credentials(c, p, r);
    size_t n = 0;

    if (slice_present(answers))
        lines[n++] = answers;
    if (c->own.n) /* without the line end, which is put behind every line */
        lines[n++] = slice_of(c->own.p, c->own.n - 2);
    if (c->ua->user_agent.n &&
        !compose_brings(o->lines, o->line_count, SLICE("User-Agent")))
        lines[n++] = c->ua->user_agent;
    for (size_t i = 0; i < o->line_count && n < LINES_MAX; i++)
        lines[n++] = o->lines[i];
    r->lines = lines;
    r->line_count = n;
}

static void usual(const struct compose *c, struct compose_parts *p,
                  struct render_request *r)
{
    const struct request_options *o = c->options;

    r->method = c->kind->method ? slice_str(c->kind->method) : o->method;
    make_via(p, c->ua);
    r->via = buf_view(&p->via);
    r->max_forwards = MAX_FORWARDS;
    r->cseq = c->cseq;
    if (c->kind->contact)
        r->contact = c->ua->contact;
    r->body = o->body;
    r->content_disposition = o->content_disposition;
    r->content_type = o->content_type;
    if (slice_present(o->body) && !slice_present(o->content_type) &&
        c->kind->body_type)
        r->content_type = slice_str(c->kind->body_type);
}

/* Several are several values of one header. */
static void make_contacts(struct compose_parts *p,
                          const struct request_options *o)
{
    for (size_t i = 0; i < o->contact_count; i++) {
        if (i)
            buf_lit(&p->contact, ", ");
        buf_slice(&p->contact, o->contacts[i]);
    }
}

static void overridden(const struct compose *c, struct compose_parts *p,
                       struct render_request *r)
{
    const struct request_options *o = c->options;

    if (slice_present(o->request_uri))
        r->uri = o->request_uri;
    if (slice_present(o->contact))
        r->contact = o->contact.n ? o->contact : slice_of(NULL, 0);
    make_contacts(p, o);
    if (p->contact.n)
        r->contact = buf_view(&p->contact);
    if (slice_present(o->via))
        r->via = o->via;
    if (slice_present(o->call_id))
        r->call_id = o->call_id;
    if (o->cseq_given)
        r->cseq = o->cseq;
}

void compose_edit(struct buf *out, const struct header_edits *edits,
                  bool (*edit)(void *arg, struct buf *text), void *arg)
{
    struct buf text = { 0 }, kept;

    if (header_edits_any(edits))
        header_edits_apply(edits, out);
    if (!edit)
        return;
    buf_slice(&text, buf_view(out));
    kept = *out;
    *out = (struct buf){ 0 };
    if (edit(arg, &text)) {
        buf_fini(&kept);
        kept = text;
    } else {
        buf_fini(&text);
    }
    buf_fini(out);
    *out = kept;
}

int compose_request(const struct compose *c, struct addr *to, char why[160])
{
    const struct request_options *o = c->options;
    struct buf *out = &c->ua->engine->scratch;
    struct render_request r = { 0 };
    struct slice lines[LINES_MAX];
    struct compose_parts *parts;
    int err = compose_target(c, to, why);

    if (err)
        return err;
    buf_clear(out);
    if (slice_present(o->raw)) {
        buf_slice(out, o->raw);
        return ERR_NONE;
    }
    parts = parts_take(c->ua->engine);
    parts->hop = to;
    usual(c, parts, &r);
    if (c->usage)
        inside(c, parts, &r);
    else
        outside(c, parts, &r);
    overridden(c, parts, &r);
    add_lines(c, parts, &r, lines);
    render_request(out, &r);
    compose_edit(out, &o->edits, o->edit, o->edit_arg);
    return ERR_NONE;
}
