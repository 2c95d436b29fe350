/* SPDX-License-Identifier: MIT */
/* request:cancel() and request:dispose(): its end before its time. */
#include "base/err.h"
#include "script/args.h"
#include "script/lerror.h"
#include "script/loptions.h"
#include "script/lrequest.h"

/* That it cannot be cancelled any more may have crossed the script's way. */
static int not_cancelled(lua_State *L, const struct lrequest *lr, int err)
{
    enum request_state state = request_state(lr->r);

    if (state == REQUEST_DISPOSED)
        return lerror_return(L, "disposed", "the request was disposed of");
    if (state == REQUEST_DONE)
        return lerror_return(L, "final", "the request has its outcome already");
    if (err == ERR_UNSUPPORTED)
        return lerror_return(L, err_name(err),
                             "the request is no INVITE: only `force` cancels "
                             "it");
    return lerror_return_err(L, err, "cancel");
}

/* Behind the caller's own lines. */
static void add_reason(lua_State *L, struct request_options *o,
                       struct args_store *store)
{
    if (lua_isnil(L, 2))
        return;
    lua_pushfstring(L, "Reason: %s", luaL_checkstring(L, 2));
    if (store->line_count == ARGS_LINES)
        loptions_raise(L, "option \"extra_headers\": no room for the Reason");
    store->lines[store->line_count++] = args_slice(L, -1);
    o->line_count = store->line_count;
}

/* Pushes the object of a CANCEL, if it is the one that was made before. */
static bool push_cancel(lua_State *L, const struct request *cancel)
{
    if (lua_getiuservalue(L, 1, LREQUEST_CANCEL) == LUA_TUSERDATA &&
        check_request(L, -1)->r == cancel)
        return true;
    lua_pop(L, 1);
    return false;
}

/* cancel(reason, options), cancel(options) */
int lrequest_cancel(lua_State *L)
{
    struct lrequest *lr = check_request(L, 1), *child;
    struct args_store store;
    struct request_options o;
    struct request *r;
    int err;

    host_refuse_in_where(L);
    lua_settop(L, 3);
    if (lua_istable(L, 2) && lua_isnil(L, 3))
        lua_insert(L, 2);
    if (request_state(lr->r) == REQUEST_DISPOSED)
        return not_cancelled(L, lr, ERR_DISPOSED);
    host_refresh(lr->host);
    args_cancel(L, 3, &o, &store);
    add_reason(L, &o, &store);
    child = lrequest_new(L, lr->host, &kind_cancel, NULL);
    err = request_cancel(lr->r, &r, &o);
    args_raise(L, &store);
    if (err)
        return not_cancelled(L, lr, err);
    if (push_cancel(L, r))
        return 1;
    lrequest_adopt(L, child, request_ref(r));
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, LREQUEST_CANCEL);
    return 1;
}

/* dispose(), dispose { mode = "silent" | "cancel" | "bye" } */
int lrequest_dispose(lua_State *L)
{
    static const char *const known[] = { "mode", NULL };
    struct lrequest *lr = lclass_check(L, 1, &class_request);
    struct slice mode = SLICE("silent");

    host_refuse_in_where(L);
    if (loptions_check(L, 2, known, false) &&
        slice_present(loptions_string(L, 2, "mode")))
        mode = loptions_string(L, 2, "mode");
    if (!lr->r)
        return 0;
    host_refresh(lr->host);
    if (slice_eq(mode, SLICE("silent")))
        request_dispose(lr->r);
    else if (slice_eq(mode, SLICE("cancel")) || slice_eq(mode, SLICE("bye")))
        request_leave(lr->r, slice_eq(mode, SLICE("bye")));
    else
        loptions_raise(L,
                       "option \"mode\" may be \"silent\", \"cancel\" or "
                       "\"bye\", got \"%s\"",
                       mode.p);
    return 0;
}
