/* SPDX-License-Identifier: MIT */
/* Units of the faults: alone on the virtual clock, then between sockets. */
#include "net_world.h"

#include <math.h>
#include <stdio.h>

#include "net/faults_private.h"

/* What came out of one port, in order. */
struct out {
    struct world *world;
    struct list chain; /* of this port, and perhaps a second one */
    struct faults_port *port;
    struct faults *faults;
    struct buf text;
    size_t count;
    size_t marks[NET_MARK_CORRUPTED + 1];
    int64_t last;
    int64_t shortest, longest; /* delays, where the bytes are a time */
    bool end;                  /* closes port and faults at the first one */
};

static void on_out(void *arg, bool outgoing, const struct addr *peer,
                   struct slice bytes, enum net_mark mark)
{
    struct out *o = arg;

    (void)outgoing;
    assert_int_equal(addr_port(peer), 5060);
    o->count++;
    o->marks[mark]++;
    o->last = loop_now(o->world->loop);
    if (mark != NET_MARK_DROPPED)
        buf_slice(&o->text, bytes);
    if (o->end) {
        faults_port_close(o->port);
        faults_free(o->faults);
    }
}

static void begin(struct out *o, struct world *w, const struct faults_plan *p)
{
    memset(o, 0, sizeof(*o));
    o->world = w;
    loop_set_virtual(w->loop, true);
    assert_int_equal(faults_new(&o->faults, w->loop, p), ERR_NONE);
    list_init(&o->chain);
    o->port = faults_port_open(o->faults, &o->chain, on_out, o);
}

static void end(struct out *o)
{
    faults_port_close(o->port);
    faults_free(o->faults);
    buf_fini(&o->text);
}

static void pass_text(struct out *o, bool outgoing, const char *text)
{
    struct addr peer = address("127.0.0.1:5060");

    faults_pass(&o->chain, outgoing, &peer, slice_str(text));
}

/* Lets the virtual clock run through all the timers. */
static void run_out(struct world *w)
{
    while (loop_turn(w->loop, LOOP_FOREVER))
        ;
}

#define assert_text(o, wanted)                                      \
    do {                                                            \
        assert_int_equal((o)->text.n, strlen(wanted));              \
        assert_memory_equal((o)->text.p, (wanted), strlen(wanted)); \
    } while (0)

static void plans_without_sense_are_refused(void **state)
{
    struct world *w = *state;
    const struct faults_plan bad[] = {
        { .drop = -0.1 },
        { .drop = 1.1 },
        { .duplicate = 2 },
        { .reorder = NAN },
        { .corrupt = -1 },
        { .delay_min = -1 },
        { .delay_min = 2, .delay_max = 1 },
    };
    struct faults *f = NULL;

    for (size_t i = 0; i < array_length(bad); i++)
        assert_int_equal(faults_new(&f, w->loop, &bad[i]), ERR_ARGUMENT);
    assert_null(f);
    faults_free(NULL);
    faults_port_close(NULL);
}

static void an_empty_plan_changes_nothing(void **state)
{
    struct faults_plan plan = { 0 };
    struct out o;

    begin(&o, *state, &plan);
    pass_text(&o, true, "a");
    pass_text(&o, true, "");
    pass_text(&o, false, "b");
    assert_text(&o, "ab");
    assert_int_equal(o.marks[NET_MARK_NONE], 3);
    assert_int_equal(faults_counters(o.faults)->seen, 3);
    end(&o);
}

static void what_is_dropped_is_seen_once(void **state)
{
    struct faults_plan plan = {
        .drop = 1, .duplicate = 1, .corrupt = 1, .reorder = 1, .delay_max = 5
    };
    struct out o;

    begin(&o, *state, &plan);
    pass_text(&o, true, "a");
    run_out(*state);
    assert_int_equal(o.count, 1);
    assert_int_equal(o.marks[NET_MARK_DROPPED], 1);
    assert_text(&o, "");
    assert_int_equal(faults_counters(o.faults)->duplicated, 0);
    end(&o);
}

static void a_duplicate_follows_its_original(void **state)
{
    struct faults_plan plan = { .duplicate = 1 };
    struct out o;

    begin(&o, *state, &plan);
    pass_text(&o, true, "a");
    pass_text(&o, true, "b");
    assert_text(&o, "aabb");
    assert_int_equal(o.marks[NET_MARK_NONE], 2);
    assert_int_equal(o.marks[NET_MARK_DUPLICATED], 2);
    end(&o);
}

static size_t differences(const char *a, const char *b, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += a[i] != b[i];
    return count;
}

static void corruption_changes_one_to_three_bytes(void **state)
{
    static const char text[] = "REGISTER sip:example.com SIP/2.0\r\n";
    enum { N = sizeof(text) - 1, ROUNDS = 300 };
    struct faults_plan plan = { .corrupt = 1, .seed = 3 };
    size_t times[4] = { 0 }, changed;
    struct out o;

    begin(&o, *state, &plan);
    for (int i = 0; i < ROUNDS; i++) {
        buf_clear(&o.text);
        pass_text(&o, true, text);
        assert_int_equal(o.text.n, N);
        changed = differences(o.text.p, text, N);
        assert_in_range(changed, 1, 3);
        times[changed]++;
    }
    for (int i = 1; i <= 3; i++)
        assert_in_range(times[i], ROUNDS / 3 - 40, ROUNDS / 3 + 40);
    assert_int_equal(o.marks[NET_MARK_CORRUPTED], ROUNDS);

    /* One byte is all that there is, or none at all. */
    buf_clear(&o.text);
    pass_text(&o, true, "x");
    assert_int_equal(o.text.n, 1);
    assert_int_not_equal(o.text.p[0], 'x');
    pass_text(&o, true, "");
    assert_int_equal(faults_counters(o.faults)->corrupted, ROUNDS + 1);
    end(&o);
}

static void a_fixed_delay_keeps_the_order(void **state)
{
    struct world *w = *state;
    struct faults_plan plan = { .delay_min = 30 * LOOP_MILLISECOND,
                                .delay_max = 30 * LOOP_MILLISECOND };
    struct out o;
    int64_t start;

    begin(&o, w, &plan);
    start = loop_now(w->loop);
    for (const char *c = "abcdefgh"; *c; c++) {
        char text[] = { *c, '\0' };

        pass_text(&o, true, text);
    }
    assert_int_equal(o.count, 0);
    run_out(w);
    assert_text(&o, "abcdefgh");
    assert_int_equal(o.last - start, 30 * LOOP_MILLISECOND);
    assert_int_equal(o.marks[NET_MARK_DELAYED], 8);
    assert_int_equal(faults_counters(o.faults)->delayed, 8);
    end(&o);
}

static void on_late(void *arg, bool outgoing, const struct addr *peer,
                    struct slice bytes, enum net_mark mark)
{
    struct out *o = arg;
    int64_t delay = loop_now(o->world->loop) - o->last;

    (void)outgoing;
    (void)peer;
    (void)bytes;
    (void)mark;
    if (o->count++ == 0 || delay < o->shortest)
        o->shortest = delay;
    if (delay > o->longest)
        o->longest = delay;
}

static void delays_are_spread_over_their_range(void **state)
{
    enum { MANY = 1000 };
    struct world *w = *state;
    struct faults_plan plan = { .delay_min = 10 * LOOP_MILLISECOND,
                                .delay_max = 50 * LOOP_MILLISECOND };
    struct out o;

    begin(&o, w, &plan);
    faults_port_close(o.port);
    o.port = faults_port_open(o.faults, &o.chain, on_late, &o);
    o.last = loop_now(w->loop);
    for (int i = 0; i < MANY; i++)
        pass_text(&o, false, "x");
    run_out(w);
    assert_int_equal(o.count, MANY);
    assert_in_range(o.shortest, plan.delay_min, 11 * LOOP_MILLISECOND);
    assert_in_range(o.longest, 49 * LOOP_MILLISECOND, plan.delay_max);
    end(&o);
}

static void reordering_lets_the_next_one_pass(void **state)
{
    struct world *w = *state;
    struct faults_plan plan = { .reorder = 1 };
    struct out o;

    begin(&o, w, &plan);
    pass_text(&o, true, "a");
    assert_text(&o, "");
    pass_text(&o, false, "x"); /* the other direction overtakes nobody */
    assert_text(&o, "");
    pass_text(&o, true, "b");
    assert_text(&o, "ba");
    pass_text(&o, false, "y");
    assert_text(&o, "bayx");
    assert_int_equal(o.marks[NET_MARK_REORDERED], 2);
    assert_int_equal(o.marks[NET_MARK_NONE], 2);
    end(&o);
}

static void a_datagram_that_nobody_overtakes_goes_after_20_ms(void **state)
{
    struct world *w = *state;
    struct faults_plan plan = { .reorder = 1 };
    struct out o;
    int64_t start;

    begin(&o, w, &plan);
    start = loop_now(w->loop);
    pass_text(&o, true, "a");
    run_out(w);
    assert_text(&o, "a");
    assert_int_equal(o.last - start, 20 * LOOP_MILLISECOND);
    end(&o);
}

static bool only_invite(void *arg, bool outgoing, struct slice bytes)
{
    size_t *asked = arg;

    (*asked)++;
    return outgoing && slice_starts(bytes, SLICE("INVITE"));
}

static void where_says_what_is_in_play(void **state)
{
    size_t asked = 0;
    struct faults_plan plan = { .drop = 1,
                                .where = only_invite,
                                .arg = &asked };
    struct out o;

    begin(&o, *state, &plan);
    pass_text(&o, true, "INVITE");
    pass_text(&o, true, "ACK");
    pass_text(&o, false, "INVITE");
    assert_text(&o, "ACKINVITE");
    assert_int_equal(asked, 3);
    assert_int_equal(faults_counters(o.faults)->seen, 1);
    assert_int_equal(faults_counters(o.faults)->dropped, 1);
    end(&o);
}

static void much_at_random(struct out *o, struct world *w, uint64_t seed,
                           double corrupt)
{
    struct faults_plan plan = { .drop = 0.2,
                                .duplicate = 0.1,
                                .reorder = 0.05,
                                .corrupt = corrupt,
                                .seed = seed };
    char text[24];

    begin(o, w, &plan);
    for (int i = 0; i < 10000; i++) {
        snprintf(text, sizeof(text), "number %04d\n", i);
        pass_text(o, true, text);
    }
    run_out(w);
}

static void rates_are_as_planned(void **state)
{
    const struct faults_counters *c;
    struct out o;

    much_at_random(&o, *state, 1, 0.3);
    c = faults_counters(o.faults);
    assert_int_equal(c->seen, 10000);
    assert_in_range(c->dropped, 1900, 2100);
    /* Of the 8,000 that are left. */
    assert_in_range(c->duplicated, 720, 880);
    assert_in_range(c->reordered, 340, 460);
    assert_in_range(c->corrupted, 2280, 2520);
    assert_int_equal(o.count, 10000 + c->duplicated);
    assert_int_equal(o.text.n, 12 * (10000 - c->dropped + c->duplicated));
    assert_int_equal(o.marks[NET_MARK_DROPPED], c->dropped);
    assert_int_equal(o.marks[NET_MARK_DUPLICATED], c->duplicated);
    assert_int_equal(o.marks[NET_MARK_CORRUPTED], c->corrupted);
    end(&o);
}

static void the_seed_decides_all(void **state)
{
    struct out a, b, other;

    much_at_random(&a, *state, 7, 0.3);
    much_at_random(&b, *state, 7, 0.3);
    much_at_random(&other, *state, 8, 0.3);
    assert_int_equal(a.text.n, b.text.n);
    assert_memory_equal(a.text.p, b.text.p, a.text.n);
    assert_memory_equal(faults_counters(a.faults), faults_counters(b.faults),
                        sizeof(struct faults_counters));
    assert_true(a.text.n != other.text.n ||
                memcmp(a.text.p, other.text.p, a.text.n) != 0);
    end(&a);
    end(&b);
    end(&other);
}

/* One kind more in the plan must not change what the others do. */
static void kinds_do_not_disturb_each_other(void **state)
{
    struct out a, b;

    much_at_random(&a, *state, 7, 0);
    much_at_random(&b, *state, 7, 0.5);
    assert_int_equal(faults_counters(a.faults)->dropped,
                     faults_counters(b.faults)->dropped);
    assert_int_equal(faults_counters(a.faults)->duplicated,
                     faults_counters(b.faults)->duplicated);
    assert_int_equal(faults_counters(a.faults)->reordered,
                     faults_counters(b.faults)->reordered);
    end(&a);
    end(&b);
}

/* Neither do the directions: what comes in depends on nothing that goes out. */
static void directions_have_streams_of_their_own(void **state)
{
    struct faults_plan plan = { .drop = 0.5, .seed = 5 };
    struct out a, b;

    begin(&a, *state, &plan);
    begin(&b, *state, &plan);
    for (int i = 0; i < 100; i++) {
        char text[] = { (char)('0' + i % 10), '\0' };

        pass_text(&a, false, text);
        pass_text(&b, false, text);
        for (int j = 0; j < i % 3; j++)
            pass_text(&b, true, "");
    }
    assert_int_equal(a.text.n, b.text.n);
    assert_memory_equal(a.text.p, b.text.p, a.text.n);
    end(&a);
    end(&b);
}

static void all_may_end_with_what_comes_out(void **state)
{
    struct faults_plan plan = { .duplicate = 1, .reorder = 1 };
    struct out o;

    begin(&o, *state, &plan);
    o.end = true;
    pass_text(&o, true, "a");
    pass_text(&o, true, "b"); /* b, and no second b, no a */
    assert_text(&o, "b");
    buf_fini(&o.text);

    plan.delay_min = plan.delay_max = 1;
    begin(&o, *state, &plan);
    o.end = true;
    pass_text(&o, true, "a");
    pass_text(&o, true, "b");
    run_out(*state);
    assert_int_equal(o.count, 1);
    buf_fini(&o.text);
}

static bool free_faults(void *arg, bool outgoing, struct slice bytes)
{
    struct out *o = arg;

    (void)outgoing;
    (void)bytes;
    faults_free(o->faults);
    o->faults = NULL;
    return true;
}

static void faults_freed_leave_a_port_that_passes(void **state)
{
    struct out o;
    struct faults_plan plan = { .drop = 1, .where = free_faults, .arg = &o };

    begin(&o, *state, &plan);
    pass_text(&o, true, "a");
    pass_text(&o, true, "b");
    assert_text(&o, "ab");
    end(&o);
}

static void a_second_set_gets_what_the_first_lets_through(void **state)
{
    struct faults_plan twice = { .duplicate = 1 }, none = { .drop = 1 };
    struct faults *second;
    struct out o;

    begin(&o, *state, &twice);
    assert_int_equal(faults_new(&second, o.world->loop, &none), ERR_NONE);
    faults_port_open(second, &o.chain, on_out, &o);
    pass_text(&o, true, "a");
    assert_int_equal(o.marks[NET_MARK_DROPPED], 2);
    assert_int_equal(faults_counters(second)->seen, 2);
    faults_port_close(faults_port_of(&o.chain, second));
    faults_free(second);
    pass_text(&o, true, "b");
    assert_text(&o, "bb");
    end(&o);
}

static void count_dropped(void *arg, bool outgoing, const struct net_socket *s,
                          const struct addr *peer, struct slice bytes,
                          int64_t at, enum net_mark mark)
{
    size_t *dropped = arg;

    (void)outgoing;
    (void)s;
    (void)peer;
    (void)bytes;
    (void)at;
    *dropped += mark == NET_MARK_DROPPED;
}

static void sockets_lose_in_both_directions(void **state)
{
    struct world *w = *state;
    struct faults_plan plan = { .drop = 1 };
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    struct net_socket *b = open_at(w, "127.0.0.1:0");
    size_t dropped = 0;
    struct net_tap tap = { .fn = count_dropped, .arg = &dropped };
    struct faults *f = NULL;

    faults_new(&f, w->loop, &plan);
    net_tap_add(w->net, &tap);
    net_faults_add(a, f);
    send_text(a, net_socket_local(b), "never leaves");
    settle(w);
    assert_int_equal(net_counters(w->net)->sent, 0);
    assert_int_equal(dropped, 1);

    send_text(b, net_socket_local(a), "never arrives");
    settle(w);
    assert_int_equal(net_counters(w->net)->received, 1);
    assert_int_equal(w->received, 0);
    assert_int_equal(dropped, 2);

    net_faults_remove(a, f);
    faults_free(f);
    send_text(b, net_socket_local(a), "arrives");
    until(w, &w->received, 1);
    assert_bytes(w, "arrives");
    net_tap_remove(&tap);
}

static void sockets_delay_on_the_virtual_clock(void **state)
{
    struct world *w = *state;
    struct faults_plan plan = { .delay_min = 3 * LOOP_SECOND,
                                .delay_max = 3 * LOOP_SECOND };
    struct net_socket *a = open_at(w, "127.0.0.1:0");
    struct net_socket *b = open_at(w, "127.0.0.1:0");
    struct faults *f = NULL;
    int64_t start;

    loop_set_virtual(w->loop, true);
    start = loop_now(w->loop);
    faults_new(&f, w->loop, &plan);
    net_faults_add(a, f);
    net_faults_add(b, f);
    send_text(a, net_socket_local(b), "late");
    while (w->received == 0)
        assert_true(loop_turn(w->loop, LOOP_FOREVER));
    /* Once on the way out of a, once on the way into b. */
    assert_int_equal(w->at - start, 6 * LOOP_SECOND);
    assert_ptr_equal(w->socket, b);
    assert_true(addr_eq(&w->peer, net_socket_local(a)));
    net_faults_remove(a, f);
    net_faults_remove(b, f);
    faults_free(f);
}

static void close_all(struct world *w)
{
    w->then = NULL;
    send_text(w->spare, &w->peer, "held for ever");
    net_socket_unref(w->spare);
    faults_free(w->faults);
}

static void sockets_may_close_while_datagrams_are_held(void **state)
{
    struct world *w = *state;
    struct faults_plan plan = { .delay_min = LOOP_SECOND,
                                .delay_max = LOOP_SECOND,
                                .duplicate = 1 };
    struct net_socket *a = open_at(w, "127.0.0.1:0");

    loop_set_virtual(w->loop, true);
    faults_new(&w->faults, w->loop, &plan);
    w->spare = open_at(w, "127.0.0.1:0");
    w->then = close_all;
    net_faults_add(w->spare, w->faults);
    for (int i = 0; i < 3; i++)
        send_text(a, net_socket_local(w->spare), "close");
    run_out(w);
    settle(w);
    assert_int_equal(w->received, 1);
    assert_bytes(w, "close");
    assert_int_equal(net_socket_count(w->net), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(plans_without_sense_are_refused),
        world_test(an_empty_plan_changes_nothing),
        world_test(what_is_dropped_is_seen_once),
        world_test(a_duplicate_follows_its_original),
        world_test(corruption_changes_one_to_three_bytes),
        world_test(a_fixed_delay_keeps_the_order),
        world_test(delays_are_spread_over_their_range),
        world_test(reordering_lets_the_next_one_pass),
        world_test(a_datagram_that_nobody_overtakes_goes_after_20_ms),
        world_test(where_says_what_is_in_play),
        world_test(rates_are_as_planned),
        world_test(the_seed_decides_all),
        world_test(kinds_do_not_disturb_each_other),
        world_test(directions_have_streams_of_their_own),
        world_test(all_may_end_with_what_comes_out),
        world_test(faults_freed_leave_a_port_that_passes),
        world_test(a_second_set_gets_what_the_first_lets_through),
        world_test(sockets_lose_in_both_directions),
        world_test(sockets_delay_on_the_virtual_clock),
        world_test(sockets_may_close_while_datagrams_are_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
