/* SPDX-License-Identifier: MIT */
/* Offer and answer, table by table: the rows of RFC 6337, and what breaks
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/offer.h"
#include "base/mem.h"

/* Transactions are told apart by their addresses alone. */
static const char invite[] = "invite", update[] = "update", prack[] = "prack",
                  again[] = "again";

enum what { SAW, ACCEPTED, REFUSED };

struct step {
    enum what what;
    enum offer_side side;
    enum offer_carrier carrier;
    const void *by;
    const char *sdp; /* NULL: none */
    /* Then: */
    enum signaling state;
    const char *local, *remote; /* NULL: none */
};

static void assert_side(const struct offer *o, enum offer_side side,
                        const char *wanted)
{
    struct slice sdp = offer_sdp(o, side);

    assert_int_equal(slice_present(sdp), wanted != NULL);
    if (wanted)
        assert_true(slice_eq(sdp, slice_str(wanted)));
}

static void run(const struct step *steps, size_t n)
{
    struct offer o = { .state = SIGNALING_STABLE };

    for (size_t i = 0; i < n; i++) {
        const struct step *s = &steps[i];
        struct offer_message m = { s->side, s->carrier, s->by,
                                   slice_str(s->sdp) };

        if (s->what == SAW)
            offer_saw(&o, &m);
        else
            offer_over(&o, s->by, s->what == ACCEPTED);
        if (o.state != s->state)
            fail_msg("step %zu: %s instead of %s", i + 1,
                     signaling_name(o.state), signaling_name(s->state));
        assert_side(&o, OFFER_LOCAL, s->local);
        assert_side(&o, OFFER_REMOTE, s->remote);
    }
    offer_fini(&o);
}

#define RUN(steps) run(steps, array_length(steps))
#define OVER(what, by) what, US, OFFER_IN_REQUEST, by, NULL
#define US OFFER_LOCAL
#define THEM OFFER_REMOTE
#define STABLE SIGNALING_STABLE
#define LOCAL SIGNALING_LOCAL
#define REMOTE SIGNALING_REMOTE

static void offer_in_invite(void **state)
{
    static const struct step steps[] = {
        { SAW, US, OFFER_IN_REQUEST, invite, "o1", LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "a1", STABLE, "o1", "a1" },
        { OVER(ACCEPTED, invite), STABLE, "o1", "a1" },
        { SAW, US, OFFER_IN_ACK, NULL, NULL, STABLE, "o1", "a1" },
    };

    (void)state;
    RUN(steps);
}

static void offer_in_2xx(void **state)
{
    static const struct step steps[] = {
        { SAW, US, OFFER_IN_REQUEST, invite, NULL, STABLE, NULL, NULL },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "o1", REMOTE, NULL, "o1" },
        { OVER(ACCEPTED, invite), REMOTE, NULL, "o1" },
        { SAW, US, OFFER_IN_ACK, NULL, "a1", STABLE, "a1", "o1" },
    };

    (void)state;
    RUN(steps);
}

static void no_answer_in_the_ack(void **state)
{
    static const struct step steps[] = {
        { SAW, THEM, OFFER_IN_REQUEST, invite, NULL, STABLE, NULL, NULL },
        { SAW, US, OFFER_IN_INVITE_REPLY, invite, "o1", LOCAL, "o1", NULL },
        { OVER(ACCEPTED, invite), LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_ACK, NULL, NULL, STABLE, NULL, NULL },
    };

    (void)state;
    RUN(steps);
}

/* RFC 3261 13.2.1: the same again in the 2xx is no offer. */
static void answer_in_a_reliable_1xx(void **state)
{
    static const struct step steps[] = {
        { SAW, US, OFFER_IN_REQUEST, invite, "o1", LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "a1", STABLE, "o1", "a1" },
        { SAW, US, OFFER_IN_REQUEST, update, "o2", LOCAL, "o2", "a1" },
        { SAW, THEM, OFFER_IN_REPLY, update, "a2", STABLE, "o2", "a2" },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "a1", STABLE, "o2", "a2" },
        { OVER(ACCEPTED, invite), STABLE, "o2", "a2" },
        /* The next INVITE may be known by the same address. */
        { SAW, US, OFFER_IN_REQUEST, invite, NULL, STABLE, "o2", "a2" },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "o3", REMOTE, "o2", "o3" },
    };

    (void)state;
    RUN(steps);
}

static void offer_in_a_reliable_1xx(void **state)
{
    static const struct step steps[] = {
        { SAW, US, OFFER_IN_REQUEST, invite, NULL, STABLE, NULL, NULL },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "o1", REMOTE, NULL, "o1" },
        { SAW, US, OFFER_IN_PRACK, prack, "a1", STABLE, "a1", "o1" },
        { OVER(ACCEPTED, prack), STABLE, "a1", "o1" },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "o1", STABLE, "a1", "o1" },
    };

    (void)state;
    RUN(steps);
}

static void offer_in_prack(void **state)
{
    static const struct step steps[] = {
        { SAW, THEM, OFFER_IN_REQUEST, invite, "o1", REMOTE, NULL, "o1" },
        { SAW, US, OFFER_IN_INVITE_REPLY, invite, "a1", STABLE, "a1", "o1" },
        { SAW, THEM, OFFER_IN_PRACK, prack, "o2", REMOTE, "a1", "o2" },
        { SAW, US, OFFER_IN_REPLY, prack, "a2", STABLE, "a2", "o2" },
    };

    (void)state;
    RUN(steps);
}

/* RFC 6337 3.1.1: not reliable, it shows what the answer will be. */
static void preview(void **state)
{
    static const struct step steps[] = {
        { SAW, US, OFFER_IN_REQUEST, invite, "o1", LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_PREVIEW, invite, "p1", LOCAL, "o1", "p1" },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "a1", STABLE, "o1", "a1" },
        { SAW, US, OFFER_IN_REQUEST, again, "o2", LOCAL, "o2", "a1" },
        { SAW, THEM, OFFER_IN_PREVIEW, again, "p2", LOCAL, "o2", "p2" },
        { OVER(REFUSED, again), STABLE, "o1", "a1" },
        { SAW, THEM, OFFER_IN_PREVIEW, again, "p3", STABLE, "o1", "a1" },
    };

    (void)state;
    RUN(steps);
}

static void refused_offers(void **state)
{
    static const struct step steps[] = {
        { SAW, US, OFFER_IN_REQUEST, invite, "o1", LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "a1", STABLE, "o1", "a1" },
        { SAW, THEM, OFFER_IN_REQUEST, again, "o2", REMOTE, "o1", "o2" },
        { OVER(REFUSED, invite), REMOTE, "o1", "o2" }, /* of another */
        { OVER(REFUSED, again), STABLE, "o1", "a1" },
        { SAW, US, OFFER_IN_REQUEST, update, "o3", LOCAL, "o3", "a1" },
        { OVER(ACCEPTED, update), STABLE, "o1", "a1" }, /* and no answer */
        { SAW, US, OFFER_IN_REQUEST, again, NULL, STABLE, "o1", "a1" },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, again, "o4", REMOTE, "o1", "o4" },
        { OVER(REFUSED, again), STABLE, "o1", "a1" },
    };

    (void)state;
    RUN(steps);
}

/* What crosses an open offer is neither its answer nor another offer. */
static void crossing_offers(void **state)
{
    static const struct step steps[] = {
        { SAW, US, OFFER_IN_REQUEST, invite, "o1", LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_REQUEST, update, "o2", LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_PRACK, prack, "o3", LOCAL, "o1", NULL },
        { SAW, THEM, OFFER_IN_REPLY, update, "o4", LOCAL, "o1", NULL },
        { SAW, US, OFFER_IN_REQUEST, update, "o5", LOCAL, "o1", NULL },
        { SAW, US, OFFER_IN_REQUEST, invite, "o6", LOCAL, "o6", NULL },
        { SAW, THEM, OFFER_IN_INVITE_REPLY, invite, "a6", STABLE, "o6", "a6" },
        { SAW, THEM, OFFER_IN_REPLY, update, "o7", STABLE, "o6", "a6" },
        { SAW, THEM, OFFER_IN_ACK, NULL, "o8", STABLE, "o6", "a6" },
    };

    (void)state;
    RUN(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offer_in_invite),
        cmocka_unit_test(offer_in_2xx),
        cmocka_unit_test(no_answer_in_the_ack),
        cmocka_unit_test(answer_in_a_reliable_1xx),
        cmocka_unit_test(offer_in_a_reliable_1xx),
        cmocka_unit_test(offer_in_prack),
        cmocka_unit_test(preview),
        cmocka_unit_test(refused_offers),
        cmocka_unit_test(crossing_offers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
