/* SPDX-License-Identifier: MIT */
/* What may be done with a scan: moved along with its bytes, put in words. */
#include <stddef.h>

#include "base/mem.h"
#include "wire/scan.h"

/* Every view of a message, for wire_rebase. */
static const size_t views[] = {
#define VIEW(member) offsetof(struct wire_message, member)
    VIEW(via.value),    VIEW(via.transport),   VIEW(via.host),
    VIEW(via.branch),   VIEW(via.received),    VIEW(via.rport_value),
    VIEW(via.maddr),    VIEW(method_name),     VIEW(uri),
    VIEW(reason),       VIEW(call_id),         VIEW(from),
    VIEW(to),           VIEW(from_tag),        VIEW(to_tag),
    VIEW(cseq_method),  VIEW(contact),         VIEW(record_route),
    VIEW(credentials),  VIEW(headers),         VIEW(body),
    VIEW(content_type), VIEW(session_expires), VIEW(replaces),
    VIEW(require),
#undef VIEW
};

void wire_rebase(struct wire_message *m, const char *old, const char *new_)
{
    for (size_t i = 0; i < array_length(views); i++) {
        struct slice *view = (struct slice *)(void *)((char *)m + views[i]);

        if (view->p)
            view->p = new_ + (view->p - old);
    }
}

const char *wire_flaw_text(uint32_t flaws)
{
    static const char *const texts[] = {
        "malformed start line",
        "malformed header line",
        "missing or unreadable Via",
        "missing or unreadable From",
        "missing or unreadable To",
        "missing Call-ID",
        "missing or unreadable CSeq",
        "CSeq names another method",
        "Content-Length does not fit",
        "a header twice that may come once",
        "no empty line after the headers",
        "SIP version is not 2.0",
        "bare LF or CR as line end",
    };

    for (size_t i = 0; i < array_length(texts); i++) {
        if (flaws & (UINT32_C(1) << i))
            return texts[i];
    }
    return NULL;
}
