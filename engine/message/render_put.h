/* SPDX-License-Identifier: MIT */
/* Internal to message: the lines that rendering is made of. */
#ifndef SIPWRIGHT_MESSAGE_RENDER_PUT_H
#define SIPWRIGHT_MESSAGE_RENDER_PUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"
#include "message/message.h"

/* `prefix` is "Name: " with its space; an absent value writes nothing. */
void put_line(struct buf *out, struct slice prefix, struct slice value);

/* "INVITE uri SIP/2.0" */
void put_request_line(struct buf *out, struct slice method, struct slice uri);

/* "CSeq: 1 INVITE" */
void put_cseq(struct buf *out, uint32_t cseq, struct slice method);

void put_lines(struct buf *out, const struct slice *lines, size_t count);

/* Content-Type and -Disposition if present, Content-Length, empty line, body.*/
void put_body(struct buf *out, struct slice type, struct slice disposition,
              struct slice body);

/*
 * Text taken from a message that came: as it is, but for folds behind a bare
 * CR or LF, which nobody else need understand and which become one space.
 */
void put_copied(struct buf *out, const struct message *from, struct slice text);

/* The same as a header line. */
void put_copied_line(struct buf *out, const struct message *from,
                     struct slice prefix, struct slice value);

#endif
