/* SPDX-License-Identifier: MIT */
/* Option tables of requests and answers. */
#include "script/args.h"

#include <lauxlib.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "agent/auto.h"
#include "base/err.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "script/call.h"
#include "script/host.h"
#include "script/loptions.h"
#include "script/task.h"
#include "wire/addr_spec.h"

enum request_key {
    KEY_BODY,
    KEY_EXTRA_HEADERS,
    KEY_FROM,
    KEY_TO,
    KEY_AUTH,
    KEY_CONTACT,
    KEY_REQUEST_URI,
    KEY_CSEQ,
    KEY_VIA,
    KEY_ROUTE,
    KEY_HEADERS,
    KEY_AUTO,
    KEY_TIMERS,
    KEY_RAW,
    KEY_EDIT,
    KEY_CALL_ID,
    KEY_EXPIRES,
    KEY_EVENT,
    KEY_REGISTRAR,
    KEY_RELIABLE,
    KEY_RACK,
    KEY_CONTACTS,
    KEY_ETAG,
    KEY_PATH,
    KEY_STATE,
    KEY_REASON,
    KEY_RETRY_AFTER,
    KEY_SESSION_EXPIRES,
    KEY_MIN_SE,
    KEY_REFRESHER,
    KEY_REPLACES,
    KEY_FORCE,
    KEYS
};

static const char *const request_known[KEYS + 1] = {
    [KEY_BODY] = "body",
    [KEY_EXTRA_HEADERS] = "extra_headers",
    [KEY_FROM] = "from",
    [KEY_TO] = "to",
    [KEY_AUTH] = "auth",
    [KEY_CONTACT] = "contact",
    [KEY_REQUEST_URI] = "request_uri",
    [KEY_CSEQ] = "cseq",
    [KEY_VIA] = "via",
    [KEY_ROUTE] = "route",
    [KEY_HEADERS] = "headers",
    [KEY_AUTO] = "auto",
    [KEY_TIMERS] = "timers",
    [KEY_RAW] = "raw",
    [KEY_EDIT] = "edit",
    [KEY_CALL_ID] = "call_id",
    [KEY_EXPIRES] = "expires",
    [KEY_EVENT] = "event",
    [KEY_REGISTRAR] = "registrar",
    [KEY_RELIABLE] = "reliable",
    [KEY_RACK] = "rack",
    [KEY_CONTACTS] = "contacts",
    [KEY_ETAG] = "etag",
    [KEY_PATH] = "path",
    [KEY_STATE] = "state",
    [KEY_REASON] = "reason",
    [KEY_RETRY_AFTER] = "retry_after",
    [KEY_SESSION_EXPIRES] = "session_expires",
    [KEY_MIN_SE] = "min_se",
    [KEY_REFRESHER] = "refresher",
    [KEY_REPLACES] = "replaces",
    [KEY_FORCE] = "force",
};

/* Those that are plain text, and where each goes. */
static const struct {
    enum request_key key;
    size_t at;
} request_texts[] = {
    { KEY_FROM, offsetof(struct request_options, from) },
    { KEY_TO, offsetof(struct request_options, to) },
    { KEY_CONTACT, offsetof(struct request_options, contact) },
    { KEY_REQUEST_URI, offsetof(struct request_options, request_uri) },
    { KEY_VIA, offsetof(struct request_options, via) },
    { KEY_ROUTE, offsetof(struct request_options, route) },
    { KEY_CALL_ID, offsetof(struct request_options, call_id) },
    { KEY_RAW, offsetof(struct request_options, raw) },
    { KEY_EVENT, offsetof(struct request_options, event) },
    { KEY_RACK, offsetof(struct request_options, rack) },
    { KEY_ETAG, offsetof(struct request_options, etag) },
    { KEY_STATE, offsetof(struct request_options, state) },
    { KEY_REASON, offsetof(struct request_options, reason) },
};

static const char *const response_known[] = {
    "body",      "extra_headers",
    "reason",    "to_tag",
    "contact",   "headers",
    "raw",       "edit",
    "force",     "reliable",
    "expires",   "session_expires",
    "refresher", NULL,
};

struct slice args_slice(lua_State *L, int idx)
{
    size_t n;
    const char *p = luaL_checklstring(L, idx, &n);

    return slice_of(p, n);
}

void args_address(lua_State *L, int idx, struct addr *out)
{
    struct slice text = args_slice(L, idx);

    if (addr_parse(out, text) || !addr_port(out))
        luaL_error(L, "send: \"%s\" is not like 127.0.0.1:5060", text.p);
}

struct slice args_uri(lua_State *L, int idx)
{
    struct slice text = args_slice(L, idx);
    struct wire_name_addr na;
    struct wire_uri u;

    if (slice_find(text, '<') < text.n &&
        wire_name_addr_split(text, &na) == ERR_NONE)
        text = na.uri;
    if (wire_uri_split(text, &u) != ERR_NONE)
        luaL_error(L, "\"%s\" is not a SIP URI such as sip:bob@127.0.0.1",
                   lua_tostring(L, idx));
    return text;
}

/* The string of `key`, anchored by the table; absent if nil. */
static struct slice text(lua_State *L, int idx, const char *key)
{
    return loptions_string(L, idx, key);
}

struct slice args_line(lua_State *L, const char *option)
{
    if (lua_type(L, -1) != LUA_TSTRING)
        loptions_raise(L, "option \"%s\" must hold strings, got %s", option,
                       luaL_typename(L, -1));
    return args_slice(L, -1);
}

/* A value that has a name and a place: { content = "x" } or { "x" }. */
static struct slice either(lua_State *L, int idx, const char *key,
                           lua_Integer place)
{
    struct slice s = text(L, idx, key);

    if (lua_rawgeti(L, idx, place) != LUA_TNIL)
        s = args_line(L, "body");
    lua_pop(L, 1);
    return s;
}

/* A text, or { content, type, disposition }, with or without the names. */
static void read_body(lua_State *L, int idx, struct slice *body,
                      struct slice *type, struct slice *disposition)
{
    static const char *const known[] = { "content", "type", "disposition",
                                         NULL };
    int kind = lua_getfield(L, idx, "body");

    if (kind == LUA_TSTRING) {
        *body = args_slice(L, -1);
    } else if (kind == LUA_TTABLE) {
        loptions_check(L, -1, known, true);
        *body = either(L, -1, "content", 1);
        *type = either(L, -1, "type", 2);
        *disposition = either(L, -1, "disposition", 3);
    } else if (kind != LUA_TNIL) {
        loptions_raise(L, "option \"body\" must be a string or a table, got %s",
                       luaL_typename(L, -1));
    }
    lua_pop(L, 1);
}

/* { ["X-Test"] = "1" } is what a Lua user tries first. */
static void refuse_names(lua_State *L, const char *key)
{
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_type(L, -2) == LUA_TSTRING)
            loptions_raise(L,
                           "option \"%s\" must be a list of strings such as "
                           "\"%s: 1\", got a name with a value",
                           key, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
}

size_t args_lines(lua_State *L, int idx, const char *key, struct slice *out,
                  size_t room)
{
    size_t n = 0;
    int kind = lua_getfield(L, idx, key);

    if (kind != LUA_TNIL && kind != LUA_TTABLE)
        loptions_raise(L, "option \"%s\" must be a list of strings, got %s",
                       key, luaL_typename(L, -1));
    if (kind == LUA_TTABLE) {
        while (lua_geti(L, -1, (lua_Integer)n + 1) != LUA_TNIL) {
            if (n == room)
                loptions_raise(L, "option \"%s\": more than %d entries", key,
                               (int)room);
            out[n++] = args_line(L, key);
            lua_pop(L, 1);
        }
        lua_pop(L, 1);
        if (!n)
            refuse_names(L, key);
    }
    lua_pop(L, 1);
    return n;
}

uint32_t args_switches(lua_State *L, int idx, uint32_t base)
{
    if (!loptions_check(L, idx, auto_names, false))
        return base;
    for (int i = 0; i < AUTO_SWITCHES; i++) {
        uint32_t bit = auto_bit((enum auto_switch)i);

        if (loptions_bool(L, idx, auto_names[i], (base & bit) != 0))
            base |= bit;
        else
            base &= ~bit;
    }
    return base;
}

uint32_t args_automatic(lua_State *L, int idx, uint32_t base)
{
    if (!loptions_table(L, idx, "auto", auto_names, false))
        return base;
    base = args_switches(L, -1, base);
    lua_pop(L, 1);
    return base;
}

/* As good as for ever, and 64 times as long is still a time. */
static int64_t timer_seconds(lua_State *L, const char *key, int64_t usual)
{
    const int64_t most = 1000000 * LOOP_SECOND;
    int64_t t = loptions_seconds(L, -1, key, usual);

    return t < most ? t : most;
}

struct tx_timing args_timing(lua_State *L, int idx)
{
    static const char *const known[] = { "t1", "t2", "t4", NULL };
    struct tx_timing usual = TX_TIMING_DEFAULT, out = { 0, 0, 0 };

    if (!loptions_table(L, idx, "timers", known, false))
        return out;
    out.t1 = timer_seconds(L, "t1", usual.t1);
    out.t2 = timer_seconds(L, "t2", usual.t2);
    out.t4 = timer_seconds(L, "t4", usual.t4);
    if (!out.t1 || !out.t2 || !out.t4)
        loptions_raise(L, "option \"timers\": a timer of 0 seconds");
    lua_pop(L, 1);
    return out;
}

/* A number of seconds as text, in `out`; absent if nil. */
static struct slice read_seconds(lua_State *L, int idx, const char *key,
                                 char out[ARGS_SECONDS])
{
    lua_Integer seconds = loptions_int(L, idx, key, 0, UINT32_MAX, -1);

    if (seconds < 0)
        return slice_of(NULL, 0);
    return slice_of(
        out, (size_t)snprintf(out, ARGS_SECONDS, "%lld", (long long)seconds));
}

/* true, false; of a request "required" as well. */
static enum reliable read_reliable(lua_State *L, int idx)
{
    enum reliable value = RELIABLE_USUAL;

    lua_getfield(L, idx, "reliable");
    if (lua_type(L, -1) == LUA_TSTRING) {
        if (strcmp(lua_tostring(L, -1), "required") != 0)
            loptions_raise(L,
                           "option \"reliable\" must be true, false or "
                           "\"required\", got \"%s\"",
                           lua_tostring(L, -1));
        value = RELIABLE_REQUIRED;
    } else if (!lua_isnil(L, -1)) {
        value = loptions_bool(L, idx, "reliable", false) ? RELIABLE_YES
                                                         : RELIABLE_NO;
    }
    lua_pop(L, 1);
    return value;
}

static bool has(uint64_t there, enum request_key key)
{
    return there >> key & 1;
}

static void read_request_lines(lua_State *L, int idx, uint64_t there,
                               struct request_options *o,
                               struct args_store *store)
{
    if (has(there, KEY_EXTRA_HEADERS))
        store->line_count =
            args_lines(L, idx, "extra_headers", store->lines, ARGS_LINES);
    o->lines = store->lines;
    o->line_count = store->line_count;
}

static void read_request_texts(lua_State *L, int idx, uint64_t there,
                               struct request_options *o)
{
    for (size_t i = 0; i < array_length(request_texts); i++) {
        enum request_key key = request_texts[i].key;
        char *at = (char *)o + request_texts[i].at;

        if (has(there, key))
            *(struct slice *)(void *)at = text(L, idx, request_known[key]);
    }
}

static void read_contacts(lua_State *L, int idx, uint64_t there,
                          struct request_options *o, struct args_store *store)
{
    if (has(there, KEY_CONTACT))
        loptions_raise(L, "options \"contact\" and \"contacts\" exclude each "
                          "other");
    o->contact_count =
        args_lines(L, idx, "contacts", store->contacts, ARGS_CONTACTS);
    o->contacts = store->contacts;
}

/* Only what is there: most tables have one or two of the keys. */
void args_request(lua_State *L, int idx, uint32_t automatic,
                  struct request_options *o, struct args_store *store)
{
    uint64_t there;

    memset(o, 0, sizeof(*o));
    store->line_count = 0;
    store->error = 0;
    store->hook = 0;
    o->automatic = automatic;
    there = loptions_there(L, idx, request_known);
    if (!there)
        return;
    if (has(there, KEY_BODY))
        read_body(L, idx, &o->body, &o->content_type, &o->content_disposition);
    read_request_lines(L, idx, there, o, store);
    read_request_texts(L, idx, there, o);
    if (has(there, KEY_CONTACTS))
        read_contacts(L, idx, there, o, store);
    if (has(there, KEY_PATH))
        o->path = loptions_bool(L, idx, "path", false);
    if (has(there, KEY_EXPIRES))
        o->expires = read_seconds(L, idx, "expires", store->expires);
    if (has(there, KEY_RETRY_AFTER))
        o->retry_after =
            read_seconds(L, idx, "retry_after", store->retry_after);
    if (has(there, KEY_RELIABLE))
        o->reliable = read_reliable(L, idx);
    o->cseq_given = has(there, KEY_CSEQ);
    if (o->cseq_given)
        o->cseq = (uint32_t)loptions_int(L, idx, "cseq", 0, UINT32_MAX, 0);
    if (has(there, KEY_SESSION_EXPIRES) || has(there, KEY_MIN_SE) ||
        has(there, KEY_REFRESHER))
        args_session_timer(L, idx, &o->timer);
    if (has(there, KEY_FORCE))
        o->force = loptions_bool(L, idx, "force", false);
    if (has(there, KEY_REPLACES))
        o->replaces = args_replaces(L, idx);
    if (has(there, KEY_AUTH))
        args_auth(L, idx, o, store);
    if (has(there, KEY_HEADERS))
        args_header_edits(L, idx, &o->edits, store);
    if (has(there, KEY_AUTO))
        o->automatic = args_automatic(L, idx, automatic);
    if (has(there, KEY_TIMERS))
        o->timing = args_timing(L, idx);
    if (has(there, KEY_EDIT) && args_edit(L, idx, store)) {
        o->edit = args_run_edit;
        o->edit_arg = store;
    }
}

void args_response(lua_State *L, int idx, struct response_options *o,
                   struct args_store *store)
{
    memset(o, 0, sizeof(*o));
    store->error = 0;
    if (!loptions_check(L, idx, response_known, false))
        return;
    read_body(L, idx, &o->body, &o->content_type, &o->content_disposition);
    o->lines = store->lines;
    o->line_count =
        args_lines(L, idx, "extra_headers", store->lines, ARGS_LINES);
    o->reason = text(L, idx, "reason");
    o->to_tag = text(L, idx, "to_tag");
    o->contact = text(L, idx, "contact");
    o->raw = text(L, idx, "raw");
    o->expires = read_seconds(L, idx, "expires", store->expires);
    o->force = loptions_bool(L, idx, "force", false);
    o->reliable = read_reliable(L, idx);
    args_session_timer(L, idx, &o->timer);
    args_header_edits(L, idx, &o->edits, store);
    if (args_edit(L, idx, store)) {
        o->edit = args_run_edit;
        o->edit_arg = store;
    }
}
