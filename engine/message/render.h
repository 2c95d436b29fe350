/* SPDX-License-Identifier: MIT */
/*
 * Rendering: a request or response as text, in the order that people expect
 * to read it. The pieces are views; nothing is checked or normalised, so a
 * test may send what it likes.
 *
 * Request:  start line, Route…, Via, Max-Forwards, From, To, Call-ID, CSeq,
 *           Contact, then `lines`, then Content-Type, Content-Length, body.
 * Response: start line, Via… (all), Record-Route…, From, To, Call-ID, CSeq,
 *           Contact, then `lines`, then Content-Type, Content-Length, body.
 */
#ifndef SIPWRIGHT_MESSAGE_RENDER_H
#define SIPWRIGHT_MESSAGE_RENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "message/message.h"

/* Absent slices are left out. */
struct render_request {
    struct slice method;
    struct slice uri;
    struct slice route_lines; /* ready "Route: …\r\n" lines, or absent */
    struct slice via;         /* value, branch included */
    int max_forwards;         /* below 0: no such line */
    struct slice from, to;    /* whole values */
    struct slice call_id;
    uint32_t cseq;
    struct slice cseq_method;  /* absent: as method */
    struct slice contact;      /* whole value */
    const struct slice *lines; /* "Name: value" without line ends */
    size_t line_count;
    struct slice content_type;
    struct slice content_disposition;
    struct slice body; /* Content-Length is always written */
};

void render_request(struct buf *out, const struct render_request *r);

struct render_response {
    const struct message *request; /* gives Via, From, To, Call-ID, CSeq */
    int status;
    struct slice reason; /* absent: the standard phrase */
    struct slice to_tag; /* added to To if it has none; absent: none */
    bool record_route;   /* copy Record-Route (dialog-forming 1xx, 2xx) */
    struct slice received_host; /* RFC 3581: set on the top Via when present */
    uint16_t received_port;     /* and rport=…, when the Via asked for it */
    struct slice contact;
    const struct slice *lines;
    size_t line_count;
    struct slice content_type;
    struct slice content_disposition;
    struct slice body;
};

void render_response(struct buf *out, const struct render_response *r);

/*
 * The ACK of a final response >= 300 (RFC 3261 17.1.1.3): Request-URI,
 * Call-ID, From, CSeq number, top Via and every Route line of the INVITE, To
 * of the response; credentials of the INVITE too (22.1 asks for them). `lines`
 * are added.
 */
void render_ack(struct buf *out, const struct message *invite,
                const struct message *response, const struct slice *lines,
                size_t line_count);

/*
 * CANCEL of a request (9.1): its Request-URI, top Via, To, From, Call-ID,
 * CSeq number and Route lines. `lines` are added (Reason …).
 */
void render_cancel(struct buf *out, const struct message *request,
                   const struct slice *lines, size_t line_count);

#endif
