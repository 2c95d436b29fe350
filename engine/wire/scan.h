/* SPDX-License-Identifier: MIT */
/*
 * The scan of one whole message in a datagram (or frame): bounds-checked, one
 * pass, no allocation. It is the authority for routing, framing, body and
 * header text; it accepts what can be delivered at all and notes what is wrong.
 */
#ifndef SIPWRIGHT_WIRE_SCAN_H
#define SIPWRIGHT_WIRE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "wire/method.h"

/* What is wrong with a message that can still be delivered. */
enum wire_flaw {
    FLAW_START_LINE = 1 << 0,  /* spaces doubled, odd version spelling … */
    FLAW_HEADER_LINE = 1 << 1, /* a line without a colon, a NUL … */
    FLAW_NO_VIA = 1 << 2,      /* missing, or not readable */
    FLAW_NO_FROM = 1 << 3,     /* missing, or no address */
    FLAW_NO_TO = 1 << 4,       /* missing, or no address */
    FLAW_NO_CALL_ID = 1 << 5,
    FLAW_NO_CSEQ = 1 << 6,        /* missing, or not a number and a token */
    FLAW_CSEQ_METHOD = 1 << 7,    /* a request's CSeq names another method */
    FLAW_CONTENT_LENGTH = 1 << 8, /* not a number, twice with two values, or
                                     larger than what came */
    FLAW_DUPLICATE = 1 << 9,      /* From, To, Call-ID or CSeq twice */
    FLAW_UNTERMINATED = 1 << 10,  /* no empty line after the headers */
    FLAW_VERSION = 1 << 11,       /* a SIP version other than 2.0 */
    FLAW_LINE_END = 1 << 12       /* bare LF or bare CR as line end */
};

struct wire_via {
    struct slice value;     /* the whole first element */
    struct slice transport; /* "UDP" as spelled */
    struct slice host;      /* sent-by; IPv6 without brackets */
    uint16_t port;          /* sent-by; 0: none given */
    struct slice branch;    /* absent if none */
    struct slice received;
    struct slice maddr;       /* as spelled: a reference keeps its brackets */
    bool rport;               /* an rport parameter, with or without value */
    struct slice rport_value; /* a bare rport: empty, just behind the name */
};

struct wire_message {
    bool request;
    enum method method; /* of the start line; of CSeq in a response */
    int status;         /* 100-699 (999 at most); 0 in a request */
    uint32_t cseq;
    uint32_t flaws;      /* of enum wire_flaw */
    struct wire_via via; /* the top one */
    /* Views into the scanned bytes. */
    struct slice method_name; /* start line's, or CSeq's in a response */
    struct slice uri;         /* request only */
    struct slice reason;      /* response only */
    struct slice call_id;
    struct slice from, to;         /* whole values */
    struct slice from_tag, to_tag; /* absent if none */
    struct slice cseq_method;
    /* First lines of these, to spare others a walk; absent if none. */
    struct slice contact;
    struct slice record_route;
    struct slice credentials; /* Authorization or Proxy-Authorization */
    struct slice content_type, session_expires, replaces, require;
    struct slice headers; /* the header region without the empty line */
    struct slice body;    /* cut to Content-Length where that is smaller */
};

/*
 * Scans n bytes. ERR_NONE when it is a SIP message that can be told to be a
 * request or a response (look at flaws); ERR_PROTOCOL when it is none: no
 * start line, or no "SIP/" where the version must be. Leading CRLFs are
 * skipped (RFC 3261 7.5). Only-CRLF input (a keep-alive, RFC 5626) gives
 * ERR_NOT_FOUND, and so does no input at all.
 */
int wire_scan(const char *bytes, size_t n, struct wire_message *out);

/*
 * The first element of a Via value. ERR_PROTOCOL when it is not readable: *out
 * is then all absent.
 */
int wire_via_split(struct slice value, struct wire_via *out);

/*
 * Moves every view by the distance from old to new, after the bytes were
 * copied there.
 */
void wire_rebase(struct wire_message *m, const char *old, const char *new_);

/* "missing To", "Content-Length does not fit" … of the lowest flaw set; NULL
 * when there is none. */
const char *wire_flaw_text(uint32_t flaws);

#endif
