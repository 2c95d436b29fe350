/* SPDX-License-Identifier: MIT */
/*
 * Digest access authentication (RFC 7616, RFC 8760; RFC 2617 where qop is
 * absent): parsing a challenge, computing and verifying an answer. Hashes are
 * libcrypto's. Quoted values are compared and hashed without quotes, escapes
 * left as they are.
 */
#ifndef SIPWRIGHT_AUTH_DIGEST_H
#define SIPWRIGHT_AUTH_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/* From weak to strong; RFC 8760 2.4 leaves the order to the server, a client
 * takes the first that it knows. */
enum digest_algorithm {
    DIGEST_UNKNOWN,
    DIGEST_MD5,
    DIGEST_MD5_SESS,
    DIGEST_SHA256,
    DIGEST_SHA256_SESS,
    DIGEST_SHA512_256,
    DIGEST_SHA512_256_SESS
};

/* Without case; absent is MD5. */
enum digest_algorithm digest_algorithm_parse(struct slice token);
const char *digest_algorithm_name(enum digest_algorithm a); /* "MD5-sess" … */

/* One whose A1 holds nonce and cnonce ("-sess")? */
bool digest_is_session(enum digest_algorithm a);

enum digest_qop {
    QOP_NONE = 0,
    QOP_AUTH = 1,
    QOP_AUTH_INT = 2,
    QOP_OTHER = 4 /* parsed only: a token that we do not know */
};

/* A parsed challenge or a parsed answer; views into the header value. */
struct digest_fields {
    struct slice realm, nonce, opaque, uri, username, response, cnonce;
    enum digest_algorithm algorithm;
    struct slice algorithm_text; /* as spelled, absent if none */
    unsigned qop;                /* bits of enum digest_qop */
    uint32_t nc;
    bool stale;
    bool userhash;
};

/*
 * Both ERR_UNSUPPORTED if the scheme isn't Digest; ERR_PROTOCOL if realm or
 * nonce is missing, or nc is not eight lower-case hex digits. Of a parameter
 * that stands there twice the first counts.
 */
int digest_parse_challenge(struct digest_fields *out, struct slice value);
int digest_parse_answer(struct digest_fields *out, struct slice value);

/* What an answer is computed from. */
struct digest_input {
    struct slice username, password;
    struct slice realm, nonce, cnonce, method, uri, body;
    enum digest_algorithm algorithm;
    enum digest_qop qop; /* one of them */
    uint32_t nc;
};

#define DIGEST_HEX_MAX 65 /* longest hash as hex, NUL included */

/*
 * One per engine: the fetched EVP_MDs and a reused context. ERR_UNSUPPORTED
 * when libcrypto offers none of the hashes.
 */
struct digest;
int digest_new(struct digest **out);
void digest_free(struct digest *d); /* NULL-safe */

/* Known, and a hash that libcrypto offers. */
bool digest_supports(const struct digest *d, enum digest_algorithm a);

/* The lower-case hex answer; ERR_UNSUPPORTED for a hash libcrypto lacks. */
int digest_compute(struct digest *d, const struct digest_input *in,
                   char out[DIGEST_HEX_MAX]);

/* The user name that userhash=true asks for (RFC 7616 3.4.4), as hex. */
int digest_userhash(struct digest *d, enum digest_algorithm a,
                    struct slice username, struct slice realm,
                    char out[DIGEST_HEX_MAX]);

/* Adds a text as it stands between quotes: '"' and '\\' escaped. */
void digest_escape(struct buf *out, struct slice text);

#endif
