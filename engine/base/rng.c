/* SPDX-License-Identifier: MIT */
/* xoshiro256** of Blackman and Vigna, seeded through splitmix64. */
#include "base/rng.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>
#include <time.h>

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/*
 * The stream is mixed before it meets the seed: stream 1 of seed 5 must not
 * be stream 5 of seed 1, nor a shifted copy of stream 0.
 */
void rng_init(struct rng *r, uint64_t seed, uint64_t stream)
{
    uint64_t from_stream = stream;
    uint64_t state = seed ^ rotate(splitmix(&from_stream), 17);

    for (unsigned i = 0; i < 4; i++)
        r->s[i] = splitmix(&state);
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

double rng_double(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    assert(bound > 0);
    /* 2^64 mod bound: what lies below would make small results likelier. */
    uint64_t uneven = (0 - bound) % bound;
    uint64_t x;

    do {
        x = rng_next(r);
    } while (x < uneven);
    return x % bound;
}

void rng_token(struct rng *r, char *out, size_t n)
{
    static const char alphabet[] = "0123456789abcdefghijklmnopqrstuv";
    uint64_t bits = 0;
    unsigned left = 0;

    for (size_t i = 0; i < n; i++) {
        if (left == 0) {
            bits = rng_next(r);
            left = 64 / 5;
        }
        out[i] = alphabet[bits >> 59];
        bits <<= 5;
        left--;
    }
}

uint64_t rng_entropy(void)
{
    uint64_t seed = 0;
    ssize_t n;

    do {
        n = getrandom(&seed, sizeof(seed), 0);
    } while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof(seed))
        return seed;
    /* A sandbox without the call: the clock still differs between runs. */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
