/* SPDX-License-Identifier: MIT */
/* Reading challenges and answers, and writing their quoted values. */
#include <string.h>

#include "auth/digest.h"
#include "base/err.h"
#include "base/mem.h"
#include "wire/header.h"

/* The parameters as text. */
struct texts {
    struct slice realm, nonce, opaque, uri, username, response, cnonce;
    struct slice algorithm, qop, nc, stale, userhash;
};

static struct slice *slot_of(struct texts *t, struct slice name)
{
    const struct {
        struct slice name;
        struct slice *slot;
    } slots[] = {
        { SLICE("realm"), &t->realm },
        { SLICE("nonce"), &t->nonce },
        { SLICE("opaque"), &t->opaque },
        { SLICE("uri"), &t->uri },
        { SLICE("username"), &t->username },
        { SLICE("qop"), &t->qop },
        { SLICE("response"), &t->response },
        { SLICE("nc"), &t->nc },
        { SLICE("cnonce"), &t->cnonce },
        { SLICE("stale"), &t->stale },
        { SLICE("userhash"), &t->userhash },
        { SLICE("algorithm"), &t->algorithm },
    };

    for (size_t i = 0; i < array_length(slots); i++) {
        if (slice_ieq(name, slots[i].name))
            return slots[i].slot;
    }
    return NULL;
}

/* What follows "Digest" and white space. */
static int params_of(struct slice value, struct slice *params)
{
    struct slice scheme = SLICE("Digest");

    value = slice_trim(value);
    if (!slice_istarts(value, scheme))
        return ERR_UNSUPPORTED;
    if (value.n > scheme.n && !strchr(" \t\r\n", value.p[scheme.n]))
        return ERR_UNSUPPORTED;
    *params = slice_of(value.p + scheme.n, value.n - scheme.n);
    return ERR_NONE;
}

/*
 * The first of two equal names counts: where several challenges were joined
 * in one line against RFC 3261 7.3.1, what is read is the first of them.
 */
static void texts_read(struct texts *t, struct slice params)
{
    struct wire_param param;
    size_t pos = 0;

    while (wire_param_next(params, ',', &pos, &param)) {
        struct slice *slot = slot_of(t, param.name);

        if (slot && !slice_present(*slot))
            *slot = param.value;
    }
}

static unsigned qop_bits(struct slice list)
{
    unsigned bits = QOP_NONE;
    struct slice token;
    size_t pos = 0;

    if (!slice_present(list))
        return QOP_NONE;
    while (wire_list_next(list, &pos, &token)) {
        if (slice_ieq(token, SLICE("auth")))
            bits |= QOP_AUTH;
        else if (slice_ieq(token, SLICE("auth-int")))
            bits |= QOP_AUTH_INT;
        else
            bits |= QOP_OTHER;
    }
    return bits;
}

/* nc-value = 8LHEX (RFC 3261 25.1). */
static int nc_read(struct slice text, uint32_t *out)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t value = 0;

    if (text.n != 8)
        return ERR_PROTOCOL;
    for (size_t i = 0; i < text.n; i++) {
        const char *digit = memchr(digits, text.p[i], 16);

        if (!digit)
            return ERR_PROTOCOL;
        value = value << 4 | (uint32_t)(digit - digits);
    }
    *out = value;
    return ERR_NONE;
}

static int parse(struct digest_fields *out, struct slice value)
{
    struct texts t = { 0 };
    struct slice params;
    int err;

    *out = (struct digest_fields){ 0 };
    err = params_of(value, &params);
    if (err)
        return err;
    texts_read(&t, params);
    if (!slice_present(t.realm) || !slice_present(t.nonce))
        return ERR_PROTOCOL;
    if (slice_present(t.nc) && nc_read(t.nc, &out->nc) != ERR_NONE)
        return ERR_PROTOCOL;
    out->realm = t.realm;
    out->nonce = t.nonce;
    out->opaque = t.opaque;
    out->uri = t.uri;
    out->username = t.username;
    out->response = t.response;
    out->cnonce = t.cnonce;
    out->algorithm_text = t.algorithm;
    out->algorithm = digest_algorithm_parse(t.algorithm);
    out->qop = qop_bits(t.qop);
    out->stale = slice_ieq(t.stale, SLICE("true"));
    out->userhash = slice_ieq(t.userhash, SLICE("true"));
    return ERR_NONE;
}

int digest_parse_challenge(struct digest_fields *out, struct slice value)
{
    return parse(out, value);
}

int digest_parse_answer(struct digest_fields *out, struct slice value)
{
    return parse(out, value);
}

void digest_escape(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_char(out, '\\');
        buf_char(out, text.p[i]);
    }
}
