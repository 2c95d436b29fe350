/* SPDX-License-Identifier: MIT */
/* Units of the ring of messages. */
#include "net_world.h"

#include <stdio.h>

#include "trace/ring.h"

static const char invite[] =
    "INVITE sip:bob@127.0.0.1:5060 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK1\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:alice@127.0.0.1>;tag=a\r\n"
    "To: <sip:bob@127.0.0.1>\r\n"
    "Call-ID: one@host\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Content-Length: 0\r\n\r\n";

struct ring_world {
    struct ring *ring;
    struct addr here, there;
};

static int setup(void **state)
{
    struct ring_world *w = mem_zalloc(sizeof(*w));

    *state = w;
    w->here = address("127.0.0.1:5061");
    w->there = address("[2001:db8::2]:5060");
    return ring_new(&w->ring, 64);
}

static int teardown(void **state)
{
    struct ring_world *w = *state;

    ring_free(w->ring);
    mem_free(w);
    return 0;
}

static void put(struct ring_world *w, const char *text, int64_t at)
{
    ring_put(w->ring, true, &w->here, &w->there, slice_str(text), at,
             NET_MARK_NONE);
}

/* A request of call `id`. */
static void put_call(struct ring_world *w, int id, int64_t at)
{
    char text[160];

    snprintf(text, sizeof(text),
             "BYE sip:b@c SIP/2.0\r\nCSeq: %d BYE\r\nCall-ID: %d\r\n\r\n",
             (int)at, id);
    put(w, text, at);
}

static const struct ring_entry *last_of(const struct ring_world *w,
                                        const char *call_id)
{
    return ring_last(w->ring, ring_call(slice_str(call_id)));
}

static void assert_line(const struct ring_entry *e, const char *text)
{
    assert_non_null(e);
    assert_int_equal(e->line_n, strlen(text));
    assert_memory_equal(e->line, text, e->line_n);
}

static void assert_place(const struct ring_place *p, const struct addr *wanted)
{
    struct addr a;

    ring_place_addr(p, &a);
    assert_true(addr_eq(&a, wanted));
}

static void an_entry_keeps_what_tells_the_story(void **state)
{
    struct ring_world *w = *state;
    const struct ring_entry *e;

    ring_put(w->ring, false, &w->here, &w->there, slice_str(invite), 42,
             NET_MARK_DELAYED);
    e = last_of(w, "one@host");
    assert_line(e, "INVITE sip:bob@127.0.0.1:5060");
    assert_false(e->cut);
    assert_int_equal(e->at, 42);
    assert_false(e->outgoing);
    assert_int_equal(e->mark, NET_MARK_DELAYED);
    assert_int_equal(e->cseq, 314159);
    assert_int_equal(e->method, METHOD_INVITE);
    assert_int_equal(e->length, strlen(invite));
    assert_place(&e->local, &w->here);
    assert_place(&e->remote, &w->there);
    assert_null(ring_before(w->ring, e));
    assert_int_equal(ring_total(w->ring), 1);
}

static void compact_and_odd_spellings_are_read(void **state)
{
    struct ring_world *w = *state;

    put(w, "SIP/2.0 180 Ringing\r\nCSEQ : 2 UPDATE\r\ni:two\r\n\r\n", 1);
    assert_line(last_of(w, "two"), "180 Ringing");
    assert_int_equal(last_of(w, "two")->method, METHOD_UPDATE);
    put(w, "\r\nBYE sip:b@c SIP/2.0\nCall-ID:\r\n  three \r\nCSeq: 3\tBYE\n\n",
        2);
    assert_non_null(last_of(w, "three"));
    assert_int_equal(last_of(w, "three")->cseq, 3);
    assert_line(last_of(w, "three"), "BYE sip:b@c");
    put(w, "BYE sip:b@c SIP/2.0\r\nCall-Info: x\r\nContact: y\r\nCall-ID: four",
        3);
    assert_non_null(last_of(w, "four"));
    assert_int_equal(last_of(w, "four")->method, METHOD_BYE);
    assert_null(last_of(w, "x"));
}

static void a_long_line_is_cut(void **state)
{
    struct ring_world *w = *state;
    const struct ring_entry *e;

    put(w,
        "MESSAGE sip:somebody.with.a.long.name@a.host.with.a.long.name.example"
        " SIP/2.0\r\nCall-ID: 1\r\n\r\n",
        1);
    e = last_of(w, "1");
    assert_true(e->cut);
    assert_int_equal(e->line_n, RING_LINE);
    assert_memory_equal(e->line, "MESSAGE sip:somebody.with", 25);
}

static void whatever_comes_is_taken(void **state)
{
    struct ring_world *w = *state;
    static const char *const odd[] = {
        "",           "\r\n\r\n",           "\n",       "x",
        "Call-ID: a", "\r\rCall-ID: b\r\n", ":::",      "SIP/2.0 ",
        " SIP/2.0",   "INVITE\0",           "\xff\xfe",
    };
    char big[2000];

    for (size_t i = 0; i < array_length(odd); i++)
        put(w, odd[i], (int64_t)i);
    /* Each in a block of its own, so that a byte too far is noticed. */
    for (size_t n = 0; n < sizeof(invite); n++) {
        char *copy = mem_dup(invite, n);

        ring_put(w->ring, true, &w->here, &w->there, slice_of(copy, n), 0,
                 NET_MARK_NONE);
        mem_free(copy);
    }
    memset(big, 'c', sizeof(big));
    ring_put(w->ring, true, &w->here, &w->there, slice_of(big, sizeof(big)), 0,
             NET_MARK_NONE);
    ring_put(w->ring, true, &w->here, &w->there, (struct slice){ 0 }, 0,
             NET_MARK_NONE);
    assert_int_equal(ring_total(w->ring),
                     array_length(odd) + sizeof(invite) + 2);
}

static void equal_bytes_have_equal_prints(void **state)
{
    struct ring_world *w = *state;
    char text[sizeof(invite)];
    uint64_t print;

    put(w, invite, 1);
    print = last_of(w, "one@host")->print;
    put(w, invite, 2);
    assert_true(last_of(w, "one@host")->print == print);
    /* Every single byte counts. */
    for (size_t i = 0; i < sizeof(invite) - 1; i++) {
        const struct ring_entry *e;

        memcpy(text, invite, sizeof(text));
        text[i] = (char)(text[i] ^ 1);
        put(w, text, 3);
        e = last_of(w, "one@host");
        assert_true(!e || e->at != 3 || e->print != print);
    }
}

static void the_oldest_are_overwritten(void **state)
{
    struct ring_world *w = *state;
    const struct ring_entry *e;
    int64_t at = 1000;

    for (int i = 1; i <= 1000; i++)
        put_call(w, i % 4, i);
    assert_int_equal(ring_total(w->ring), 1000);
    for (e = last_of(w, "0"); e; e = ring_before(w->ring, e)) {
        assert_int_equal(e->at, at);
        assert_int_equal(e->cseq, at);
        at -= 4;
    }
    assert_int_equal(at, 1000 - 64);
    assert_null(last_of(w, "4"));
}

static void a_call_that_scrolled_out_is_gone(void **state)
{
    struct ring_world *w = *state;

    put_call(w, 1, 1);
    for (int i = 0; i < 63; i++)
        put_call(w, 2, i);
    assert_int_equal(last_of(w, "1")->at, 1);
    put_call(w, 1, 100);
    assert_int_equal(last_of(w, "1")->at, 100);
    assert_null(ring_before(w->ring, last_of(w, "1")));
    for (int i = 0; i < 64; i++)
        put_call(w, 2, i);
    assert_null(last_of(w, "1"));
}

static void sizes_are_checked(void **state)
{
    struct ring *r = NULL;

    (void)state;
    assert_int_equal(ring_new(&r, SIZE_MAX), ERR_ARGUMENT);
    assert_null(r);
    assert_int_equal(ring_new(&r, 0), ERR_NONE);
    ring_free(r);
    ring_free(NULL);
}

static void a_tap_feeds_it_from_a_net(void **state)
{
    struct world *w = *state;
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    struct net_socket *b = open_at(w, "127.0.0.1:0");
    const struct ring_entry *in, *out;
    struct net_tap tap;
    struct ring *r = NULL;

    assert_int_equal(ring_new(&r, 0), ERR_NONE);
    ring_attach(r, w->net, &tap);
    send_text(a, net_socket_local(b), invite);
    until(w, &w->received, 1);
    in = ring_last(r, ring_call(SLICE("one@host")));
    assert_false(in->outgoing);
    assert_place(&in->local, net_socket_local(b));
    assert_place(&in->remote, net_socket_local(a));
    out = ring_before(r, in);
    assert_true(out->outgoing);
    assert_place(&out->remote, net_socket_local(b));
    assert_true(out->print == in->print);

    net_tap_remove(&tap);
    send_text(a, net_socket_local(b), invite);
    until(w, &w->received, 2);
    assert_int_equal(ring_total(r), 2);
    ring_free(r);
}

#define unit(f) cmocka_unit_test_setup_teardown((f), setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(an_entry_keeps_what_tells_the_story),
        unit(compact_and_odd_spellings_are_read),
        unit(a_long_line_is_cut),
        unit(whatever_comes_is_taken),
        unit(equal_bytes_have_equal_prints),
        unit(the_oldest_are_overwritten),
        unit(a_call_that_scrolled_out_is_gone),
        cmocka_unit_test(sizes_are_checked),
        world_test(a_tap_feeds_it_from_a_net),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
