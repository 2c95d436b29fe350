/* SPDX-License-Identifier: MIT */
/* RSeq and RAck (RFC 3262 section 7), as text and as numbers. */
#include "agent/reliable.h"

#include <stdio.h>

#include "base/err.h"

enum { METHOD_TEXT = 32 }; /* of a RAck; longer ones are cut */

bool reliable_is(const struct message *m)
{
    return slice_present(m->w.require) && m->w.status > 100 &&
           m->w.status < 200 && message_has_option(m, "Require", "100rel");
}

uint32_t reliable_rseq(const struct message *m)
{
    uint32_t rseq;

    if (slice_u32(message_header(m, SLICE("RSeq"), 0), &rseq) != ERR_NONE)
        return 0;
    return rseq;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word of *rest, which it moves behind it. */
static struct slice next_word(struct slice *rest)
{
    struct slice word = slice_trim(*rest);
    size_t n = 0;

    while (n < word.n && !is_space(word.p[n]))
        n++;
    *rest = slice_of(word.p + n, word.n - n);
    word.n = n;
    return word;
}

bool rack_parse(struct slice value, struct rack *out)
{
    if (!slice_present(value) ||
        slice_u32(next_word(&value), &out->rseq) != ERR_NONE ||
        slice_u32(next_word(&value), &out->cseq) != ERR_NONE)
        return false;
    out->method = next_word(&value);
    return out->method.n > 0;
}

size_t rack_text(const struct message *m, char out[RACK_TEXT])
{
    struct slice method = m->w.cseq_method;
    uint32_t rseq = reliable_rseq(m);
    int n;

    out[0] = '\0';
    if (!rseq)
        return 0;
    n = snprintf(
        out, RACK_TEXT, "%u %u %.*s", (unsigned)rseq, (unsigned)m->w.cseq,
        (int)(method.n < METHOD_TEXT ? method.n : METHOD_TEXT), method.p);
    return (size_t)n;
}
