/* SPDX-License-Identifier: MIT */
/*
 * The peer that is never the limit: answers the basic call (INVITE: 180 and
 * 200; BYE and OPTIONS: 200) by copying header lines, in batches, with no SIP
 * stack. Ends after SECONDS of silence.
 *
 *   responder PORT [SECONDS]
 */
#include "bare.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* Copies the lines of the request that a response repeats. */
static char *copy_lines(char *out, const char *request, const char *to_tag)
{
    const char *p = strstr(request, "\r\n");

    while (p && p[2] != '\r') {
        const char *line = p + 2;
        const char *end = strstr(line, "\r\n");
        int is_to = !strncmp(line, "To:", 3);

        if (!end)
            break;
        if (is_to || !strncmp(line, "Via:", 4) || !strncmp(line, "From:", 5) ||
            !strncmp(line, "Call-ID:", 8) || !strncmp(line, "CSeq:", 5)) {
            memcpy(out, line, (size_t)(end - line));
            out += end - line;
            if (is_to && to_tag && !memchr(line, '=', (size_t)(end - line)))
                out += sprintf(out, "%s", to_tag);
            out += sprintf(out, "\r\n");
        }
        p = end;
    }
    return out;
}

static size_t answer(char *out, const char *request, const char *first,
                     const char *rest)
{
    char *p = out + sprintf(out, "SIP/2.0 %s\r\n", first);

    p = copy_lines(p, request, ";tag=b4r3");
    p += sprintf(p, "%s", rest);
    return (size_t)(p - out);
}

int main(int argc, char **argv)
{
    static struct batch in, out;
    int port = argc > 1 ? atoi(argv[1]) : 5090;
    int silence = argc > 2 ? atoi(argv[2]) * 1000 : 5000;
    int fd = bare_socket("127.0.0.1", port);
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char tail[512], plain[] = "Content-Length: 0\r\n\r\n";
    static const char sdp[] = "v=0\r\no=b 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
                              "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                              "m=audio 6000 RTP/AVP 0\r\n";

    if (fd < 0)
        return 3;
    snprintf(tail, sizeof(tail),
             "Contact: <sip:b@127.0.0.1:%d>\r\n"
             "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
             port, sizeof(sdp) - 1, sdp);
    batch_init(&in);
    batch_init(&out);
    while (poll(&p, 1, silence) > 0) {
        int n = batch_receive(&in, fd);

        for (int i = 0; i < n; i++) {
            const char *m = in.bytes[i];
            const struct sockaddr_in *to = &in.peer[i];

            if (!strncmp(m, "INVITE ", 7)) {
                batch_add(&out,
                          answer(batch_room(&out, fd), m, "180 Ringing", plain),
                          to);
                batch_add(&out, answer(batch_room(&out, fd), m, "200 OK", tail),
                          to);
            } else if (strncmp(m, "ACK ", 4) != 0) {
                batch_add(&out,
                          answer(batch_room(&out, fd), m, "200 OK", plain), to);
            }
        }
        batch_flush(&out, fd);
    }
    return 0;
}
