/* SPDX-License-Identifier: MIT */
/*
 * Typed views by libosip2's parser of what the scan found. Each returns
 * ERR_PROTOCOL where libosip2 refuses the text. Strings belong to the view;
 * free it with its own function.
 */
#ifndef SIPWRIGHT_MESSAGE_TYPED_H
#define SIPWRIGHT_MESSAGE_TYPED_H

#include <osipparser2/osip_parser.h>
#include <osipparser2/sdp_message.h>

#include "base/slice.h"
#include "message/message.h"

/* Once per process before any other call; cheap when repeated. */
void typed_init(void);

int typed_uri(osip_uri_t **out, struct slice text);
int typed_name_addr(osip_from_t **out, struct slice value);
int typed_sdp(sdp_message_t **out, struct slice body);

/* The whole message by libosip2: a second opinion. Its complaint is the
 * return value; nothing is printed. */
int typed_message(const struct message *m);

#endif
