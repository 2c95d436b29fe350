/* SPDX-License-Identifier: MIT */
/* Computing digest answers (RFC 7616 3.4). */
#include "auth/digest.h"

#include <stdio.h>

#include "auth/hasher.h"
#include "base/err.h"
#include "base/mem.h"

static const struct {
    const char *name;
    enum hash_kind hash;
    bool sess;
} algorithms[] = {
    [DIGEST_UNKNOWN] = { "", HASHES, false },
    [DIGEST_MD5] = { "MD5", HASH_MD5, false },
    [DIGEST_MD5_SESS] = { "MD5-sess", HASH_MD5, true },
    [DIGEST_SHA256] = { "SHA-256", HASH_SHA256, false },
    [DIGEST_SHA256_SESS] = { "SHA-256-sess", HASH_SHA256, true },
    [DIGEST_SHA512_256] = { "SHA-512-256", HASH_SHA512_256, false },
    [DIGEST_SHA512_256_SESS] = { "SHA-512-256-sess", HASH_SHA512_256, true },
};

struct digest {
    struct hasher *hasher;
};

int digest_new(struct digest **out)
{
    struct hasher *hasher = hasher_new();

    *out = NULL;
    if (!hasher)
        return ERR_UNSUPPORTED;
    *out = mem_zalloc(sizeof(**out));
    (*out)->hasher = hasher;
    return ERR_NONE;
}

void digest_free(struct digest *d)
{
    if (!d)
        return;
    hasher_free(d->hasher);
    mem_free(d);
}

bool digest_supports(const struct digest *d, enum digest_algorithm a)
{
    return hasher_has(d->hasher, algorithms[a].hash);
}

enum digest_algorithm digest_algorithm_parse(struct slice token)
{
    if (!slice_present(token))
        return DIGEST_MD5;
    for (size_t i = DIGEST_MD5; i < array_length(algorithms); i++) {
        if (slice_ieq(token, slice_str(algorithms[i].name)))
            return (enum digest_algorithm)i;
    }
    return DIGEST_UNKNOWN;
}

const char *digest_algorithm_name(enum digest_algorithm a)
{
    return algorithms[a].name;
}

bool digest_is_session(enum digest_algorithm a)
{
    return algorithms[a].sess;
}

static int hash(struct digest *d, enum digest_algorithm a,
                const struct slice *parts, size_t count,
                char out[DIGEST_HEX_MAX])
{
    return hasher_join(d->hasher, algorithms[a].hash, parts, count, out)
               ? ERR_NONE
               : ERR_UNSUPPORTED;
}

/* H(A1), 3.4.2. */
static int hash_a1(struct digest *d, const struct digest_input *in,
                   char out[DIGEST_HEX_MAX])
{
    struct slice who[] = { in->username, in->realm, in->password };
    int err = hash(d, in->algorithm, who, array_length(who), out);

    if (err || !digest_is_session(in->algorithm))
        return err;
    struct slice session[] = { slice_str(out), in->nonce, in->cnonce };
    return hash(d, in->algorithm, session, array_length(session), out);
}

/* H(A2), 3.4.3. */
static int hash_a2(struct digest *d, const struct digest_input *in,
                   char out[DIGEST_HEX_MAX])
{
    char body[DIGEST_HEX_MAX];
    struct slice what[] = { in->method, in->uri, SLICE("") };
    int err;

    if (in->qop != QOP_AUTH_INT)
        return hash(d, in->algorithm, what, 2, out);
    err = hash(d, in->algorithm, &in->body, 1, body);
    if (err)
        return err;
    what[2] = slice_str(body);
    return hash(d, in->algorithm, what, 3, out);
}

int digest_compute(struct digest *d, const struct digest_input *in,
                   char out[DIGEST_HEX_MAX])
{
    char a1[DIGEST_HEX_MAX], a2[DIGEST_HEX_MAX], nc[9];
    int err = hash_a1(d, in, a1);

    if (!err)
        err = hash_a2(d, in, a2);
    if (err)
        return err;
    if (in->qop == QOP_NONE) {
        struct slice old[] = { slice_str(a1), in->nonce, slice_str(a2) };
        return hash(d, in->algorithm, old, array_length(old), out);
    }
    snprintf(nc, sizeof(nc), "%08x", (unsigned)in->nc);
    struct slice parts[] = {
        slice_str(a1),
        in->nonce,
        slice_str(nc),
        in->cnonce,
        in->qop == QOP_AUTH ? SLICE("auth") : SLICE("auth-int"),
        slice_str(a2),
    };
    return hash(d, in->algorithm, parts, array_length(parts), out);
}

int digest_userhash(struct digest *d, enum digest_algorithm a,
                    struct slice username, struct slice realm,
                    char out[DIGEST_HEX_MAX])
{
    struct slice who[] = { username, realm };

    return hash(d, a, who, array_length(who), out);
}
