/* SPDX-License-Identifier: MIT */
/* What a request of ours looks like, outside and inside of dialogs. */
#include <stdio.h>
#include <string.h>

#include "agent/agent_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "message/render.h"
#include "wire/addr_spec.h"
#include "wire/header.h"

enum { MAX_FORWARDS = 70, LINES_MAX = 64 };

/* The made-up values of one request, alive until it is rendered. */
struct parts {
    struct buf via, from, to, route;
    char id[ID_MAX];
};

static void parts_fini(struct parts *p)
{
    buf_fini(&p->via);
    buf_fini(&p->from);
    buf_fini(&p->to);
    buf_fini(&p->route);
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

static void add_branch(struct buf *out, struct engine *e)
{
    char token[ID_MAX];

    buf_lit(out, "z9hG4bK");
    buf_add(out, token, engine_token(e, token, TOKEN_LENGTH));
}

static void make_via(struct parts *p, struct ua *ua)
{
    buf_lit(&p->via, "SIP/2.0/");
    buf_str(&p->via,
            net_protocol_via(net_socket_protocol(ua_socket(ua))));
    buf_char(&p->via, ' ');
    buf_slice(&p->via, ua->sent_by);
    buf_lit(&p->via, ";branch=");
    add_branch(&p->via, ua->engine);
    buf_lit(&p->via, ";rport");
}

static bool has_tag(struct slice value)
{
    struct wire_name_addr na;

    return wire_name_addr_split(value, &na) == ERR_NONE &&
           slice_present(wire_param_get(na.params, "tag"));
}

static void make_from(struct parts *p, struct ua *ua,
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

static void make_route(struct parts *p, struct slice route)
{
    buf_lit(&p->route, "Route: ");
    compose_address(&p->route, route);
    buf_lit(&p->route, "\r\n");
}

static void outside(const struct compose *c, struct parts *p,
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
    r->call_id = slice_of(p->id, engine_token(ua->engine, p->id, TOKEN_LENGTH));
    if (slice_present(o->route) && o->route.n)
        make_route(p, o->route);
    else if (!slice_present(o->route) && ua->proxy_route)
        make_route(p, ua->proxy);
    if (p->route.n)
        r->route_lines = buf_view(&p->route);
}

static void inside(const struct compose *c, struct parts *p,
                   struct render_request *r)
{
    dialog_fill(c->session->dialog, r);
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

static void add_lines(const struct compose *c, struct render_request *r,
                      struct slice lines[LINES_MAX])
{
    const struct request_options *o = c->options;
    size_t n = 0;

    if (c->kind->id == METHOD_INVITE)
        lines[n++] = slice_str(default_allow);
    if (c->ua->user_agent.n)
        lines[n++] = c->ua->user_agent;
    for (size_t i = 0; i < o->line_count && n < LINES_MAX; i++)
        lines[n++] = o->lines[i];
    r->lines = lines;
    r->line_count = n;
}

static void usual(const struct compose *c, struct parts *p,
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

static void overridden(const struct compose *c, struct render_request *r)
{
    const struct request_options *o = c->options;

    if (slice_present(o->request_uri))
        r->uri = o->request_uri;
    if (slice_present(o->contact))
        r->contact = o->contact.n ? o->contact : slice_of(NULL, 0);
    if (slice_present(o->via))
        r->via = o->via;
    if (slice_present(o->call_id))
        r->call_id = o->call_id;
    if (o->cseq)
        r->cseq = o->cseq;
}

int compose_destination(struct ua *ua, struct slice uri, struct addr *to,
                        char why[160])
{
    int err = resolver_uri(ua->engine->resolver, uri, to);

    if (err == ERR_NONE && addr_is_v6(to) != addr_is_v6(ua_address(ua))) {
        snprintf(why, 160,
                 "\"%.*s\" is %s, but the agent listens on %s: give it listen",
                 (int)(uri.n & 0x3f), uri.p, addr_is_v6(to) ? "IPv6" : "IPv4",
                 addr_is_v6(to) ? "IPv4" : "IPv6");
        return ERR_UNSUPPORTED;
    }
    if (err == ERR_ARGUMENT)
        snprintf(why, 160, "\"%.*s\" is not a SIP URI", (int)(uri.n & 0x7f),
                 uri.p);
    else if (err == ERR_UNSUPPORTED)
        snprintf(why, 160, "\"%.*s\": only sip: over UDP is offered yet",
                 (int)(uri.n & 0x7f), uri.p);
    else if (err)
        snprintf(why, 160, "\"%.*s\": the host has no address",
                 (int)(uri.n & 0x7f), uri.p);
    return err;
}

/* In a dialog the route set decides; outside the proxy does, if there is
 * one; a Route of the caller's own goes before both. */
static int find_destination(const struct compose *c, struct addr *to,
                            char why[160])
{
    const struct request_options *o = c->options;
    struct wire_name_addr na;

    if (slice_present(o->route) && o->route.n &&
        wire_name_addr_split(o->route, &na) == ERR_NONE)
        return compose_destination(c->ua, na.uri, to, why);
    if (c->session)
        return compose_destination(c->ua,
                                   dialog_next_hop(c->session->dialog), to,
                                   why);
    if (slice_present(c->ua->proxy)) {
        *to = c->ua->proxy_addr;
        return ERR_NONE;
    }
    return compose_destination(c->ua, o->uri, to, why);
}

int compose_request(const struct compose *c, struct addr *to, char why[160])
{
    const struct request_options *o = c->options;
    struct buf *out = &c->ua->engine->scratch;
    struct render_request r = { 0 };
    struct slice lines[LINES_MAX];
    struct parts parts = { { 0 }, { 0 }, { 0 }, { 0 }, { 0 } };
    int err;

    buf_clear(out);
    err = find_destination(c, to, why);
    if (err)
        return err;
    if (slice_present(o->raw)) {
        buf_slice(out, o->raw);
        return ERR_NONE;
    }
    usual(c, &parts, &r);
    if (c->session)
        inside(c, &parts, &r);
    else
        outside(c, &parts, &r);
    overridden(c, &r);
    add_lines(c, &r, lines);
    render_request(out, &r);
    parts_fini(&parts);
    if (header_edits_any(&o->edits))
        header_edits_apply(&o->edits, out);
    if (o->edit)
        o->edit(o->edit_arg, out);
    return ERR_NONE;
}

static bool is_credentials(struct slice name)
{
    return slice_ieq(name, SLICE("Authorization")) ||
           slice_ieq(name, SLICE("Proxy-Authorization"));
}

static void retry_line(struct buf *out, const struct message *old,
                       struct engine *e, const struct wire_header *h,
                       bool *via_done)
{
    struct slice branch = old->w.via.branch;
    const char *end = h->line.p + h->line.n;

    if (*via_done || !slice_present(branch) || branch.p < h->line.p ||
        branch.p >= end) {
        buf_slice(out, h->line);
        return;
    }
    *via_done = true;
    buf_add(out, h->line.p, (size_t)(branch.p - h->line.p));
    add_branch(out, e);
    buf_add(out, branch.p + branch.n, (size_t)(end - branch.p) - branch.n);
}

/*
 * Working on the text keeps whatever the script made of the first attempt:
 * only the branch, the CSeq number and the credentials differ (RFC 3261 22.2).
 */
void compose_retry(struct buf *out, const struct message *old, struct engine *e,
                   uint32_t cseq, struct slice auth_lines)
{
    size_t pos = 0;
    struct wire_header h;
    bool via_done = false;

    buf_add(out, old->bytes, (size_t)(old->w.headers.p - old->bytes));
    while (wire_header_next(old->w.headers, &pos, &h) != 0) {
        if (is_credentials(h.name))
            continue;
        if (wire_header_same(h.name, SLICE("CSeq"))) {
            buf_lit(out, "CSeq: ");
            buf_u64(out, cseq);
            buf_char(out, ' ');
            buf_slice(out, old->w.cseq_method);
            buf_lit(out, "\r\n");
            buf_slice(out, auth_lines);
            continue;
        }
        retry_line(out, old, e, &h, &via_done);
        buf_lit(out, "\r\n");
    }
    buf_lit(out, "\r\n");
    buf_slice(out, old->w.body);
}
