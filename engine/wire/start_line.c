/* SPDX-License-Identifier: MIT */
/* Request lines and status lines (RFC 3261 7.1, 7.2). */
#include <string.h>

#include "base/err.h"
#include "wire/text.h"

/* Does a SIP version stand here? Notes what is odd about it. */
static bool take_version(struct slice version, struct wire_message *out)
{
    if (version.n == 7 && memcmp(version.p, "SIP/2.0", 7) == 0)
        return true;
    if (!slice_istarts(version, SLICE("SIP/")))
        return false;
    if (slice_ieq(version, SLICE("SIP/2.0")))
        out->flaws |= FLAW_START_LINE;
    else
        out->flaws |= FLAW_VERSION;
    return true;
}

static const char *find_blank(const char *p, const char *end)
{
    while (p < end && !char_is_blank(*p))
        p++;
    return p;
}

static bool has_blank(const char *p, const char *end)
{
    size_t n = (size_t)(end - p);

    return memchr(p, ' ', n) || memchr(p, '\t', n);
}

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && char_is_blank(*p))
        p++;
    return p;
}

static int three_digits(const char *p, const char *end)
{
    int status = 0;

    if (end - p < 3)
        return -1;
    for (int i = 0; i < 3; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        status = status * 10 + (p[i] - '0');
    }
    return status;
}

static int status_line(struct slice line, struct wire_message *out)
{
    const char *end = line.p + line.n;
    const char *gap = find_blank(line.p, end);
    const char *p = skip_blanks(gap, end);

    take_version(slice_between(line.p, gap), out);
    out->status = three_digits(p, end);
    if (out->status < 100 || (end - p > 3 && !char_is_blank(p[3])))
        return ERR_PROTOCOL;
    if (p - gap != 1 || *gap != ' ' || end - p == 3)
        out->flaws |= FLAW_START_LINE;
    p += 3;
    out->reason = slice_between(p < end ? p + 1 : p, end);
    return ERR_NONE;
}

/* What stands between the method and the version: " uri ". */
static void take_uri(const char *p, const char *end, struct wire_message *out)
{
    const char *first = skip_blanks(p, end);
    const char *last = end;

    while (last > first && char_is_blank(last[-1]))
        last--;
    out->uri = slice_between(first, last);
    if (first - p != 1 || end - last != 1 || *p != ' ' || *last != ' ' ||
        has_blank(first, last) || *first == '<')
        out->flaws |= FLAW_START_LINE;
}

static int request_line(struct slice line, struct wire_message *out)
{
    const char *end = line.p + line.n;
    const char *gap = find_blank(line.p, end);
    const char *version;

    while (end > gap && char_is_blank(end[-1])) {
        end--;
        out->flaws |= FLAW_START_LINE;
    }
    for (version = end; version > gap && !char_is_blank(version[-1]);)
        version--;
    out->method_name = slice_between(line.p, gap);
    if (gap == line.p || version == gap ||
        !take_version(slice_between(version, end), out))
        return ERR_PROTOCOL;
    if (skip_class(line.p, gap, CHAR_TOKEN) != gap)
        out->flaws |= FLAW_START_LINE;
    take_uri(gap, version, out);
    out->request = true;
    out->method = method_parse(out->method_name);
    return ERR_NONE;
}

int text_start_line(struct slice line, struct wire_message *out)
{
    /* No method begins so: '/' is in no token. */
    if (line.n >= 4 && text_is(slice_of(line.p, 4), SLICE("SIP/")))
        return status_line(line, out);
    return request_line(line, out);
}
