/* SPDX-License-Identifier: MIT */
/* 100,000 client transactions at once: none is lost, none is looked for long.*/
#include "tx_support.h"

enum { MANY = 100000, BURST = 50 };

struct many {
    struct bench *bench;
    unsigned char heard[MANY]; /* by the peer */
    unsigned char answered[MANY];
    unsigned char ended[MANY];
    size_t heard_count, answered_count, ended_count;
};

/* One user of one transaction. */
struct one {
    struct many *many;
    size_t index;
};

static void one_answered(void *arg, struct tx *t, struct message *m)
{
    struct one *one = arg;
    (void)t;
    assert_int_equal(m->w.status, 200);
    one->many->answered[one->index]++;
    one->many->answered_count++;
}

static void one_ended(void *arg, struct tx *t)
{
    struct one *one = arg;
    (void)t;
    one->many->ended[one->index]++;
    one->many->ended_count++;
}

static void one_failed(void *arg, struct tx *t, enum tx_cause cause, int err)
{
    (void)arg;
    (void)t;
    (void)cause;
    (void)err;
    fail();
}

static const struct tx_ops one_ops = { .response = one_answered,
                                       .failed = one_failed,
                                       .terminated = one_ended };

static void many_heard(void *arg, struct net_socket *s, const char *bytes,
                       size_t n, const struct addr *from, int64_t at)
{
    struct many *many = arg;
    struct wire_message w;
    uint32_t index;
    (void)s;
    (void)from;
    (void)at;
    assert_int_equal(wire_scan(bytes, n, &w), 0);
    struct slice digits = slice_of(w.via.branch.p + 8, w.via.branch.n - 8);
    assert_int_equal(slice_u32(digits, &index), 0);
    many->heard[index]++;
    many->heard_count++;
}

static const struct net_ops many_ops = { .received = many_heard };

static void start_all(struct bench *b, struct net_socket *peer,
                      struct one *ones)
{
    struct tx_client_options options = { .socket = b->socket,
                                         .to = *net_socket_local(peer),
                                         .timing = b->timing,
                                         .ops = &one_ops };
    struct buf text = { 0 };
    char via[128];
    for (size_t i = 0; i < MANY; i++) {
        struct message *m = NULL;
        struct tx *t = NULL;
        snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=z9hG4bK-%zu",
                 b->our_text, i);
        make_request(&text, "OPTIONS", via, "<sip:b@x>");
        assert_int_equal(message_new(&m, text.p, text.n, 0, 0), 0);
        options.arg = &ones[i];
        assert_int_equal(tx_request(b->layer, &t, m, &options), 0);
        message_unref(m);
        if (i % BURST == BURST - 1)
            bench_settle(b);
    }
    bench_settle(b);
    buf_fini(&text);
}

static void answer_all(struct bench *b, struct net_socket *peer)
{
    struct buf text = { 0 };
    char via[128];
    for (size_t i = 0; i < MANY; i++) {
        snprintf(via, sizeof(via), "SIP/2.0/UDP %s;branch=z9hG4bK-%zu",
                 b->our_text, i);
        make_response(&text, 200, via, "a", "OPTIONS");
        assert_int_equal(net_send(peer, &b->our_addr, buf_view(&text)), 0);
        if (i % BURST == BURST - 1)
            bench_settle(b);
    }
    bench_settle(b);
    buf_fini(&text);
}

/* A lookup walks one chain: how long the longest is, and how long on average
 * for a key that is there. */
static void assert_chains_are_short(const struct hash *table)
{
    size_t longest = 0, steps = 0;
    assert_int_equal(table->count, MANY);
    for (size_t i = 0; i <= table->mask; i++) {
        size_t length = 0;
        for (struct hash_node *n = table->slots[i]; n; n = n->next)
            steps += ++length;
        longest = length > longest ? length : longest;
    }
    assert_true(longest <= 16);
    assert_true(steps < 2 * (size_t)MANY);
}

static void assert_each_once(const unsigned char *seen)
{
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(seen[i], 1);
}

static void none_of_100000_is_lost(void **state)
{
    struct bench *b = *state;
    struct many *many = mem_zalloc(sizeof(*many));
    struct one *ones = mem_zalloc(MANY * sizeof(*ones));
    struct net *net = NULL;
    struct net_socket *peer = NULL;
    struct addr any;
    for (size_t i = 0; i < MANY; i++)
        ones[i] = (struct one){ many, i };
    assert_int_equal(addr_parse(&any, SLICE("127.0.0.1:0")), 0);
    assert_int_equal(net_new(&net, b->loop, &many_ops, many), 0);
    assert_int_equal(net_open(net, &peer, NET_UDP, &any, false), 0);

    start_all(b, peer, ones);
    assert_int_equal(many->heard_count, MANY);
    assert_each_once(many->heard);
    assert_int_equal(tx_counters(b->layer)->live, MANY);
    assert_chains_are_short(&b->layer->table);

    answer_all(b, peer);
    assert_int_equal(many->answered_count, MANY);
    assert_each_once(many->answered);
    assert_int_equal(tx_counters(b->layer)->live, 0);
    assert_int_equal(tx_counters(b->layer)->lingering, MANY);

    answer_all(b, peer);
    assert_int_equal(many->answered_count, MANY);
    assert_int_equal(tx_counters(b->layer)->absorbed, MANY);
    bench_advance(b, 5 * ONE_SECOND);
    assert_int_equal(many->ended_count, MANY);
    assert_each_once(many->ended);
    assert_int_equal(tx_counters(b->layer)->lingering, 0);
    assert_int_equal(tx_counters(b->layer)->retransmitted, 0);

    net_free(net);
    mem_free(ones);
    mem_free(many);
}

/* The same bytes hash differently in another layer. */
static void the_hash_is_seeded(void **state)
{
    struct bench *b = *state;
    struct tx_layer *other = NULL;
    assert_int_equal(tx_layer_new(&other, b->loop, &bench_layer_ops, b), 0);
    struct wire_via via = { .host = SLICE("h"), .branch = SLICE(BRANCH) };
    tx_key_client(b->layer, &via, SLICE("BYE"));
    tx_key_client(other, &via, SLICE("BYE"));
    assert_true(slice_eq(buf_view(&b->layer->key), buf_view(&other->key)));
    assert_int_not_equal(b->layer->key_hash, other->key_hash);
    tx_layer_free(other);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        bench_spec(none_of_100000_is_lost),
        bench_spec(the_hash_is_seeded),
    };
    return cmocka_run_group_tests_name("many", tests, NULL, NULL);
}
