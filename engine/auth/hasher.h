/* SPDX-License-Identifier: MIT */
/*
 * Private to auth: libcrypto's hashes. Apart from digest.c because OpenSSL's
 * headers claim the name ERR_STATE, which base/err.h has too.
 */
#ifndef SIPWRIGHT_AUTH_HASHER_H
#define SIPWRIGHT_AUTH_HASHER_H

#include <stdbool.h>
#include <stddef.h>

#include "auth/digest.h"
#include "base/slice.h"

enum hash_kind { HASH_MD5, HASH_SHA256, HASH_SHA512_256, HASHES };

struct hasher;

/* NULL when libcrypto offers none of them. */
struct hasher *hasher_new(void);
void hasher_free(struct hasher *h); /* NULL-safe */
bool hasher_has(const struct hasher *h, enum hash_kind kind);

/*
 * The hash of the parts with ':' between them, as lower-case hex. False for a
 * hash that libcrypto lacks. The parts may be views of `out`.
 */
bool hasher_join(struct hasher *h, enum hash_kind kind,
                 const struct slice *parts, size_t count,
                 char out[DIGEST_HEX_MAX]);

#endif
