/* SPDX-License-Identifier: MIT */
/* Units of the ladder: whole texts, as an engineer sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "trace/ladder.h"
#include "trace/ring.h"

#define MS INT64_C(1000000)
#define A "127.0.0.1:5061"
#define B "127.0.0.1:5060"
#define C "127.0.0.1:5070"
#define ANY "0.0.0.0:5061"

struct world {
    struct ring *ring;
    struct buf text;
};

static int setup(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));

    *state = w;
    return ring_new(&w->ring, 0);
}

static int teardown(void **state)
{
    struct world *w = *state;

    ring_free(w->ring);
    buf_fini(&w->text);
    mem_free(w);
    return 0;
}

/* One datagram as one tap sees it: local and remote are of the tap's side. */
struct sight {
    int64_t ms;
    const char *local, *remote, *line, *cseq;
    bool incoming;
    enum net_mark mark;
};

static void see(struct world *w, struct sight s)
{
    struct addr local, remote;
    char text[512];
    int n = snprintf(text, sizeof(text),
                     "%s\r\nVia: SIP/2.0/UDP host;branch=z9hG4bK1\r\n"
                     "Call-ID: c\r\nCSeq: %s\r\n\r\n",
                     s.line, s.cseq ? s.cseq : "1 INVITE");

    addr_parse(&local, slice_str(s.local));
    addr_parse(&remote, slice_str(s.remote));
    ring_put(w->ring, !s.incoming, &local, &remote, slice_of(text, (size_t)n),
             1000 * MS + s.ms * MS, s.mark);
}

/* The same datagram at both ends, both inside of this process. */
static void pass(struct world *w, int64_t ms, const char *from, const char *to,
                 const char *line)
{
    see(w, (struct sight){ ms, from, to, line, NULL, false, NET_MARK_NONE });
    see(w, (struct sight){ ms + 1, to, from, line, NULL, true, NET_MARK_NONE });
}

static void out(struct world *w, int64_t ms, const char *from, const char *to,
                const char *line, enum net_mark mark)
{
    see(w, (struct sight){ ms, from, to, line, NULL, false, mark });
}

static void in(struct world *w, int64_t ms, const char *from, const char *to,
               const char *line, enum net_mark mark)
{
    see(w, (struct sight){ ms, to, from, line, NULL, true, mark });
}

#define INVITE "INVITE sip:bob@127.0.0.1:5060 SIP/2.0"
#define RINGING "SIP/2.0 180 Ringing"
#define OK "SIP/2.0 200 OK"
#define ACK "ACK sip:bob@127.0.0.1:5060 SIP/2.0"

/* Every line within 80 characters, where those of UTF-8 count once. */
static void assert_width(const struct buf *b)
{
    size_t width = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (b->p[i] == '\n')
            width = 0;
        else if (((unsigned char)b->p[i] & 0xC0) != 0x80)
            width++;
        assert_true(width <= 80);
    }
}

static void assert_ladder(struct world *w, size_t messages, const char *wanted)
{
    buf_clear(&w->text);
    assert_int_equal(ladder_write(w->ring, SLICE("c"), &w->text), messages);
    buf_char(&w->text, '\0');
    if (strcmp(w->text.p, wanted) != 0)
        fputs(w->text.p, stdout);
    assert_string_equal(w->text.p, wanted);
    assert_width(&w->text);
}

/* A ladder stays as wide as it is. */
/* clang-format off */

static void an_unknown_call_has_none(void **state)
{
    struct world *w = *state;

    assert_int_equal(ladder_write(w->ring, SLICE("nobody"), &w->text), 0);
    assert_int_equal(w->text.n, 0);
}

static void one_side_alone_shows_every_message(void **state)
{
    struct world *w = *state;

    out(w, 0, A, B, INVITE, NET_MARK_NONE);
    in(w, 12, B, A, RINGING, NET_MARK_NONE);
    in(w, 1503, B, A, OK, NET_MARK_NONE);
    out(w, 1504, A, B, ACK, NET_MARK_NONE);
    assert_ladder(w, 4,
"           127.0.0.1:5061                                        127.0.0.1:5060\n"
"    0.000         |----------- INVITE sip:bob@127.0.0.1:5060 ---------->|\n"
"    0.012         |<--------------- 180 Ringing (INVITE) ---------------|\n"
"    1.503         |<----------------- 200 OK (INVITE) ------------------|\n"
"    1.504         |------------ ACK sip:bob@127.0.0.1:5060 ------------>|\n");
}

static void a_peer_inside_shows_each_message_once(void **state)
{
    struct world *w = *state;

    pass(w, 0, A, B, INVITE);
    pass(w, 2, B, A, OK);
    pass(w, 4, A, B, ACK);
    assert_ladder(w, 3,
"           127.0.0.1:5061                                        127.0.0.1:5060\n"
"    0.000         |----------- INVITE sip:bob@127.0.0.1:5060 ---------->|\n"
"    0.002         |<----------------- 200 OK (INVITE) ------------------|\n"
"    0.004         |------------ ACK sip:bob@127.0.0.1:5060 ------------>|\n");
}

static void faults_and_repeats_are_marked(void **state)
{
    struct world *w = *state;

    out(w, 0, A, B, INVITE, NET_MARK_DROPPED);
    pass(w, 500, A, B, INVITE);
    out(w, 510, B, A, RINGING, NET_MARK_NONE);
    in(w, 560, B, A, RINGING, NET_MARK_DELAYED);
    out(w, 600, B, A, OK, NET_MARK_NONE);
    in(w, 600, B, A, OK, NET_MARK_DROPPED);
    out(w, 1100, B, A, OK, NET_MARK_NONE);
    in(w, 1101, B, A, OK, NET_MARK_NONE);
    in(w, 1101, B, A, OK, NET_MARK_DUPLICATED);
    out(w, 1102, A, B, ACK, NET_MARK_NONE);
    in(w, 1103, A, B, "ACK zip:bob@127.0.0.1:5060 SIP/2.0", NET_MARK_CORRUPTED);
    out(w, 1104, A, B, ACK, NET_MARK_DROPPED);
    assert_ladder(w, 8,
"           127.0.0.1:5061                                        127.0.0.1:5060\n"
"    0.000         |------ INVITE sip:bob@127.0.0.1:5060 (dropped) -----X|\n"
"    0.500         |------- INVITE sip:bob@127.0.0.1:5060 (again) ------>|\n"
"    0.510         |<---------- 180 Ringing (INVITE) (delayed) ----------|\n"
"    0.600         |X------------ 200 OK (INVITE) (dropped) -------------|\n"
"    1.100         |<------------- 200 OK (INVITE) (again) --------------|\n"
"    1.101         |<----------- 200 OK (INVITE) (duplicated) -----------|\n"
"    1.102         |------ ACK sip:bob@127.0.0.1:5060 (corrupted) ------>|\n"
"    1.104         |---- ACK sip:bob@127.0.0.1:5060 (again, dropped) ---X|\n");
}

static void three_participants_share_the_width(void **state)
{
    struct world *w = *state;

    out(w, 0, A, B, INVITE, NET_MARK_NONE);
    in(w, 5, C, A, OK, NET_MARK_NONE);
    out(w, 6, A, C, ACK, NET_MARK_NONE);
    out(w, 900, A, B, INVITE, NET_MARK_DROPPED);
    out(w, 950, B, C, INVITE, NET_MARK_NONE);
    out(w, 960, B, B, INVITE, NET_MARK_NONE);
    out(w, 970, C, C, INVITE, NET_MARK_NONE);
    assert_ladder(w, 7,
"           127.0.0.1:5061             127.0.0.1:5060             127.0.0.1:5070\n"
"    0.000         |- INVITE sip:bob@127.0\xe2\x80\xa6" " ->|                          |\n"
"    0.005         |<----------------- 200 OK (INVITE) ------------------|\n"
"    0.006         |------------ ACK sip:bob@127.0.0.1:5060 ------------>|\n"
"    0.900         |- INVITE sip:b\xe2\x80\xa6" " (again) -X|                          |\n"
"    0.950         |                          |- INVITE sip:bob@127.0\xe2\x80\xa6" " ->|\n"
"    0.960         |                          |<- INVITE sip:bob@127.0.\xe2\x80\xa6" " |\n"
"    0.970         |                          | INVITE sip:bob@127.0.\xe2\x80\xa6" " ->|\n");
}

static void more_get_letters_and_text_behind(void **state)
{
    struct world *w = *state;

    out(w, 0, A, B, INVITE, NET_MARK_NONE);
    out(w, 1, A, C, INVITE, NET_MARK_NONE);
    out(w, 2, A, "[2001:db8::1]:5060", INVITE, NET_MARK_DROPPED);
    in(w, 3, C, A, OK, NET_MARK_NONE);
    out(w, 4, A, A, ACK, NET_MARK_NONE);
    assert_ladder(w, 5,
"            A  127.0.0.1:5061\n"
"            B  127.0.0.1:5060\n"
"            C  127.0.0.1:5070\n"
"            D  [2001:db8::1]:5060\n"
"            A     B     C     D\n"
"    0.000   |---->|     |     |  INVITE sip:bob@127.0.0.1:5060\n"
"    0.001   |---------->|     |  INVITE sip:bob@127.0.0.1:5060\n"
"    0.002   |----------------X|  INVITE sip:bob@127.0.0.1:5060 (dropped)\n"
"    0.003   |<----------|     |  200 OK (INVITE)\n"
"    0.004   O     |     |     |  ACK sip:bob@127.0.0.1:5060\n");
}

static void the_last_column_is_for_all_others(void **state)
{
    struct world *w = *state;
    char to[32];

    for (int i = 0; i < 10; i++) {
        snprintf(to, sizeof(to), "127.0.0.1:%d", 6000 + i);
        out(w, i, A, to, INVITE, NET_MARK_NONE);
    }
    out(w, 20, "127.0.0.1:6008", "127.0.0.1:6009", ACK, NET_MARK_NONE);
    assert_ladder(w, 11,
"            A  127.0.0.1:5061\n"
"            B  127.0.0.1:6000\n"
"            C  127.0.0.1:6001\n"
"            D  127.0.0.1:6002\n"
"            E  127.0.0.1:6003\n"
"            F  127.0.0.1:6004\n"
"            G  127.0.0.1:6005\n"
"            H  all others\n"
"            A     B     C     D     E     F     G     H\n"
"    0.000   |---->|     |     |     |     |     |     |  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.001   |---------->|     |     |     |     |     |  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.002   |---------------->|     |     |     |     |  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.003   |---------------------->|     |     |     |  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.004   |---------------------------->|     |     |  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.005   |---------------------------------->|     |  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.006   |---------------------------------------->|  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.007   |---------------------------------------->|  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.008   |---------------------------------------->|  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.009   |---------------------------------------->|  INVITE sip:bob@127.0.0\xe2\x80\xa6\n"
"    0.020   |     |     |     |     |     |     |     O  ACK sip:bob@127.0.0.1:\xe2\x80\xa6\n");
}

static void a_socket_that_talks_to_itself(void **state)
{
    struct world *w = *state;

    pass(w, 0, A, A, INVITE);
    pass(w, 1, A, A, RINGING);
    assert_ladder(w, 2,
"           127.0.0.1:5061\n"
"    0.000         |<- INVITE sip:bob@127.0.0.1:5060\n"
"    0.001         |<- 180 Ringing (INVITE)\n");
    pass(w, 2, B, B, ACK);
    pass(w, 3, B, A, ACK);
    assert_ladder(w, 4,
"           127.0.0.1:5061                                        127.0.0.1:5060\n"
"    0.000         |<- INVITE sip:bob@127.0.0.1:5060                     |\n"
"    0.001         |<- 180 Ringing (INVITE)                              |\n"
"    0.002         |                        ACK sip:bob@127.0.0.1:5060 ->|\n"
"    0.003         |<------------ ACK sip:bob@127.0.0.1:5060 ------------|\n");
}

static void a_socket_bound_to_all_is_one_participant(void **state)
{
    struct world *w = *state;

    out(w, 0, ANY, B, INVITE, NET_MARK_DROPPED);
    out(w, 500, ANY, B, INVITE, NET_MARK_NONE);
    in(w, 501, A, B, INVITE, NET_MARK_NONE);
    out(w, 502, B, A, OK, NET_MARK_NONE);
    in(w, 503, B, ANY, OK, NET_MARK_NONE);
    assert_ladder(w, 3,
"           127.0.0.1:5061                                        127.0.0.1:5060\n"
"    0.000         |------ INVITE sip:bob@127.0.0.1:5060 (dropped) -----X|\n"
"    0.500         |------- INVITE sip:bob@127.0.0.1:5060 (again) ------>|\n"
"    0.502         |<----------------- 200 OK (INVITE) ------------------|\n");
}

static void nothing_reaches_the_terminal_raw(void **state)
{
    struct world *w = *state;

    out(w, 0, A, B, "INVITE sip:\x1b[31m\xc3\xa9@b SIP/2.0", NET_MARK_NONE);
    out(w, 0, A, B, "INVITE sip:bob:secret@127.0.0.1 SIP/2.0", NET_MARK_NONE);
    out(w, 0, A, B,
        "INVITE sip:bob:a-secret-so-long-that-it-never-comes-to-"
        "an-end@127.0.0.1 SIP/2.0",
        NET_MARK_NONE);
    out(w, 0, A, B,
        "MESSAGE sip:somebody.with.a.long.name@host.example:5060;"
        "transport=udp SIP/2.0",
        NET_MARK_NONE);
    out(w, 0, A, B, "SIP/2.0 200 a: b: c@d", NET_MARK_NONE);
    out(w, 0, A, B, "", NET_MARK_NONE);
    out(w, 0, "[2001:db8:1111:2222:3333:4444:5555:6666]:5060", B, ACK,
        NET_MARK_NONE);
    assert_ladder(w, 7,
"           127.0.0.1:5061             127.0.0.1:5060      \xe2\x80\xa6" ":4444:5555:6666]:5060\n"
"    0.000         |-- INVITE sip:?[31m?\?@b ->|                          |\n"
"    0.000         |- INVITE sip:bob:***@1\xe2\x80\xa6" " ->|                          |\n"
"    0.000         |-- INVITE sip:bob:***\xe2\x80\xa6" " -->|                          |\n"
"    0.000         |- MESSAGE sip:somebody\xe2\x80\xa6" " ->|                          |\n"
"    0.000         |----- 200 a: b: c@d ----->|                          |\n"
"    0.000         |- Via: SIP/2.0/UDP hos\xe2\x80\xa6" " ->|                          |\n"
"    0.000         |                          |<- ACK sip:bob@127.0.0.\xe2\x80\xa6" " -|\n");
}

/* clang-format on */

static void a_long_call_keeps_both_ends(void **state)
{
    struct world *w = *state;
    char line[64];
    size_t lines = 0;

    for (int i = 0; i < 5000; i++) {
        snprintf(line, sizeof(line), "INFO sip:n%d@b SIP/2.0", i);
        pass(w, i, A, B, line);
    }
    assert_int_equal(ladder_write(w->ring, SLICE("c"), &w->text), 5000);
    for (size_t i = 0; i < w->text.n; i++)
        lines += w->text.p[i] == '\n';
    assert_int_equal(lines, LADDER_MESSAGES + 2);
    buf_char(&w->text, '\0');
    assert_non_null(strstr(w->text.p, " INFO sip:n199@b "));
    assert_null(strstr(w->text.p, " INFO sip:n200@b "));
    assert_non_null(strstr(w->text.p, "(4600 messages left out)\n"));
    assert_null(strstr(w->text.p, " INFO sip:n4799@b "));
    assert_non_null(strstr(w->text.p, " INFO sip:n4800@b "));
    assert_non_null(strstr(w->text.p, " INFO sip:n4999@b "));
}

/* Work must not grow with the square of what a storm leaves in the ring. */
static void a_storm_of_repeats_is_no_trouble(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < RING_ENTRIES / 2; i++)
        out(w, i, A, B, INVITE, NET_MARK_NONE);
    for (int i = 0; i < RING_ENTRIES / 2; i++)
        in(w, RING_ENTRIES + i, A, B, INVITE, NET_MARK_NONE);
    assert_int_equal(ladder_write(w->ring, SLICE("c"), &w->text),
                     RING_ENTRIES / 2);
}

#define unit(f) cmocka_unit_test_setup_teardown((f), setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(an_unknown_call_has_none),
        unit(one_side_alone_shows_every_message),
        unit(a_peer_inside_shows_each_message_once),
        unit(faults_and_repeats_are_marked),
        unit(three_participants_share_the_width),
        unit(more_get_letters_and_text_behind),
        unit(the_last_column_is_for_all_others),
        unit(a_socket_that_talks_to_itself),
        unit(a_socket_bound_to_all_is_one_participant),
        unit(nothing_reaches_the_terminal_raw),
        unit(a_long_call_keeps_both_ends),
        unit(a_storm_of_repeats_is_no_trouble),
    };
    return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
