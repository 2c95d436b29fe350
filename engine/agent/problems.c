/* SPDX-License-Identifier: MIT */
/* Each problem of a response: its word, and how it is told. */
#include "agent/problems.h"

#include <stddef.h>

#include "agent/reliable.h"
#include "base/mem.h"

static const struct {
    uint32_t bit;
    const char *word;
} rows[] = {
    { FLAW_START_LINE, "start-line" },
    { FLAW_HEADER_LINE, "header-line" },
    { FLAW_NO_VIA, "no-via" },
    { FLAW_NO_FROM, "no-from" },
    { FLAW_NO_TO, "no-to" },
    { FLAW_NO_CALL_ID, "no-call-id" },
    { FLAW_NO_CSEQ, "no-cseq" },
    { FLAW_CSEQ_METHOD, "cseq-method" },
    { FLAW_CONTENT_LENGTH, "content-length" },
    { FLAW_DUPLICATE, "duplicate-header" },
    { FLAW_UNTERMINATED, "unterminated" },
    { FLAW_VERSION, "version" },
    { FLAW_LINE_END, "line-end" },
    { PROBLEM_NO_TO_TAG, "no-to-tag" },
    { PROBLEM_NO_CONTACT, "no-contact" },
    { PROBLEM_RSEQ, "bad-rseq" },
};

static bool makes_dialog(const struct message *m)
{
    return m->w.method == METHOD_INVITE && m->w.status > 100 &&
           m->w.status < 300;
}

uint32_t problems_of(const struct message *m)
{
    uint32_t problems = m->w.flaws;

    if (m->w.status > 100 && !m->w.to_tag.n)
        problems |= PROBLEM_NO_TO_TAG;
    if (makes_dialog(m) && !slice_present(m->w.contact))
        problems |= PROBLEM_NO_CONTACT;
    if (reliable_is(m) && !reliable_rseq(m))
        problems |= PROBLEM_RSEQ;
    return problems;
}

const char *problems_next(uint32_t *problems)
{
    for (size_t i = 0; i < array_length(rows); i++) {
        if (!(*problems & rows[i].bit))
            continue;
        *problems &= ~rows[i].bit;
        return rows[i].word;
    }
    return NULL;
}
