/* SPDX-License-Identifier: MIT */
/* libosip2's parser behind slices: NUL-terminated copies in, silence out. */
#include "message/typed.h"

#include <stdarg.h>

#include "base/err.h"
#include "base/mem.h"

static void say_nothing(const char *file, int line, osip_trace_level_t level,
                        const char *format, va_list args)
{
    (void)file;
    (void)line;
    (void)level;
    (void)format;
    (void)args;
}

void typed_init(void)
{
    parser_init();
    /* It would print what it refuses to stdout. */
    osip_trace_initialize_func(OSIP_FATAL, say_nothing);
    for (int level = OSIP_FATAL; level < END_TRACE_LEVEL; level++)
        osip_trace_disable_level((osip_trace_level_t)level);
}

/* A copy without folds for its line-wise parsers; NULL if a NUL is inside. */
static char *unfolded(struct slice text)
{
    char *copy;

    if (!slice_present(text) || slice_find(text, '\0') < text.n)
        return NULL;
    copy = mem_alloc(text.n + 1);
    header_unfold(text, copy, text.n + 1);
    return copy;
}

int typed_uri(osip_uri_t **out, struct slice text)
{
    char *copy = unfolded(text);
    int failed = 1;

    *out = NULL;
    if (!copy)
        return ERR_PROTOCOL;
    if (osip_uri_init(out) == 0)
        failed = osip_uri_parse(*out, copy);
    mem_free(copy);
    if (!failed)
        return ERR_NONE;
    osip_uri_free(*out);
    *out = NULL;
    return ERR_PROTOCOL;
}

int typed_name_addr(osip_from_t **out, struct slice value)
{
    char *copy = unfolded(value);
    int failed = 1;

    *out = NULL;
    if (!copy)
        return ERR_PROTOCOL;
    if (osip_from_init(out) == 0)
        failed = osip_from_parse(*out, copy);
    mem_free(copy);
    if (!failed)
        return ERR_NONE;
    osip_from_free(*out);
    *out = NULL;
    return ERR_PROTOCOL;
}

int typed_sdp(sdp_message_t **out, struct slice body)
{
    char *copy;
    int failed = 1;

    *out = NULL;
    if (!slice_present(body) || slice_find(body, '\0') < body.n)
        return ERR_PROTOCOL;
    copy = mem_strndup(body.p, body.n);
    if (sdp_message_init(out) == 0)
        failed = sdp_message_parse(*out, copy);
    mem_free(copy);
    if (!failed)
        return ERR_NONE;
    sdp_message_free(*out);
    *out = NULL;
    return ERR_PROTOCOL;
}

int typed_message(const struct message *m)
{
    osip_message_t *parsed = NULL;
    int failed = 1;

    if (osip_message_init(&parsed) == 0)
        failed = osip_message_parse(parsed, m->bytes, m->n);
    osip_message_free(parsed);
    return failed ? ERR_PROTOCOL : ERR_NONE;
}
