/* SPDX-License-Identifier: MIT */
/* The edit distance with swaps (optimal string alignment), in three rows. */
#include "script/nearest.h"

#include <stdbool.h>
#include <string.h>

/* Longer names get no hint: nobody mistypes those by hand. */
enum { NAME_MAX_LENGTH = 64 };

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b)
{
    return fold(a) == fold(b);
}

static size_t min2(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t cells[3][NAME_MAX_LENGTH + 1];
    size_t *before = cells[0], *above = cells[1], *row = cells[2];

    for (size_t j = 0; j <= nb; j++)
        above[j] = j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t least = above[j - 1] + !same(a[i - 1], b[j - 1]);

            least = min2(least, min2(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
                same(a[i - 2], b[j - 1]))
                least = min2(least, before[j - 2] + 1);
            row[j] = least;
        }
        size_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[nb];
}

void nearest_init(struct nearest *n, const char *wrong)
{
    n->wrong = wrong;
    n->best = NULL;
    n->limit = strlen(wrong) / 3 + 1;
}

void nearest_offer(struct nearest *n, const char *known)
{
    size_t na = strlen(n->wrong), nb = strlen(known);
    size_t apart = na > nb ? na - nb : nb - na;

    if (na > NAME_MAX_LENGTH || nb > NAME_MAX_LENGTH || apart >= n->limit)
        return;
    apart = distance(n->wrong, na, known, nb);
    if (apart >= n->limit)
        return;
    n->best = known;
    n->limit = apart;
}
