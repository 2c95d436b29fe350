/* SPDX-License-Identifier: MIT */
/* REGISTER (RFC 3261 10.2): what its Contacts ask for, and what was granted. */
#ifndef SIPWRIGHT_AGENT_REGISTRATION_H
#define SIPWRIGHT_AGENT_REGISTRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/request.h"
#include "base/slice.h"
#include "message/message.h"

/* One value of Contact, in a REGISTER or in its answer. */
struct registration_contact {
    struct slice value; /* all of it; "*" too, then without the others */
    struct slice uri;
    struct slice params; /* of the header, with their leading ';' */
};

/* Walks them; zero the cursor first. Values that nobody can read are left out.
 */
bool registration_next(const struct message *m, struct header_cursor *c,
                       struct registration_contact *out);

/*
 * The seconds that the latest 2xx to a REGISTER of ours grants to its Contacts,
 * the smallest of several; false when it does not say, or there is none.
 */
bool registration_granted(const struct request *r, uint32_t *seconds);

/* Has `newer` a Contact of `older`, or "*"? */
bool registration_covers(const struct message *newer,
                         const struct message *older);
/* Are all its Contacts to be taken away? */
bool registration_removes(const struct message *m);
/* How long the binding is there, if that is known: as granted, else as asked.
 */
bool registration_lasts(const struct request *r, uint32_t *seconds);

#endif
