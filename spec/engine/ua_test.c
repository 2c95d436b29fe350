/* SPDX-License-Identifier: MIT */
/* User agents: identity, sockets, whom a request is for, the end. */
#include "agent_world.h"

/* What ua_new() makes of these options: its error, and its sentence. */
static void refused(struct world *w, const struct ua_options *o, int err,
                    const char *sentence)
{
    struct ua *ua = (struct ua *)w;
    char why[160];

    assert_int_equal(ua_new(&ua, w->ours, o, NULL, NULL, why), err);
    assert_null(ua);
    assert_string_equal(why, sentence);
}

static void bad_texts_are_named(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("bob");
    struct ua *ua;
    char text[600], why[160];

    refused(w, &o, ERR_ARGUMENT, "uri \"bob\": not a SIP URI");
    o = plain_agent("tel:123");
    refused(w, &o, ERR_ARGUMENT, "uri \"tel:123\": not a SIP URI");
    o = plain_agent("sip:a@b");
    o.listen = SLICE("127.0.0.1:5060");
    refused(w, &o, ERR_ARGUMENT,
            "listen \"127.0.0.1:5060\": not like udp:127.0.0.1:5060");
    o.listen = SLICE("udp");
    refused(w, &o, ERR_ARGUMENT, "listen \"udp\": not like udp:127.0.0.1:5060");
    o.listen = SLICE("tcp:127.0.0.1:0");
    refused(w, &o, ERR_UNSUPPORTED,
            "cannot listen on tcp 127.0.0.1:0: not supported");
    o = plain_agent("sip:a@b");
    o.proxy = SLICE("nonsense");
    refused(w, &o, ERR_ARGUMENT, "proxy \"nonsense\": not a SIP URI");
    o.proxy = SLICE("sips:127.0.0.1");
    refused(w, &o, ERR_UNSUPPORTED,
            "proxy \"sips:127.0.0.1\": only sip: over UDP is offered yet");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    o = plain_agent(text);
    assert_int_equal(ua_new(&ua, w->ours, &o, NULL, NULL, why), ERR_ARGUMENT);
    assert_true(strlen(why) < 120);
}

static void a_busy_port_is_named(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:a@b");
    char listen[96], text[ADDR_TEXT], sentence[160];

    addr_text(ua_address(w->bob), text);
    snprintf(listen, sizeof(listen), "udp:%s", text);
    snprintf(sentence, sizeof(sentence),
             "cannot listen on udp %s: the address is already in use", text);
    o.listen = slice_str(listen);
    refused(w, &o, ERR_IN_USE, sentence);
}

static void an_address_that_is_not_ours(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:a@b");

    o.listen = SLICE("udp:192.0.2.1:0");
    refused(w, &o, ERR_NO_ADDRESS,
            "cannot listen on udp 192.0.2.1:0: the address does not resolve or "
            "is not ours");
}

static void identity_comes_from_the_options(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:carol@example.com");
    struct caller c = { .told = "" };
    char contact[128], text[ADDR_TEXT];
    struct message *m;

    o.display_name = SLICE("Carol \"C\" Q");
    o.user_agent = SLICE("spec/1");
    world_reopen_alice(w, &o);
    assert_slice(ua_uri(w->alice), "sip:carol@example.com");
    addr_text(ua_address(w->alice), text);
    snprintf(contact, sizeof(contact), "<sip:carol@%s>", text);
    assert_slice(ua_contact(w->alice), contact);
    invite(w, &c, w->bob_uri);
    settle(w);
    m = wire_get(&w->wire, ">INVITE", 0);
    assert_has(m, "From: \"Carol \\\"C\\\" Q\" <sip:carol@example.com>;tag=");
    assert_has(m, "User-Agent: spec/1\r\n");
    assert_header(m, "Contact", contact);
    caller_fini(&c);
}

static void without_uri_it_is_the_sockets(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent(NULL);
    char text[ADDR_TEXT], uri[96];

    world_reopen_alice(w, &o);
    addr_text(ua_address(w->alice), text);
    snprintf(uri, sizeof(uri), "sip:%s", text);
    assert_slice(ua_uri(w->alice), uri);
    snprintf(uri, sizeof(uri), "<sip:%s>", text);
    assert_slice(ua_contact(w->alice), uri);
}

static void own_contact_and_server(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct caller c = { .told = "" };

    o.contact = SLICE("<sip:bob@127.0.0.1:9>;q=0.5");
    o.user_agent = SLICE("spec/1");
    w->callee.answers[0] = 180;
    world_reopen_bob(w, &o);
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_header(wire_get(&w->wire, "<180", 0), "Contact",
                  "<sip:bob@127.0.0.1:9>;q=0.5");
    assert_header(wire_get(&w->wire, "<180", 0), "Server", "spec/1");
    caller_fini(&c);
}

/* Two agents of one engine and one listen share a socket. */
static void the_user_tells_agents_apart(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:carol@example.com");
    struct callee carol = { .told = "" };
    struct ua *ua = open_agent(w->theirs, &o, &carol);
    struct engine_objects n;
    struct caller c = { .told = "" };
    char uri[96];

    assert_true(addr_eq(ua_address(ua), ua_address(w->bob)));
    engine_count(w->theirs, &n);
    assert_int_equal(n.sockets, 1);
    uri_of(uri, "carol", ua);
    invite(w, &c, uri);
    settle(w);
    assert_string_equal(carol.told, "INVITE");
    assert_string_equal(w->callee.told, "");
    caller_fini(&c);
    uri_of(uri, "nobody", ua);
    invite(w, &c, uri);
    settle(w);
    assert_string_equal(carol.told, "INVITE");
    assert_string_equal(w->callee.told, "INVITE"); /* the first agent's */
    caller_fini(&c);
    ua_close(w->bob);
    w->bob = NULL;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(carol.told, "INVITE INVITE");
    caller_fini(&c);
    ua_close(ua);
    callee_fini(&carol);
}

static void a_private_socket_is_not_shared(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:carol@example.com");
    struct ua *ua;

    o.private_socket = true;
    ua = open_agent(w->theirs, &o, NULL);
    assert_false(addr_eq(ua_address(ua), ua_address(w->bob)));
    assert_ptr_not_equal(ua_socket(ua), ua_socket(w->bob));
    ua_close(ua);
}

/* They call each other on one socket: both ends of every dialog are there. */
static void two_agents_of_one_socket_talk(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:bob@example.com");
    struct caller c = { .told = "" }, bye = { .told = "" };

    ua_close(w->bob);
    w->bob = open_agent(w->ours, &o, &w->callee);
    uri_of(w->bob_uri, "bob", w->bob);
    assert_ptr_equal(ua_socket(w->bob), ua_socket(w->alice));
    w->callee.answers[0] = 180;
    w->callee.answers[1] = 200;
    invite(w, &c, w->bob_uri);
    settle(w);
    assert_string_equal(c.told, "180 200");
    assert_int_equal(send_inside(&bye, w->callee.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(bye.told, "200");
    assert_string_equal(c.ended, "bye received");
    assert_string_equal(w->callee.told, "INVITE ACK ended:bye sent");
    caller_fini(&c);
    caller_fini(&bye);
}

static void call_between(struct world *w, const char *listen)
{
    struct ua_options a = plain_agent("sip:alice@example.com");
    struct ua_options b = plain_agent("sip:bob@example.com");
    struct caller c = { .told = "" }, bye = { .told = "" };

    a.listen = b.listen = slice_str(listen);
    world_reopen_alice(w, &a);
    world_reopen_bob(w, &b);
    if (addr_is_any(ua_address(w->bob)))
        snprintf(w->bob_uri, sizeof(w->bob_uri), "sip:bob@127.0.0.1:%u",
                 addr_port(ua_address(w->bob)));
    establish(w, &c);
    assert_int_equal(send_inside(&bye, c.session, &kind_bye), ERR_NONE);
    settle(w);
    assert_string_equal(bye.told, "200");
    caller_fini(&c);
    caller_fini(&bye);
}

static void listening_anywhere(void **state)
{
    struct world *w = *state;
    char contact[128];

    call_between(w, "udp:0.0.0.0:0");
    snprintf(contact, sizeof(contact), "<sip:alice@127.0.0.1:%u>",
             addr_port(ua_address(w->alice)));
    assert_slice(ua_contact(w->alice), contact);
}

static void ipv6(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:a@b");
    struct ua *ua;
    char why[160];

    o.listen = SLICE("udp:[::1]:0");
    if (ua_new(&ua, w->ours, &o, NULL, NULL, why) == ERR_NO_ADDRESS) {
        print_message("no IPv6 loopback here\n");
        skip();
    }
    ua_close(ua);
    call_between(w, "udp:[::1]:0");
    assert_true(addr_is_v6(ua_address(w->bob)));
}

static void families_do_not_mix(void **state)
{
    struct world *w = *state;
    struct request_options o = plain_request("sip:bob@[::1]:5060");
    struct request *r;
    char why[160];

    assert_int_equal(
        request_new(&r, w->alice, &kind_invite, &o, NULL, NULL, why),
        ERR_UNSUPPORTED);
    assert_string_equal(why, "\"sip:bob@[::1]:5060\" is IPv6, but the agent "
                             "listens on IPv4");
}

/* Loose and strict proxies get everything; the loose one a Route as well. */
static void a_proxy_gets_everything(void **state)
{
    struct world *w = *state;
    struct ua_options o = plain_agent("sip:alice@example.com");
    struct caller c = { .told = "" };
    char proxy[128], value[160];

    snprintf(proxy, sizeof(proxy), "%s;lr", w->peer_uri);
    snprintf(value, sizeof(value), "<%s>", proxy);
    o.proxy = slice_str(proxy);
    world_reopen_alice(w, &o);
    invite(w, &c, "sip:bob@nowhere.invalid");
    settle(w);
    assert_header(wire_get(&w->peer_wire, "<INVITE", 0), "Route", value);
    assert_has(wire_get(&w->peer_wire, "<INVITE", 0),
               "INVITE sip:bob@nowhere.invalid SIP/2.0\r\n");
    caller_fini(&c);
    o.proxy = slice_str(w->peer_uri);
    world_reopen_alice(w, &o);
    invite(w, &c, "sip:bob@nowhere.invalid");
    settle(w);
    assert_lacks(wire_get(&w->peer_wire, "<INVITE", 1), "Route:");
    caller_fini(&c);
}

/* Closing is silent, twice is once, and a reference outlives all of it. */
static void closing(void **state)
{
    struct world *w = *state;
    struct ua *alice = ua_ref(w->alice);
    struct caller c = { .told = "" }, late = { .told = "" };
    struct caller none = { .told = "" };
    struct request_options o = plain_request(w->bob_uri);
    char why[160];

    establish(w, &c);
    assert_int_equal(ua_open_usages(alice), 1);
    invite(w, &late, w->bob_uri);
    assert_int_equal(ua_open_requests(alice), 1);
    ua_close(w->alice);
    ua_close(w->alice);
    w->alice = NULL;
    assert_true(ua_closed(alice));
    assert_int_equal(ua_open_requests(alice), 0);
    assert_int_equal(ua_open_usages(alice), 0);
    assert_null(ua_socket(alice));
    assert_int_not_equal(addr_port(ua_address(alice)), 0);
    assert_int_equal(session_state(c.session), SESSION_ENDED);
    assert_int_equal(session_ack(c.session, &o), ERR_STATE);
    assert_int_equal(send_inside(&none, c.session, &kind_bye), ERR_STATE);
    assert_int_equal(
        request_new(&none.request, alice, &kind_invite, &o, NULL, NULL, why),
        ERR_STATE);
    assert_string_equal(why, "the agent is closed");
    settle(w);
    assert_string_equal(late.told, "");
    assert_string_equal(c.ended, "");
    caller_fini(&c);
    caller_fini(&late);
    ua_unref(alice);
}

/* A script's garbage goes in any order. */
static void objects_outlive_their_engine(void **state)
{
    struct world *w = *state;
    struct engine *e = open_engine(w->loop, 3);
    struct ua_options o = plain_agent("sip:carol@example.com");
    struct ua *carol = open_agent(e, &o, NULL);
    struct request_options invite_bob = plain_request(w->bob_uri);
    struct caller c = { .told = "" };
    char why[160];

    w->callee.answers[0] = 200;
    assert_int_equal(request_new(&c.request, carol, &kind_invite, &invite_bob,
                                 &caller_ops, &c, why),
                     ERR_NONE);
    settle(w);
    assert_string_equal(c.told, "200");
    engine_free(e);
    assert_int_equal(session_state(c.session), SESSION_ENDED);
    caller_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_spec(bad_texts_are_named),
        world_spec(a_busy_port_is_named),
        world_spec(an_address_that_is_not_ours),
        world_spec(identity_comes_from_the_options),
        world_spec(without_uri_it_is_the_sockets),
        world_spec(own_contact_and_server),
        world_spec(the_user_tells_agents_apart),
        world_spec(a_private_socket_is_not_shared),
        world_spec(two_agents_of_one_socket_talk),
        world_spec(listening_anywhere),
        world_spec(ipv6),
        world_spec(families_do_not_mix),
        world_spec(a_proxy_gets_everything),
        world_spec(closing),
        world_spec(objects_outlive_their_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
