/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known name that lies nearest to a wrong one. */
#ifndef SIPWRIGHT_SCRIPT_NEAREST_H
#define SIPWRIGHT_SCRIPT_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *wrong;
    const char *best; /* NULL: nothing near enough was offered */
    size_t limit;     /* a name must lie closer than this */
};

/* `wrong` must outlive the search. */
void nearest_init(struct nearest *n, const char *wrong);

/*
 * Offers one name; it must outlive the search. Counted are insertions,
 * deletions, changes and swaps of neighbours, upper and lower case being the
 * same; up to a third of the length of the wrong name is near. The first of
 * equals wins.
 */
void nearest_offer(struct nearest *n, const char *known);

#endif
