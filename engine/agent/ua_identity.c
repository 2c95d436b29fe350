/* SPDX-License-Identifier: MIT */
/* What an agent is called: From, Contact, Via's sent-by, User-Agent. */
#include "agent/ua_private.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/addr_spec.h"

enum { PIECES = 12 };

/* Views into ua->text are set once it no longer grows: offsets till then. */
struct pieces {
    struct ua *ua;
    size_t n;
    struct {
        struct slice *view;
        size_t at;
    } at[PIECES + 1];
};

/* What is added from here on belongs to this view. */
static struct buf *piece(struct pieces *p, struct slice *view)
{
    p->at[p->n].view = view;
    p->at[p->n++].at = p->ua->text.n;
    return &p->ua->text;
}

static void copy_piece(struct pieces *p, struct slice *view, struct slice value)
{
    if (slice_present(value))
        buf_slice(piece(p, view), value);
}

static void set_views(struct pieces *p)
{
    const struct buf *text = &p->ua->text;

    p->at[p->n].at = text->n;
    for (size_t i = 0; i < p->n; i++)
        *p->at[i].view =
            slice_of(text->p + p->at[i].at, p->at[i + 1].at - p->at[i].at);
}

static void add_from(struct buf *text, struct slice name, struct slice uri)
{
    if (slice_present(name)) {
        buf_char(text, '"');
        digest_escape(text, name);
        buf_lit(text, "\" ");
    }
    buf_char(text, '<');
    buf_slice(text, uri);
    buf_char(text, '>');
}

static void add_contact(struct buf *text, const struct ua_options *o,
                        struct slice user, struct slice sent_by)
{
    if (slice_present(o->contact)) {
        compose_address(text, o->contact);
        return;
    }
    buf_lit(text, "<sip:");
    if (slice_present(user)) {
        buf_slice(text, user);
        buf_char(text, '@');
    }
    buf_slice(text, sent_by);
    buf_char(text, '>');
}

static void add_product(struct pieces *p, struct slice value)
{
    struct buf *text;

    if (!slice_present(value) || !value.n)
        return;
    text = piece(p, &p->ua->user_agent);
    buf_lit(text, "User-Agent: ");
    buf_slice(text, value);
    text = piece(p, &p->ua->server);
    buf_lit(text, "Server: ");
    buf_slice(text, value);
}

/* host:port for Via and Contact. Bound to any address, it is the one from
 * which the proxy is reached, else the first of this machine's loopback. */
static struct slice make_sent_by(const struct ua *ua, char out[ADDR_TEXT])
{
    struct addr a = ua->local;
    struct addr source;

    if (addr_is_any(&a)) {
        if (slice_present(ua->proxy) &&
            resolver_source(&ua->proxy_addr, &source) == ERR_NONE) {
            addr_set_port(&source, addr_port(&a));
            a = source;
        } else {
            addr_from(&a, addr_is_v6(&a) ? SLICE("::1") : SLICE("127.0.0.1"),
                      addr_port(&a));
        }
    }
    return slice_of(out, addr_text(&a, out));
}

static void add_all(struct ua *ua, const struct ua_options *o,
                    const struct wire_uri *uri, struct slice sent_by)
{
    struct pieces p = { .ua = ua };

    copy_piece(&p, &ua->uri, uri->text);
    copy_piece(&p, &ua->user, uri->user);
    copy_piece(&p, &ua->username,
               slice_present(o->username) ? o->username : uri->user);
    copy_piece(&p, &ua->password, o->password);
    copy_piece(&p, &ua->sent_by, sent_by);
    add_product(&p, o->user_agent);
    add_from(piece(&p, &ua->from), o->display_name, uri->text);
    add_contact(piece(&p, &ua->contact), o, uri->user, sent_by);
    set_views(&p);
}

int ua_identify(struct ua *ua, const struct ua_options *o)
{
    char host[ADDR_TEXT];
    struct slice sent_by = make_sent_by(ua, host);
    struct buf made = { 0 };
    struct slice text = o->uri;
    struct wire_uri uri;
    int err = ERR_ARGUMENT;

    if (!slice_present(text)) {
        buf_lit(&made, "sip:");
        if (slice_present(o->username) && o->username.n) {
            buf_slice(&made, o->username);
            buf_char(&made, '@');
        }
        buf_slice(&made, sent_by);
        text = buf_view(&made);
    }
    if (wire_uri_split(text, &uri) == ERR_NONE && slice_present(uri.host)) {
        add_all(ua, o, &uri, sent_by);
        err = ERR_NONE;
    }
    buf_fini(&made);
    return err;
}
