/* SPDX-License-Identifier: MIT */
/* Units of dialogs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "dialog/dialog.h"

#define assert_text(s, text)                                        \
    do {                                                            \
        struct slice text_ = (s);                                   \
        assert_int_equal(text_.n, strlen(text));                    \
        assert_memory_equal(text_.p ? text_.p : "", text, text_.n); \
    } while (0)

#define CONTACT(uri) "Contact: <" uri ">\r\n"
#define PATH3                                                  \
    "Record-Route: <sip:p1;lr>,\r\n <sip:p2;lr>;x=\"a,b\"\r\n" \
    "RECORD-ROUTE: <sip:p3;lr>\r\n"

static int set_up(void **state)
{
    *state = dialog_table_new();
    return 0;
}

static int tear_down(void **state)
{
    assert_int_equal(dialog_table_count(*state), 0);
    dialog_table_free(*state);
    return 0;
}

/* A message from its first line, From and To values, and further lines. */
static struct message *make(const char *start, const char *from, const char *to,
                            const char *lines)
{
    struct buf text = { 0 };
    struct message *m;

    buf_fmt(&text,
            "%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: %s\r\n"
            "To: %s\r\nCall-ID: call@h\r\nCSeq: 7 INVITE\r\n%s"
            "Content-Length: 0\r\n\r\n",
            start, from, to, lines);
    assert_int_equal(message_new(&m, text.p, text.n, 0, 0), ERR_NONE);
    buf_fini(&text);
    return m;
}

#define CALLER "\"A\" <sip:alice@a>;tag=at"
#define CALLED "<sip:bob@b>"

static struct message *invite(const char *lines)
{
    return make("INVITE sip:bob@b SIP/2.0", CALLER, CALLED, lines);
}

static struct message *response(const char *status, const char *tag,
                                const char *lines)
{
    char start[64], to[64];

    snprintf(start, sizeof(start), "SIP/2.0 %s", status);
    snprintf(to, sizeof(to), "%s%s%s", CALLED, *tag ? ";tag=" : "", tag);
    return make(start, CALLER, to, lines);
}

static struct dialog *uac(struct dialog_table *t, const char *status,
                          const char *tag, const char *lines)
{
    struct message *request = invite(CONTACT("sip:alice@1.2.3.4"));
    struct message *answer = response(status, tag, lines);
    struct dialog *d;

    assert_int_equal(dialog_new_uac(&d, t, request, answer), ERR_NONE);
    message_unref(request);
    message_unref(answer);
    return d;
}

static struct dialog *uas(struct dialog_table *t, const char *lines)
{
    struct message *request = invite(lines);
    struct dialog *d;

    assert_int_equal(dialog_new_uas(&d, t, request, SLICE("bt")), ERR_NONE);
    message_unref(request);
    return d;
}

static void expect_request(const struct dialog *d, const char *uri,
                           const char *routes, const char *next_hop)
{
    struct render_request r = { .max_forwards = 70, .cseq = 3 };

    dialog_fill(d, &r);
    assert_text(r.uri, uri);
    assert_int_equal(slice_present(r.route_lines), *routes != '\0');
    assert_text(r.route_lines, routes);
    assert_text(dialog_next_hop(d), next_hop);
    /* The rest is the caller's. */
    assert_int_equal(r.max_forwards, 70);
    assert_int_equal(r.cseq, 3);
    assert_false(slice_present(r.method));
    assert_false(slice_present(r.contact));
}

static void client_side_identity(void **state)
{
    struct dialog *d =
        uac(*state, "180 Ringing", "bt", CONTACT("sip:bob@5.6.7.8"));
    struct render_request r = { 0 };

    assert_int_equal(dialog_state(d), DIALOG_EARLY);
    assert_true(dialog_is_uac(d));
    assert_text(dialog_call_id(d), "call@h");
    assert_text(dialog_local_tag(d), "at");
    assert_text(dialog_remote_tag(d), "bt");
    assert_text(dialog_local_uri(d), "\"A\" <sip:alice@a>;tag=at");
    assert_text(dialog_remote_uri(d), "<sip:bob@b>;tag=bt");
    assert_text(dialog_remote_target(d), "sip:bob@5.6.7.8");
    dialog_fill(d, &r);
    assert_text(r.from, "\"A\" <sip:alice@a>;tag=at");
    assert_text(r.to, "<sip:bob@b>;tag=bt");
    assert_text(r.call_id, "call@h");
    expect_request(d, "sip:bob@5.6.7.8", "", "sip:bob@5.6.7.8");
    dialog_unref(d);
}

static void server_side_identity(void **state)
{
    struct dialog *d = uas(*state, CONTACT("sip:alice@1.2.3.4"));
    struct render_request r = { 0 };

    assert_int_equal(dialog_state(d), DIALOG_EARLY);
    assert_false(dialog_is_uac(d));
    assert_text(dialog_local_tag(d), "bt");
    assert_text(dialog_remote_tag(d), "at");
    assert_text(dialog_local_uri(d), "<sip:bob@b>;tag=bt");
    assert_text(dialog_remote_uri(d), "\"A\" <sip:alice@a>;tag=at");
    dialog_fill(d, &r);
    assert_text(r.from, "<sip:bob@b>;tag=bt");
    assert_text(r.to, "\"A\" <sip:alice@a>;tag=at");
    expect_request(d, "sip:alice@1.2.3.4", "", "sip:alice@1.2.3.4");
    dialog_unref(d);
}

static void a_2xx_makes_a_confirmed_one(void **state)
{
    struct dialog *d = uac(*state, "200 OK", "bt", CONTACT("sip:b"));

    assert_int_equal(dialog_state(d), DIALOG_CONFIRMED);
    dialog_unref(d);
}

static void without_contact(void **state)
{
    struct dialog *d = uac(*state, "180 Ringing", "1", "");

    assert_text(dialog_remote_target(d), "sip:bob@b");
    dialog_unref(d);
    d = uac(*state, "180 Ringing", "2", "Contact: *\r\n");
    assert_text(dialog_remote_target(d), "sip:bob@b");
    dialog_unref(d);
    d = uas(*state, "");
    assert_text(dialog_remote_target(d), "sip:alice@a");
    dialog_unref(d);
}

static void contact_in_every_spelling(void **state)
{
    static const struct {
        const char *line, *target;
    } cases[] = {
        { "m: sip:x@y;expires=3\r\n", "sip:x@y" },
        { "Contact: \"X, <y>\" <sip:x@y;a=1>;q=1, <sip:z>\r\n", "sip:x@y;a=1" },
        { "contact:\r\n  X\r\n <sips:[::1]:5>\r\n", "sips:[::1]:5" },
        { "Contact: <tel:+123>\r\n", "tel:+123" },
    };

    for (size_t i = 0; i < array_length(cases); i++) {
        struct dialog *d = uac(*state, "200 OK", "t", cases[i].line);

        assert_text(dialog_remote_target(d), cases[i].target);
        dialog_unref(d);
    }
}

static void folds_become_spaces(void **state)
{
    struct message *request = make("INVITE sip:bob@b SIP/2.0",
                                   "\"A\"\r\n\t <sip:alice@a>\r\n ;tag=at",
                                   "Bob\r\n <sip:bob@b>", "");
    struct dialog *d;

    assert_int_equal(dialog_new_uas(&d, *state, request, SLICE("bt")),
                     ERR_NONE);
    assert_text(dialog_local_uri(d), "Bob <sip:bob@b>;tag=bt");
    assert_text(dialog_remote_uri(d), "\"A\" <sip:alice@a> ;tag=at");
    dialog_unref(d);
    message_unref(request);
}

static void the_client_reverses_the_routes(void **state)
{
    struct dialog *d =
        uac(*state, "200 OK", "bt", PATH3 CONTACT("sip:bob@5.6.7.8"));

    expect_request(d, "sip:bob@5.6.7.8",
                   "Route: <sip:p3;lr>\r\n"
                   "Route: <sip:p2;lr>;x=\"a,b\"\r\n"
                   "Route: <sip:p1;lr>\r\n",
                   "sip:p3;lr");
    dialog_unref(d);
}

static void the_server_keeps_their_order(void **state)
{
    struct dialog *d = uas(*state, PATH3 CONTACT("sip:alice@1.2.3.4"));

    expect_request(d, "sip:alice@1.2.3.4",
                   "Route: <sip:p1;lr>\r\n"
                   "Route: <sip:p2;lr>;x=\"a,b\"\r\n"
                   "Route: <sip:p3;lr>\r\n",
                   "sip:p1;lr");
    dialog_unref(d);
}

static void a_strict_router_gets_the_request_uri(void **state)
{
    struct dialog *d =
        uas(*state, "Record-Route: <sip:p1:99;transport=udp;method=INVITE"
                    ";x?Subject=a>\r\n"
                    "Record-Route: <sip:p2;lr>\r\n" CONTACT("sip:alice@c"));

    expect_request(d, "sip:p1:99;transport=udp;x",
                   "Route: <sip:p2;lr>\r\nRoute: <sip:alice@c>\r\n",
                   "sip:p1:99;transport=udp;method=INVITE;x?Subject=a");
    dialog_unref(d);
    d = uas(*state, "Record-Route: <sip:p1?Subject=a>\r\n" CONTACT("sip:c"));
    expect_request(d, "sip:p1", "Route: <sip:c>\r\n", "sip:p1?Subject=a");
    dialog_unref(d);
    d = uac(*state, "200 OK", "bt",
            "Record-Route: <sip:p1;lr>, <sip:p2>\r\n" CONTACT("sip:bob@c"));
    expect_request(d, "sip:p2", "Route: <sip:p1;lr>\r\nRoute: <sip:bob@c>\r\n",
                   "sip:p2");
    dialog_unref(d);
}

static void a_strict_router_follows_the_target(void **state)
{
    struct dialog *d =
        uas(*state, "Record-Route: <sip:p1>\r\n" CONTACT("sip:alice@c"));
    struct message *again = invite(CONTACT("sip:alice@elsewhere"));

    dialog_refresh_target(d, again);
    expect_request(d, "sip:p1", "Route: <sip:alice@elsewhere>\r\n", "sip:p1");
    dialog_unref(d);
    message_unref(again);
}

static void a_strict_router_further_on_changes_nothing(void **state)
{
    struct dialog *d = uas(
        *state, "Record-Route: <sip:p1;lr>,<sip:p2>\r\n" CONTACT("sip:a@c"));

    expect_request(d, "sip:a@c", "Route: <sip:p1;lr>\r\nRoute: <sip:p2>\r\n",
                   "sip:p1;lr");
    dialog_unref(d);
}

static void an_unreadable_first_route_leads_nowhere(void **state)
{
    struct dialog *d =
        uas(*state, "Record-Route: <>\r\n" CONTACT("sip:alice@c"));

    expect_request(d, "sip:alice@c", "Route: <>\r\n", "sip:alice@c");
    dialog_unref(d);
}

static void many_routes(void **state)
{
    struct buf lines = { 0 }, wanted = { 0 };
    struct dialog *d;

    for (int i = 0; i < 50; i++) {
        buf_fmt(&lines, "Record-Route: <sip:p%d;lr>\r\n", i);
        buf_fmt(&wanted, "Route: <sip:p%d;lr>\r\n", 49 - i);
    }
    buf_lit(&lines, CONTACT("sip:c"));
    buf_char(&lines, '\0');
    buf_char(&wanted, '\0');
    d = uac(*state, "200 OK", "bt", lines.p);
    expect_request(d, "sip:c", wanted.p, "sip:p49;lr");
    dialog_unref(d);
    buf_fini(&lines);
    buf_fini(&wanted);
}

static void confirming_takes_the_routes_of_the_2xx(void **state)
{
    struct dialog *d = uac(*state, "180 Ringing", "bt",
                           "Record-Route: <sip:old>\r\n" CONTACT("sip:early"));
    struct message *ok = response(
        "200 OK", "bt",
        "Record-Route: <sip:p1;lr>,<sip:p2;lr>\r\n" CONTACT("sip:late"));
    struct message *repeat = response("200 OK", "bt", CONTACT("sip:other"));

    expect_request(d, "sip:old", "Route: <sip:early>\r\n", "sip:old");
    dialog_confirm(d, ok);
    assert_int_equal(dialog_state(d), DIALOG_CONFIRMED);
    expect_request(d, "sip:late",
                   "Route: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n", "sip:p2;lr");
    dialog_confirm(d, repeat);
    expect_request(d, "sip:late",
                   "Route: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n", "sip:p2;lr");
    dialog_unref(d);
    message_unref(ok);
    message_unref(repeat);
}

static void a_bare_2xx_empties_the_routes_and_keeps_the_target(void **state)
{
    struct dialog *d = uac(*state, "180 Ringing", "bt",
                           "Record-Route: <sip:p;lr>\r\n" CONTACT("sip:e"));
    struct message *ok = response("200 OK", "bt", "");

    dialog_confirm(d, ok);
    expect_request(d, "sip:e", "", "sip:e");
    dialog_unref(d);
    message_unref(ok);
}

static void the_server_confirms_without_looking(void **state)
{
    struct dialog *d =
        uas(*state, "Record-Route: <sip:p;lr>\r\n" CONTACT("sip:alice@c"));
    struct message *ok = response("200 OK", "bt", CONTACT("sip:ourselves"));

    dialog_confirm(d, ok);
    assert_int_equal(dialog_state(d), DIALOG_CONFIRMED);
    expect_request(d, "sip:alice@c", "Route: <sip:p;lr>\r\n", "sip:p;lr");
    dialog_unref(d);
    message_unref(ok);
    d = uas(*state, CONTACT("sip:alice@c"));
    dialog_confirm(d, NULL);
    assert_int_equal(dialog_state(d), DIALOG_CONFIRMED);
    dialog_unref(d);
}

static void target_refresh(void **state)
{
    struct dialog *d = uac(*state, "200 OK", "bt",
                           "Record-Route: <sip:p;lr>\r\n" CONTACT("sip:b@1"));
    struct message *with = response(
        "200 OK", "bt", "Record-Route: <sip:q;lr>\r\n" CONTACT("sip:b@2"));
    struct message *without = response("200 OK", "bt", "");

    dialog_refresh_target(d, with);
    expect_request(d, "sip:b@2", "Route: <sip:p;lr>\r\n", "sip:p;lr");
    dialog_refresh_target(d, without);
    expect_request(d, "sip:b@2", "Route: <sip:p;lr>\r\n", "sip:p;lr");
    dialog_unref(d);
    message_unref(with);
    message_unref(without);
}

static void client_cseq(void **state)
{
    struct dialog *d = uac(*state, "200 OK", "bt", "");

    assert_int_equal(dialog_local_cseq(d), 7);
    assert_int_equal(dialog_next_cseq(d), 8);
    assert_int_equal(dialog_next_cseq(d), 9);
    assert_int_equal(dialog_local_cseq(d), 9);
    dialog_set_local_cseq(d, 100);
    assert_int_equal(dialog_next_cseq(d), 101);
    /* Nothing has come yet: any number is the first, 0 too. */
    assert_int_equal(dialog_accept_cseq(d, 0), ERR_NONE);
    assert_int_equal(dialog_accept_cseq(d, 0), ERR_STATE);
    assert_int_equal(dialog_accept_cseq(d, 1), ERR_NONE);
    dialog_unref(d);
}

static void server_cseq(void **state)
{
    struct dialog *d = uas(*state, "");

    assert_int_equal(dialog_local_cseq(d), 0);
    assert_int_equal(dialog_next_cseq(d), 1);
    assert_int_equal(dialog_accept_cseq(d, 6), ERR_STATE);
    assert_int_equal(dialog_accept_cseq(d, 7), ERR_STATE);
    assert_int_equal(dialog_accept_cseq(d, 8), ERR_NONE);
    assert_int_equal(dialog_accept_cseq(d, 8), ERR_STATE);
    assert_int_equal(dialog_accept_cseq(d, 4000000000), ERR_NONE);
    assert_int_equal(dialog_accept_cseq(d, 9), ERR_STATE);
    dialog_unref(d);
}

static void lookups(void **state)
{
    struct dialog_table *t = *state;
    struct dialog *first = uac(t, "180 Ringing", "b1", "");
    struct dialog *second = uac(t, "183 Progress", "b2", "");
    struct message *bye =
        make("BYE sip:alice@1.2.3.4 SIP/2.0", "<sip:bob@b>;tag=b2", CALLER, "");
    struct message *ok = response("200 OK", "b1", "");
    struct message *other = response("200 OK", "b3", "");

    assert_int_equal(dialog_table_count(t), 2);
    assert_ptr_equal(dialog_find(t, SLICE("call@h"), SLICE("at"), SLICE("b1")),
                     first);
    assert_null(dialog_find(t, SLICE("call@h"), SLICE("b1"), SLICE("at")));
    assert_null(dialog_find(t, SLICE("Call@h"), SLICE("at"), SLICE("b1")));
    assert_null(dialog_find(t, SLICE("call@h"), SLICE("at"), SLICE("B1")));
    assert_ptr_equal(dialog_of_request(t, bye), second);
    assert_ptr_equal(dialog_of_response(t, ok), first);
    assert_null(dialog_of_response(t, other));
    assert_null(dialog_of_request(t, ok));
    dialog_unref(first);
    assert_null(dialog_of_response(t, ok));
    assert_ptr_equal(dialog_of_request(t, bye), second);
    dialog_unref(second);
    message_unref(bye);
    message_unref(ok);
    message_unref(other);
}

static void the_same_dialog_twice_is_refused(void **state)
{
    struct dialog_table *t = *state;
    struct dialog *d = uac(t, "180 Ringing", "bt", "");
    struct dialog *served = uas(t, "");
    struct message *request = invite("");
    struct message *ok = response("200 OK", "bt", "");
    struct dialog *again = d;

    assert_int_equal(dialog_new_uac(&again, t, request, ok), ERR_STATE);
    assert_null(again);
    again = d;
    assert_int_equal(dialog_new_uas(&again, t, request, SLICE("bt")),
                     ERR_STATE);
    assert_null(again);
    /* Both ends of one call in one table are two dialogs. */
    assert_int_equal(dialog_table_count(t), 2);
    assert_ptr_equal(dialog_of_response(t, ok), d);
    assert_ptr_not_equal(served, d);
    dialog_unref(d);
    dialog_unref(served);
    message_unref(request);
    message_unref(ok);
}

static void ending_leaves_the_table_only(void **state)
{
    struct dialog_table *t = *state;
    struct dialog *d = uac(t, "200 OK", "bt", CONTACT("sip:b@1"));
    struct message *ok = response("200 OK", "bt", "");

    dialog_end(d);
    assert_int_equal(dialog_state(d), DIALOG_ENDED);
    assert_int_equal(dialog_table_count(t), 0);
    assert_null(dialog_of_response(t, ok));
    expect_request(d, "sip:b@1", "", "sip:b@1");
    dialog_confirm(d, ok);
    dialog_end(d);
    assert_int_equal(dialog_state(d), DIALOG_ENDED);
    dialog_unref(d);
    dialog_unref(NULL);
    message_unref(ok);
}

static void peers_without_tags(void **state)
{
    struct dialog_table *t = *state;
    struct dialog *d = uac(t, "200 OK", "", CONTACT("sip:b@1"));
    struct message *bye =
        make("BYE sip:alice@1.2.3.4 SIP/2.0", CALLED, CALLER, "");
    struct message *old = make("INVITE sip:bob@b SIP/2.0", "<sip:old@a>",
                               CALLED, CONTACT("sip:old@1"));
    struct message *old_bye =
        make("BYE sip:bob@b SIP/2.0", "<sip:old@a>", "<sip:bob@b>;tag=bt", "");
    struct dialog *served;

    assert_text(dialog_remote_tag(d), "");
    assert_text(dialog_remote_uri(d), "<sip:bob@b>");
    assert_ptr_equal(dialog_of_request(t, bye), d);
    assert_int_equal(dialog_new_uas(&served, t, old, SLICE("bt")), ERR_NONE);
    assert_text(dialog_remote_tag(served), "");
    assert_ptr_equal(dialog_of_request(t, old_bye), served);
    assert_ptr_equal(dialog_find(t, SLICE("call@h"), SLICE("bt"), SLICE("")),
                     served);
    dialog_unref(d);
    dialog_unref(served);
    message_unref(bye);
    message_unref(old);
    message_unref(old_bye);
}

/* RFC 6665 4.4.1: a NOTIFY may come before the 2xx of its SUBSCRIBE. */
static void a_to_that_has_our_tag_stays_as_it_is(void **state)
{
    struct message *notify =
        make("NOTIFY sip:alice@1.2.3.4 SIP/2.0", "<sip:bob@b>;tag=bt", CALLER,
             PATH3 CONTACT("sip:bob@c"));
    struct dialog *d;

    assert_int_equal(dialog_new_uas(&d, *state, notify, notify->w.to_tag),
                     ERR_NONE);
    assert_text(dialog_local_uri(d), CALLER);
    assert_text(dialog_local_tag(d), "at");
    dialog_unref(d);
    message_unref(notify);
}

static void its_users_hang_on_it(void **state)
{
    struct dialog *d = uac(*state, "200 OK", "bt", "");
    struct list usage = { 0 };

    assert_true(list_empty(dialog_usages(d)));
    list_append(dialog_usages(d), &usage);
    dialog_ref(d);
    dialog_unref(d);
    assert_ptr_equal(list_first(dialog_usages(d)), &usage);
    list_unlink(&usage);
    dialog_unref(d);
    dialog_table_free(NULL);
}

/* Everything that the dialog says outlives the messages it came from (they
 * are gone in all tests), and one dialog does not disturb another. */
static void thousands(void **state)
{
    enum { MANY = 3000 };
    struct dialog_table *t = *state;
    struct dialog **all = mem_alloc(MANY * sizeof(struct dialog *));
    char tag[16];

    for (int i = 0; i < MANY; i++) {
        snprintf(tag, sizeof(tag), "b%d", i);
        all[i] = uac(t, "180 Ringing", tag, "");
    }
    assert_int_equal(dialog_table_count(t), MANY);
    for (int i = 0; i < MANY; i++) {
        snprintf(tag, sizeof(tag), "b%d", i);
        assert_ptr_equal(
            dialog_find(t, SLICE("call@h"), SLICE("at"), slice_str(tag)),
            all[i]);
        dialog_unref(all[i]);
    }
    mem_free(all);
}

#define unit(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(client_side_identity),
        unit(server_side_identity),
        unit(a_2xx_makes_a_confirmed_one),
        unit(without_contact),
        unit(contact_in_every_spelling),
        unit(folds_become_spaces),
        unit(the_client_reverses_the_routes),
        unit(the_server_keeps_their_order),
        unit(a_strict_router_gets_the_request_uri),
        unit(a_strict_router_follows_the_target),
        unit(a_strict_router_further_on_changes_nothing),
        unit(an_unreadable_first_route_leads_nowhere),
        unit(many_routes),
        unit(confirming_takes_the_routes_of_the_2xx),
        unit(a_bare_2xx_empties_the_routes_and_keeps_the_target),
        unit(the_server_confirms_without_looking),
        unit(target_refresh),
        unit(client_cseq),
        unit(server_cseq),
        unit(lookups),
        unit(the_same_dialog_twice_is_refused),
        unit(ending_leaves_the_table_only),
        unit(peers_without_tags),
        unit(a_to_that_has_our_tag_stays_as_it_is),
        unit(its_users_hang_on_it),
        unit(thousands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
