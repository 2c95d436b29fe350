/* SPDX-License-Identifier: MIT */
/* Three whole messages for the units of the scan. */
#ifndef SPEC_SCAN_SAMPLES_H
#define SPEC_SCAN_SAMPLES_H

#include <stddef.h>

static const char invite[] =
    "INVITE sip:bob@biloxi.example SIP/2.0\r\n"
    "Via: SIP/2.0/UDP pc33.atlanta.example:5066;branch=z9hG4bK776asdhds;rport,"
    " SIP/2.0/TCP [2001:db8::9];branch=z9hG4bKinner\r\n"
    "Max-Forwards: 70\r\n"
    "From: \"A <x>;tag=no\" <sip:alice@atlanta.example;tag=no>;tag=1928\r\n"
    "To: Bob <sip:bob@biloxi.example>\r\n"
    "Call-ID: a84b4c76e66710@pc33\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:alice@pc33.atlanta.example>\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "v=0\r\nmore than said";

static const char ringing[] = "SIP/2.0 180 Ringing now\r\n"
                              "v: SIP/2.0/UDP [2001:db8::1]:5060;branch=b1;"
                              "received=192.0.2.7;rport=4711\r\n"
                              "f: <sip:a@h>;x=y ; TAG = one\r\n"
                              "t: sip:b@h;tag=two\r\n"
                              "i: cid\r\n"
                              "CSeq: 7 PRACK\r\n"
                              "l: 0\r\n"
                              "\r\n";

/* Odd but legal, in the manner of RFC 4475 3.1.1.1. */
static const char odd[] = "\r\n\r\nOPTIONS sip:v;a=1?x@h;lr SIP/2.0\r\n"
                          "TO :\r\n sip:v@chair.example ;   tag    = 19n\r\n"
                          "v:  SIP  / 2.0\r\n / UDP   192.0.2.2 :5060  ;"
                          "branch\r\n  =   z9hG4bK9ikj8  ,\r\n"
                          " SIP  / 2.0 / TCP h;branch=2\r\n"
                          "from : \"J \\\\\\\"\"   <sip:j@h>\r\n  ; tag=98\r\n"
                          "CSeq: 0009\r\n  OPTIONS\r\n"
                          "l:0\r\n"
                          "X-Empty:\r\n"
                          "call-id:\r\n\t abc\r\n"
                          "\r\n";

static const struct {
    const char *bytes;
    size_t n;
} samples[] = {
    { invite, sizeof(invite) - 1 },
    { ringing, sizeof(ringing) - 1 },
    { odd, sizeof(odd) - 1 },
};

#endif
