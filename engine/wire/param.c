/* SPDX-License-Identifier: MIT */
/* Elements of comma-separated values, and runs of parameters. */
#include <string.h>

#include "wire/header.h"
#include "wire/text.h"

/* The end of the list element at p: a comma outside quotes and <>. */
static const char *element_end(const char *p, const char *end)
{
    bool bracket = false;
    const char *q;

    while (p < end && (bracket || *p != ',')) {
        if (*p == '<') {
            bracket = true;
        } else if (*p == '>') {
            bracket = false;
        } else if (*p == '"' && !bracket) {
            q = text_skip_quoted(p, end);
            if (!q)
                return end; /* never closed: the rest is one element */
            p = q;
            continue;
        }
        p++;
    }
    return p;
}

bool wire_list_next(struct slice value, size_t *pos, struct slice *out)
{
    const char *end = value.p + value.n;
    const char *p = value.p + *pos;
    const char *q;

    while (p < end && (*p == ',' || char_is(*p, CHAR_LWS)))
        p++;
    q = element_end(p, end);
    *pos = (size_t)(q - value.p);
    if (p == end)
        return false;
    *out = slice_rtrim(p, q);
    return true;
}

static const char *find(const char *p, const char *end, char c)
{
    const char *q = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;

    return q ? q : end;
}

/* Up to the separator or stop, whatever stands there. */
static const char *word_end(const char *p, const char *end, char separator,
                            char stop)
{
    const char *q = find(p, end, separator);

    return stop == separator ? q : find(p, q, stop);
}

static const char *name_end(const char *p, const char *end, char separator,
                            char stop)
{
    while (p < end &&
           (char_is(*p, CHAR_TOKEN) || (*p != separator && *p != stop &&
                                        *p != '=' && !char_is(*p, CHAR_LWS))))
        p++;
    return p;
}

bool text_param(const char **at, const char *end, char separator, char stop,
                struct wire_param *out)
{
    const char *p = *at;
    const char *q;

    while (p < end && (*p == separator || char_is(*p, CHAR_LWS)))
        p++;
    *at = p;
    if (p == end || *p == stop)
        return false;
    q = name_end(p, end, separator, stop);
    out->name = slice_between(p, q);
    out->value = slice_of(NULL, 0);
    out->quoted = false;
    p = skip_class(q, end, CHAR_LWS);
    if (p < end && *p == '=') {
        p = skip_class(p + 1, end, CHAR_LWS);
        q = p < end && *p == '"' ? text_skip_quoted(p, end) : NULL;
        if (q) {
            out->quoted = true;
            out->value = slice_between(p + 1, q - 1);
            p = q;
        } else {
            q = word_end(p, end, separator, stop);
            out->value = slice_rtrim(p, q);
            p = q;
        }
    }
    *at = word_end(p, end, separator, stop);
    return true;
}

bool wire_param_next(struct slice run, char separator, size_t *pos,
                     struct wire_param *out)
{
    const char *p = run.p + *pos;
    bool more = text_param(&p, run.p + run.n, separator, separator, out);

    *pos = (size_t)(p - run.p);
    return more;
}

struct slice wire_param_get(struct slice run, const char *name)
{
    struct slice wanted = slice_str(name);
    struct wire_param param;
    size_t pos = 0;

    while (wire_param_next(run, ';', &pos, &param)) {
        if (param.name.n != wanted.n || !slice_ieq(param.name, wanted))
            continue;
        if (slice_present(param.value))
            return param.value;
        return slice_of(param.name.p + param.name.n, 0);
    }
    return slice_of(NULL, 0);
}
