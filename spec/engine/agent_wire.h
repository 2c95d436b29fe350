/* SPDX-License-Identifier: MIT */
/* What went over a wire, as words and as messages, for the agent's specs. */
#ifndef SIPWRIGHT_SPEC_AGENT_WIRE_H
#define SIPWRIGHT_SPEC_AGENT_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "message/message.h"

enum { LOG_MAX = 2048, HEARD_MAX = 512 };

struct wire {
    char words[LOG_MAX]; /* ">INVITE <180" */
    struct message *seen[HEARD_MAX];
    bool out[HEARD_MAX];
    size_t n;
};

static inline void log_word(char log[LOG_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static inline void log_word(char log[LOG_MAX], const char *format, ...)
{
    size_t n = strlen(log);
    va_list args;

    if (n)
        n += (size_t)snprintf(log + n, LOG_MAX - n, " ");
    va_start(args, format);
    n += (size_t)vsnprintf(log + n, LOG_MAX - n, format, args);
    va_end(args);
    assert_true(n < LOG_MAX);
}

static inline void message_word(const struct message *m, char out[32])
{
    if (m->w.request)
        snprintf(out, 32, "%.*s", (int)m->w.method_name.n, m->w.method_name.p);
    else
        snprintf(out, 32, "%d", m->w.status);
}

static inline void wire_note(struct wire *w, bool out, struct slice bytes,
                             const struct addr *peer)
{
    struct message *m = NULL;
    char word[32];

    assert_int_equal(message_new(&m, bytes.p, bytes.n, 0, 0), ERR_NONE);
    m->peer = *peer;
    message_word(m, word);
    log_word(w->words, "%c%s", out ? '>' : '<', word);
    assert_true(w->n < HEARD_MAX);
    w->out[w->n] = out;
    w->seen[w->n++] = m;
}

static inline void wire_forget(struct wire *w)
{
    while (w->n)
        message_unref(w->seen[--w->n]);
    w->words[0] = '\0';
}

/* The index-th (from 0) message with this word, ">ACK"; it must be there. */
static inline struct message *wire_get(struct wire *w, const char *word,
                                       size_t index)
{
    for (size_t i = 0; i < w->n; i++) {
        char text[32];

        message_word(w->seen[i], text);
        if (w->out[i] == (word[0] == '>') && !strcmp(text, word + 1) &&
            !index--)
            return w->seen[i];
    }
    fail_msg("no %s in \"%s\"", word, w->words);
    return NULL;
}

static inline size_t wire_count(const struct wire *w, const char *word)
{
    size_t count = 0;

    for (size_t i = 0; i < w->n; i++) {
        char text[32];

        message_word(w->seen[i], text);
        count += w->out[i] == (word[0] == '>') && !strcmp(text, word + 1);
    }
    return count;
}

static inline bool has_text(const struct message *m, const char *text)
{
    return memmem(m->bytes, m->n, text, strlen(text)) != NULL;
}

#define assert_has(m, text) assert_true(has_text((m), (text)))
#define assert_lacks(m, text) assert_false(has_text((m), (text)))

static inline void assert_slice(struct slice s, const char *text)
{
    char copy[512];

    assert_true(s.n < sizeof(copy));
    memcpy(copy, s.n ? s.p : "", s.n);
    copy[s.n] = '\0';
    assert_string_equal(copy, text);
}

static inline void assert_header(const struct message *m, const char *name,
                                 const char *value)
{
    assert_slice(message_header(m, slice_str(name), 0), value);
}

#endif
