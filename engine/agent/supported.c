/* SPDX-License-Identifier: MIT */
/* Supported (RFC 3261 20.37): one option-tag for each extension whose switch
 * is on, in what the RFCs of those want it in. */
#include "agent/supported.h"
#include "agent/ua_private.h"
#include "base/mem.h"

static const struct {
    enum auto_switch on;
    const char *tag;
} extensions[] = {
    { AUTO_PRACK, "100rel" },        /* RFC 3262 */
    { AUTO_SESSION_TIMER, "timer" }, /* RFC 4028 */
    { AUTO_REPLACES, "replaces" },   /* RFC 3891 */
};

bool supported_by(enum method m)
{
    return m == METHOD_INVITE || m == METHOD_UPDATE || m == METHOD_OPTIONS;
}

void supported_tags(struct buf *out, uint32_t automatic)
{
    for (size_t i = 0; i < array_length(extensions); i++) {
        if (!(automatic & auto_bit(extensions[i].on)))
            continue;
        if (out->n)
            buf_lit(out, ", ");
        buf_str(out, extensions[i].tag);
    }
}

/* `reliable` says more than the switch: a script may send its PRACKs itself. */
static uint32_t offered(const struct request_options *o)
{
    if (o->reliable == RELIABLE_NO)
        return o->automatic & ~auto_bit(AUTO_PRACK);
    if (o->reliable != RELIABLE_USUAL)
        return o->automatic | auto_bit(AUTO_PRACK);
    return o->automatic;
}

void supported_own(struct buf *own, const struct request_kind *kind,
                   const struct request_options *o)
{
    struct buf tags = { 0 };

    if (!supported_by(kind->method ? kind->id : method_parse(o->method)))
        return;
    supported_tags(&tags, offered(o));
    if (tags.n)
        compose_own(own, o, "Supported", buf_view(&tags));
    buf_fini(&tags);
}
