/* SPDX-License-Identifier: MIT */
/*
 * What a caller wants changed in a rendered message: headers removed,
 * replaced, inserted at a place, in compact form, folded. Order of work:
 * remove, replace, insert, compact, fold.
 */
#ifndef SIPWRIGHT_MESSAGE_EDITS_H
#define SIPWRIGHT_MESSAGE_EDITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"

struct header_edit {
    struct slice name;
    struct slice value;
    int at; /* where to insert: 1 is the first header line, -1 the last; 0 is
               -1, and for a replacement the old place. Beyond the ends counts
               as the end. Places are those at the edit's turn. */
};

/* Borrowed arrays; all zero means no edits. */
struct header_edits {
    const struct slice *remove; /* every line of these names */
    size_t removes;
    const struct header_edit *replace; /* first line of that name gets the new
                                          value and place; others of it go;
                                          appended if there is none */
    size_t replaces;
    const struct header_edit *insert;
    size_t inserts;
    bool compact; /* every name that has a compact form */
    bool fold;    /* a fold at a space of every value that has one */
};

static inline bool header_edits_any(const struct header_edits *e)
{
    return e &&
           (e->removes || e->replaces || e->inserts || e->compact || e->fold);
}

/*
 * Applies edits to a whole message in `text` (start line, headers, body),
 * in place. Content-Length is left as the caller's edits make it.
 */
void header_edits_apply(const struct header_edits *e, struct buf *text);

#endif
