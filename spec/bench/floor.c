/* SPDX-License-Identifier: MIT */
/*
 * The floor: sends and receives the datagrams of the basic call at a rate, in
 * batches, with no SIP about it. What a client costs beyond this is its own.
 * Each call: INVITE out; 180, 200 in; ACK, BYE out; 200 in.
 *
 *   floor PORT CALLS RATE
 */
#include "bare.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const char invite[] =
    "INVITE sip:service@127.0.0.1:%05d SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:%05d;branch=z9hG4bKfl%010ld;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:sipwright@127.0.0.1:%05d>;tag=fl%010ld\r\n"
    "To: <sip:service@127.0.0.1:%05d>\r\n"
    "Call-ID: fl%010ld\r\nCSeq: 1 INVITE\r\n"
    "Contact: <sip:sipwright@127.0.0.1:%05d>\r\n"
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, NOTIFY, REFER\r\n"
    "Content-Type: application/sdp\r\nContent-Length: 129\r\n\r\n"
    "v=0\r\no=- 0000000001 0000000001 IN IP4 127.0.0.1\r\ns=-\r\n"
    "c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n"
    "a=sendrecv\r\n";

static const char follow[] =
    "%s sip:b@127.0.0.1:%05d SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:%05d;branch=z9hG4bKf%c%010ld;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:sipwright@127.0.0.1:%05d>;tag=fl%010ld\r\n"
    "To: <sip:service@127.0.0.1:%05d>;tag=b4r3\r\n"
    "Call-ID: fl%010ld\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n";

static struct batch in, out;
static int remote, local;

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void start_call(int fd, const struct sockaddr_in *to, long k)
{
    int n = snprintf(batch_room(&out, fd), ROOM, invite, remote, local, k,
                     local, k, remote, k, local);

    batch_add(&out, (size_t)n, to);
}

static void follow_up(int fd, const struct sockaddr_in *to, long k,
                      const char *method, int cseq)
{
    int n = snprintf(batch_room(&out, fd), ROOM, follow, method, remote, local,
                     method[0], k, local, k, remote, k, cseq, method);

    batch_add(&out, (size_t)n, to);
}

/* Returns whether that was the end of a call. */
static int handle(int fd, const struct sockaddr_in *to, const char *m)
{
    const char *id = strstr(m, "Call-ID: fl");
    const char *cseq = strstr(m, "CSeq: ");
    long k;

    if (strncmp(m, "SIP/2.0 200", 11) != 0 || !id || !cseq)
        return 0;
    k = strtol(id + 11, NULL, 10);
    if (cseq[6] == '2')
        return 1;
    follow_up(fd, to, k, "ACK", 1);
    follow_up(fd, to, k, "BYE", 2);
    return 0;
}

int main(int argc, char **argv)
{
    long calls = argc > 2 ? atol(argv[2]) : 1000, started = 0, ended = 0;
    double rate = argc > 3 ? atof(argv[3]) : 1000;
    int fd = bare_socket("127.0.0.1", 0);
    int tick = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec every = { { 0, 1000000 }, { 0, 1000000 } };
    struct sockaddr_in to = { .sin_family = AF_INET }, me;
    struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
                           { .fd = tick, .events = POLLIN } };
    socklen_t len = sizeof(me);
    int64_t begun, last;

    remote = argc > 1 ? atoi(argv[1]) : 5090;
    to.sin_port = htons((uint16_t)remote);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    getsockname(fd, (struct sockaddr *)&me, &len);
    local = ntohs(me.sin_port);
    batch_init(&in);
    batch_init(&out);
    timerfd_settime(tick, 0, &every, NULL);
    begun = last = now();
    while (ended < calls && now() - last < 3000000000) {
        uint64_t ticks;
        int n;

        poll(p, 2, 1000);
        if (read(tick, &ticks, sizeof(ticks)) > 0) {
            int64_t due = (int64_t)((double)(now() - begun) / 1e9 * rate);

            while (started < calls && started <= due)
                start_call(fd, &to, started++);
        }
        while ((n = batch_receive(&in, fd)) > 0) {
            last = now();
            for (int i = 0; i < n; i++)
                ended += handle(fd, &to, in.bytes[i]);
        }
        batch_flush(&out, fd);
    }
    fprintf(stderr, "floor: %ld of %ld calls\n", ended, calls);
    return ended == calls ? 0 : 1;
}
