/* SPDX-License-Identifier: MIT */
/* Splits URIs and name-addrs at the places that routing needs. */
#include "wire/addr_spec.h"

#include <string.h>

#include "base/err.h"
#include "wire/header.h"
#include "wire/text.h"

/* RFC 3261 25.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":" */
static const char *read_scheme(const char *p, const char *end,
                               struct slice *scheme)
{
    const char *q = skip_class(p, end, CHAR_TOKEN);
    char first = q > p ? (char)(*p | 0x20) : '0';

    if (q == end || *q != ':' || first < 'a' || first > 'z')
        return NULL;
    *scheme = slice_between(p, q);
    return q + 1;
}

/* user:password@; neither host, parameters nor headers may hold a plain '@'. */
static const char *read_user(const char *p, const char *end,
                             struct wire_uri *out)
{
    const char *at = memchr(p, '@', (size_t)(end - p));
    const char *colon;

    if (!at)
        return p;
    colon = memchr(p, ':', (size_t)(at - p));
    out->user = slice_between(p, colon ? colon : at);
    if (colon)
        out->password = slice_between(colon + 1, at);
    return at + 1;
}

static int read_tail(const char *p, const char *end, struct wire_uri *out)
{
    const char *query = memchr(p, '?', (size_t)(end - p));

    if (!query)
        query = end;
    else
        out->headers = slice_between(query + 1, end);
    out->params = slice_between(p, query);
    if (out->params.n == 0)
        return ERR_NONE;
    if (*p != ';')
        return ERR_PROTOCOL;
    out->lr = slice_present(wire_param_get(out->params, "lr"));
    return ERR_NONE;
}

int wire_uri_split(struct slice text, struct wire_uri *out)
{
    const char *p = text.p;
    const char *end = p + text.n;

    memset(out, 0, sizeof(*out));
    out->text = text;
    p = read_scheme(p, end, &out->scheme);
    if (!p)
        return ERR_PROTOCOL;
    out->secure = slice_ieq(out->scheme, SLICE("sips"));
    if (!out->secure && !slice_ieq(out->scheme, SLICE("sip")))
        return ERR_NONE;
    p = read_user(p, end, out);
    p = text_host(p, end, &out->host);
    if (p && p < end && *p == ':')
        p = text_port(p + 1, end, &out->port);
    return p ? read_tail(p, end, out) : ERR_PROTOCOL;
}

/* `<uri>;params` from the '<' at p. */
static int read_bracketed(const char *p, const char *end,
                          struct wire_name_addr *out)
{
    const char *close = memchr(p, '>', (size_t)(end - p));

    if (!close || close == p + 1)
        return ERR_PROTOCOL;
    out->uri = slice_between(p + 1, close);
    p = skip_class(close + 1, end, CHAR_LWS);
    out->params = slice_between(p, end);
    return p == end || *p == ';' ? ERR_NONE : ERR_PROTOCOL;
}

/* `uri;params` where the URI ends at `semicolon`. */
static int read_plain(const char *p, const char *semicolon, const char *end,
                      struct wire_name_addr *out)
{
    out->uri = slice_rtrim(p, semicolon);
    out->params = slice_between(semicolon, end);
    for (size_t i = 0; i < out->uri.n; i++) {
        if (char_is(out->uri.p[i], CHAR_LWS) || out->uri.p[i] == '"')
            return ERR_PROTOCOL;
    }
    return out->uri.n ? ERR_NONE : ERR_PROTOCOL;
}

int wire_name_addr_split(struct slice value, struct wire_name_addr *out)
{
    const char *end = value.p + value.n;
    const char *p = skip_class(value.p, end, CHAR_LWS);
    const char *q = p;

    memset(out, 0, sizeof(*out));
    end = p + slice_rtrim(p, end).n;
    if (p < end && *p == '"') {
        q = text_skip_quoted(p, end);
        if (!q)
            return ERR_PROTOCOL;
        out->name = slice_between(p + 1, q - 1);
        p = skip_class(q, end, CHAR_LWS);
        if (p == end || *p != '<')
            return ERR_PROTOCOL;
        return read_bracketed(p, end, out);
    }
    while (q < end && *q != '<' && *q != ';')
        q++;
    if (q == end || *q == ';')
        return read_plain(p, q, end, out);
    if (q > p)
        out->name = slice_rtrim(p, q);
    return read_bracketed(q, end, out);
}
