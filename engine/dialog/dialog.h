/* SPDX-License-Identifier: MIT */
/*
 * Dialogs (RFC 3261 section 12): identity, route set, remote target, the one
 * source of CSeq numbers. No I/O: it says what a request inside the dialog
 * looks like and judges the ones that come.
 */
#ifndef SIPWRIGHT_DIALOG_DIALOG_H
#define SIPWRIGHT_DIALOG_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/slice.h"
#include "message/message.h"
#include "message/render.h"

struct dialog;

/* All dialogs of one engine, found by Call-ID, local tag and remote tag. */
struct dialog_table;
struct dialog_table *dialog_table_new(void);
void dialog_table_free(struct dialog_table *t); /* must be empty */
size_t dialog_table_count(const struct dialog_table *t);
struct dialog *dialog_find(const struct dialog_table *t, struct slice call_id,
                           struct slice local_tag, struct slice remote_tag);
/* The dialog that a request which came (To tag ours) belongs to. */
struct dialog *dialog_of_request(const struct dialog_table *t,
                                 const struct message *request);
/* The dialog that a response to our request belongs to (From tag ours). */
struct dialog *dialog_of_response(const struct dialog_table *t,
                                  const struct message *response);

enum dialog_state { DIALOG_EARLY, DIALOG_CONFIRMED, DIALOG_ENDED };

/*
 * Client side, from a 1xx with To tag or a 2xx (12.1.2): route set from
 * Record-Route in reverse, remote target from Contact (absent: Request-URI is
 * kept). A To without tag is legal (RFC 2543 peers): empty remote tag.
 * ERR_STATE when this dialog exists.
 */
int dialog_new_uac(struct dialog **out, struct dialog_table *t,
                   const struct message *request,
                   const struct message *response);

/*
 * Server side, from a request and the To tag that we gave it (12.1.1). A
 * request whose To has that tag already (a NOTIFY that overtook the 2xx of its
 * SUBSCRIBE) will do as well. Without Contact the From URI is the remote
 * target. Early until dialog_confirm(). ERR_STATE when this dialog exists.
 */
int dialog_new_uas(struct dialog **out, struct dialog_table *t,
                   const struct message *request, struct slice local_tag);

/* One reference is the maker's. The last one takes it out of the table and
 * frees it. NULL-safe. */
struct dialog *dialog_ref(struct dialog *d);
void dialog_unref(struct dialog *d);

/* Early to confirmed; on the client side the route set is computed anew from
 * the 2xx (13.2.2.4), the remote target from its Contact if it has one. On the
 * server side `response` may be NULL. No effect but on an early dialog. */
void dialog_confirm(struct dialog *d, const struct message *response);
/* Out of the table, state ENDED; dialog_fill() goes on to work for its BYE. */
void dialog_end(struct dialog *d);

/* Target refresh (12.2): the Contact of a re-INVITE, UPDATE, SUBSCRIBE, NOTIFY
 * or REFER, or of its 2xx, becomes the remote target, if there is one. */
void dialog_refresh_target(struct dialog *d, const struct message *m);

enum dialog_state dialog_state(const struct dialog *d);
struct slice dialog_call_id(const struct dialog *d);
struct slice dialog_local_tag(const struct dialog *d);
struct slice dialog_remote_tag(const struct dialog *d);
struct slice dialog_remote_target(const struct dialog *d);
struct slice dialog_local_uri(const struct dialog *d);  /* From of our requests,
                                                           tag included */
struct slice dialog_remote_uri(const struct dialog *d); /* To, tag included */
bool dialog_is_uac(const struct dialog *d);

/* Head of a list of its users' own: what stands on the dialog (a session,
 * subscriptions). They unlink themselves. */
struct list *dialog_usages(struct dialog *d);

/* Next local CSeq number; the first follows the INVITE's, on the server side
 * it is 1. */
uint32_t dialog_next_cseq(struct dialog *d);
uint32_t dialog_local_cseq(const struct dialog *d); /* latest used */
void dialog_set_local_cseq(struct dialog *d, uint32_t cseq);

/*
 * Judges the CSeq of a request that came (12.2.2): ERR_NONE and it becomes the
 * remote one; ERR_STATE when it is lower, or equal (a 500 is due). An equal one
 * is no repeat, as the transaction layer has absorbed those: another request
 * with a number that was used, where each must have one more (12.2.1.1). ACK
 * and CANCEL are not judged.
 */
int dialog_accept_cseq(struct dialog *d, uint32_t cseq);

/*
 * Fills Request-URI, Route lines, From, To and Call-ID of a request inside the
 * dialog, strict routers included (12.2.1.1). The views live as long as the
 * dialog is not refreshed or freed.
 */
void dialog_fill(const struct dialog *d, struct render_request *r);

/* The URI whose host and port such a request goes to: the first route, or the
 * remote target. */
struct slice dialog_next_hop(const struct dialog *d);

#endif
