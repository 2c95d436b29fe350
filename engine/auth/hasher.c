/* SPDX-License-Identifier: MIT */
/* The hashes, fetched once, and their one context. */
#include "auth/hasher.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/mem.h"

static const char *const names[HASHES] = {
    [HASH_MD5] = "MD5",
    [HASH_SHA256] = "SHA256",
    [HASH_SHA512_256] = "SHA512-256",
};

struct hasher {
    EVP_MD *md[HASHES]; /* NULL where libcrypto has none */
    EVP_MD_CTX *context;
};

struct hasher *hasher_new(void)
{
    struct hasher *h = mem_zalloc(sizeof(*h));
    bool any = false;

    /* A hash that is missing leaves entries in the thread's error queue, and
     * a TLS socket would later take them for its own. */
    ERR_set_mark();
    for (size_t i = 0; i < HASHES; i++) {
        h->md[i] = EVP_MD_fetch(NULL, names[i], NULL);
        any = any || h->md[i];
    }
    ERR_pop_to_mark();
    h->context = EVP_MD_CTX_new();
    if (any && h->context)
        return h;
    hasher_free(h);
    return NULL;
}

void hasher_free(struct hasher *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->context);
    for (size_t i = 0; i < HASHES; i++)
        EVP_MD_free(h->md[i]);
    mem_free(h);
}

bool hasher_has(const struct hasher *h, enum hash_kind kind)
{
    return kind < HASHES && h->md[kind];
}

static void to_hex(const unsigned char *raw, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[raw[i] >> 4];
        *out++ = digits[raw[i] & 15];
    }
    *out = '\0';
}

bool hasher_join(struct hasher *h, enum hash_kind kind,
                 const struct slice *parts, size_t count,
                 char out[DIGEST_HEX_MAX])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (!hasher_has(h, kind) ||
        !EVP_DigestInit_ex2(h->context, h->md[kind], NULL))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            EVP_DigestUpdate(h->context, ":", 1);
        if (parts[i].n > 0)
            EVP_DigestUpdate(h->context, parts[i].p, parts[i].n);
    }
    if (!EVP_DigestFinal_ex(h->context, raw, &n) || 2 * n >= DIGEST_HEX_MAX)
        return false;
    to_hex(raw, n, out);
    return true;
}
