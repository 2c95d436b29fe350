/* SPDX-License-Identifier: MIT */
/* A 423 answered with a new attempt that asks for as long as it wants. */
#include "agent/refresh.h"
#include "agent/registration.h"
#include "agent/request_private.h"
#include "base/err.h"

/* Those that live for an interval of the client's choice (RFC 3261 10.2.8, RFC
 * 6665 4.1.2.1, RFC 3903 4.2). */
static bool has_interval(const struct request *r)
{
    return r->kind->id == METHOD_REGISTER || r->kind->id == METHOD_SUBSCRIBE ||
           r->kind->id == METHOD_PUBLISH;
}

/* "expires" of one Contact; a 0 takes it away and is never too short. */
static bool is_too_short(const struct registration_contact *k, uint32_t least,
                         struct slice *digits)
{
    uint32_t seconds;

    *digits = wire_param_get(k->params, "expires");
    return slice_u32(*digits, &seconds) == ERR_NONE && seconds &&
           seconds < least;
}

/* All the Contacts, those that are too short made longer; false: none is. */
static bool add_contacts(const struct message *m, uint32_t least,
                         struct buf *out)
{
    struct header_cursor c = { 0 };
    struct registration_contact k;
    struct slice digits;
    size_t first = out->n, done;
    bool any = false;

    while (registration_next(m, &c, &k)) {
        buf_str(out, out->n == first ? "Contact: " : ", ");
        done = 0;
        if (is_too_short(&k, least, &digits)) {
            any = true;
            buf_add(out, k.value.p, (size_t)(digits.p - k.value.p));
            buf_u64(out, least);
            done = (size_t)(digits.p + digits.n - k.value.p);
        }
        buf_add(out, k.value.p + done, k.value.n - done);
    }
    if (any)
        buf_lit(out, "\r\n");
    else
        out->n = first;
    return any;
}

/* An Expires there is; or none, and no Contact says how long either. */
static bool wants_expires(const struct message *m, uint32_t least,
                          bool contacts)
{
    uint32_t seconds;

    if (!slice_present(message_header(m, SLICE("Expires"), 0)))
        return !contacts;
    return refresh_expires(m, &seconds) && seconds && seconds < least;
}

/* False: what the request asks for is no matter of seconds too few. */
static bool add_lines(const struct message *m, uint32_t least, struct buf *out)
{
    bool contacts;

    if (registration_removes(m))
        return false;
    contacts = add_contacts(m, least, out);
    if (!wants_expires(m, least, contacts))
        return contacts;
    buf_lit(out, "Expires: ");
    buf_u64(out, least);
    buf_lit(out, "\r\n");
    return true;
}

bool request_raise_interval(struct request *r, struct message *response)
{
    struct slice text = message_header(response, SLICE("Min-Expires"), 0);
    struct buf lines = { 0 };
    struct again again = { 0 };
    uint32_t least;
    int err = ERR_STATE;

    if (response->w.status != 423 || r->interval_raised || !has_interval(r) ||
        !(r->automatic & auto_bit(AUTO_REFRESH)) ||
        slice_u32(text, &least) != ERR_NONE || !least)
        return false;
    if (add_lines(r->message, least, &lines)) {
        r->interval_raised = true;
        again.lines = buf_view(&lines);
        err = request_again(r, &again);
    }
    buf_fini(&lines);
    return err == ERR_NONE;
}
