/* SPDX-License-Identifier: MIT */
/* Header lines one by one, and what is known about header names. */
#include "wire/header.h"

#include "base/err.h"
#include "base/mem.h"
#include "wire/text.h"

int wire_header_next(struct slice region, size_t *pos, struct wire_header *out)
{
    struct text_line line;

    if (!text_header(region.p + *pos, region.p + region.n, &line))
        return 0;
    *pos = (size_t)(line.next - region.p);
    out->line = line.line;
    out->name = line.name;
    out->value = line.value;
    return slice_present(line.name) ? 1 : ERR_PROTOCOL;
}

/* IANA registry of SIP header field compact forms. */
static const struct {
    char compact;
    struct slice name;
} compacts[] = {
#define ROW(letter, text)          \
    {                              \
        letter,                    \
        {                          \
            text, sizeof(text) - 1 \
        }                          \
    }
    ROW('a', "Accept-Contact"),
    ROW('b', "Referred-By"),
    ROW('c', "Content-Type"),
    ROW('d', "Request-Disposition"),
    ROW('e', "Content-Encoding"),
    ROW('f', "From"),
    ROW('i', "Call-ID"),
    ROW('j', "Reject-Contact"),
    ROW('k', "Supported"),
    ROW('l', "Content-Length"),
    ROW('m', "Contact"),
    ROW('n', "Identity-Info"),
    ROW('o', "Event"),
    ROW('r', "Refer-To"),
    ROW('s', "Subject"),
    ROW('t', "To"),
    ROW('u', "Allow-Events"),
    ROW('v', "Via"),
    ROW('x', "Session-Expires"),
    ROW('y', "Identity"),
#undef ROW
};

struct slice wire_header_full(struct slice name)
{
    if (name.n != 1)
        return name;
    for (size_t i = 0; i < array_length(compacts); i++) {
        if (compacts[i].compact == (name.p[0] | 0x20))
            return compacts[i].name;
    }
    return name;
}

bool wire_header_same(struct slice a, struct slice b)
{
    if (a.n != b.n) {
        if (a.n != 1 && b.n != 1)
            return false;
        a = wire_header_full(a);
        b = wire_header_full(b);
    }
    return slice_ieq(a, b);
}

char wire_header_compact(struct slice name)
{
    name = wire_header_full(name);
    for (size_t i = 0; i < array_length(compacts); i++) {
        if (slice_ieq(compacts[i].name, name))
            return compacts[i].compact;
    }
    return 0;
}

/* Not here although they hold commas: the credentials and challenges (RFC
 * 3261 7.3.1), Date, Subject, Authentication-Info. */
static const struct slice lists[] = {
#define ROW(text)              \
    {                          \
        text, sizeof(text) - 1 \
    }
    ROW("Via"),
    ROW("Route"),
    ROW("Record-Route"),
    ROW("Contact"),
    ROW("Accept"),
    ROW("Accept-Contact"),
    ROW("Accept-Encoding"),
    ROW("Accept-Language"),
    ROW("Accept-Resource-Priority"),
    ROW("Alert-Info"),
    ROW("Allow"),
    ROW("Allow-Events"),
    ROW("Call-Info"),
    ROW("Content-Encoding"),
    ROW("Content-Language"),
    ROW("Diversion"),
    ROW("Error-Info"),
    ROW("Feature-Caps"),
    ROW("Geolocation"),
    ROW("History-Info"),
    ROW("In-Reply-To"),
    ROW("P-Access-Network-Info"),
    ROW("P-Asserted-Identity"),
    ROW("P-Associated-URI"),
    ROW("P-Preferred-Identity"),
    ROW("P-Visited-Network-ID"),
    ROW("Path"),
    ROW("Permission-Missing"),
    ROW("Proxy-Require"),
    ROW("Reason"),
    ROW("Recv-Info"),
    ROW("Reject-Contact"),
    ROW("Request-Disposition"),
    ROW("Require"),
    ROW("Resource-Priority"),
    ROW("Security-Client"),
    ROW("Security-Server"),
    ROW("Security-Verify"),
    ROW("Service-Route"),
    ROW("Supported"),
    ROW("Trigger-Consent"),
    ROW("Unsupported"),
    ROW("Warning"),
#undef ROW
};

bool wire_header_is_list(struct slice name)
{
    name = wire_header_full(name);
    for (size_t i = 0; i < array_length(lists); i++) {
        if (lists[i].n == name.n && slice_ieq(lists[i], name))
            return true;
    }
    return false;
}
