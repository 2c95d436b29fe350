/* SPDX-License-Identifier: MIT */
/* The first element of a Via value (RFC 3261 20.42, RFC 3581). */
#include <string.h>

#include "base/err.h"
#include "wire/scan.h"
#include "wire/text.h"

/* A token and the '/' behind it, blanks and folds around both (SLASH). */
static const char *skip_part(const char *p, const char *end)
{
    const char *q = skip_class(p, end, CHAR_TOKEN);

    if (q == p)
        return NULL;
    q = skip_class(q, end, CHAR_LWS);
    if (q == end || *q != '/')
        return NULL;
    return skip_class(q + 1, end, CHAR_LWS);
}

/* "SIP/2.0/UDP " */
static const char *read_protocol(const char *p, const char *end,
                                 struct wire_via *out)
{
    const char *q;

    if (end - p > 8 && memcmp(p, "SIP/2.0/", 8) == 0)
        p += 8;
    else if (!(p = skip_part(p, end)) || !(p = skip_part(p, end)))
        return NULL;
    p = skip_class(p, end, CHAR_LWS);
    q = skip_class(p, end, CHAR_TOKEN);
    out->transport = slice_between(p, q);
    p = skip_class(q, end, CHAR_LWS);
    return out->transport.n && p != q ? p : NULL;
}

static const char *read_sent_by(const char *p, const char *end,
                                struct wire_via *out)
{
    p = text_host(p, end, &out->host);
    if (!p)
        return NULL;
    p = skip_class(p, end, CHAR_LWS);
    if (p < end && *p == ':') {
        p = skip_class(p + 1, end, CHAR_LWS);
        p = text_port(p, end, &out->port);
        if (!p)
            return NULL;
        p = skip_class(p, end, CHAR_LWS);
    }
    return p == end || *p == ';' || *p == ',' ? p : NULL;
}

static void take_param(struct wire_via *out, const struct wire_param *param)
{
    if (text_is(param->name, SLICE("branch"))) {
        if (!slice_present(out->branch))
            out->branch = param->value;
    } else if (text_is(param->name, SLICE("rport"))) {
        out->rport = true;
        out->rport_value = param->value;
        if (!slice_present(param->value))
            out->rport_value = slice_of(param->name.p + param->name.n, 0);
    } else if (text_is(param->name, SLICE("received"))) {
        out->received = param->value;
    } else if (text_is(param->name, SLICE("maddr"))) {
        out->maddr = param->value;
    }
}

int wire_via_split(struct slice value, struct wire_via *out)
{
    const char *end = value.p + value.n;
    const char *start = skip_class(value.p, end, CHAR_LWS);
    const char *p;
    struct wire_param param;

    memset(out, 0, sizeof(*out));
    p = read_protocol(start, end, out);
    if (p)
        p = read_sent_by(p, end, out);
    if (!p) {
        memset(out, 0, sizeof(*out));
        return ERR_PROTOCOL;
    }
    while (text_param(&p, end, ';', ',', &param))
        take_param(out, &param);
    out->value = slice_rtrim(start, p);
    return ERR_NONE;
}
