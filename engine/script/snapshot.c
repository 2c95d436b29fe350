/* SPDX-License-Identifier: MIT */
/* A load run's counters, times and failures as one Lua table. */
#include "script/snapshot.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/failures.h"
#include "load/load.h"
#include "script/lcall.h"
#include "stats/metrics.h"

static void set_int(lua_State *L, const char *key, uint64_t value)
{
    lua_pushinteger(L, (lua_Integer)value);
    lua_setfield(L, -2, key);
}

static void set_seconds(lua_State *L, const char *key, int64_t ns)
{
    lua_pushnumber(L, (double)ns / 1e9);
    lua_setfield(L, -2, key);
}

static void push_trend(lua_State *L, const struct metric *t)
{
    struct trend_summary s;

    metric_summary(t, &s);
    lua_createtable(L, 0, 9);
    set_int(L, "count", s.count);
    set_seconds(L, "min", s.min);
    set_seconds(L, "mean", s.mean);
    set_seconds(L, "p50", s.p50);
    set_seconds(L, "p90", s.p90);
    set_seconds(L, "p95", s.p95);
    set_seconds(L, "p99", s.p99);
    set_seconds(L, "p999", s.p999);
    set_seconds(L, "max", s.max);
}

static void set_trends(lua_State *L, const struct metrics *m)
{
    lua_newtable(L);
    for (const struct metric *t = metrics_next(m, METRIC_TREND, NULL); t;
         t = metrics_next(m, METRIC_TREND, t)) {
        push_slice(L, metric_name(t));
        push_trend(L, t);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "trends");
}

static void set_checks(lua_State *L, const struct metrics *m)
{
    lua_newtable(L);
    for (const struct metric *t = metrics_next(m, METRIC_CHECK, NULL); t;
         t = metrics_next(m, METRIC_CHECK, t)) {
        push_slice(L, metric_name(t));
        lua_createtable(L, 0, 2);
        set_int(L, "passed", metric_passed(t));
        set_int(L, "failed", metric_failed(t));
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "checks");
}

/* "outcome INVITE 503 transport:refused" as a record. */
static void push_outcome(lua_State *L, struct slice name, int64_t count)
{
    char text[96], method[40] = "", cause[48] = "";
    int status = 0;

    snprintf(text, sizeof(text), "%.*s", (int)name.n, name.p);
    sscanf(text, "outcome %39s %d %47s", method, &status, cause);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, method);
    lua_setfield(L, -2, "method");
    set_int(L, "status", (uint64_t)status);
    set_int(L, "count", (uint64_t)count);
    if (cause[0]) {
        lua_pushstring(L, cause);
        lua_setfield(L, -2, "cause");
    }
}

/* The engine's counters and the script's own, told apart by their prefix. */
static void set_counters(lua_State *L, const struct metrics *m)
{
    static const struct slice own = { "count ", 6 };
    lua_Integer n = 0;

    lua_newtable(L);
    lua_newtable(L);
    for (const struct metric *t = metrics_next(m, METRIC_COUNTER, NULL); t;
         t = metrics_next(m, METRIC_COUNTER, t)) {
        struct slice name = metric_name(t);

        if (slice_starts(name, own)) {
            lua_pushlstring(L, name.p + own.n, name.n - own.n);
            lua_pushinteger(L, metric_value(t));
            lua_rawset(L, -3);
        } else {
            push_outcome(L, name, metric_value(t));
            lua_rawseti(L, -3, ++n);
        }
    }
    lua_setfield(L, -3, "counts");
    lua_setfield(L, -2, "outcomes");
}

static void set_failures(lua_State *L, const struct failures *f)
{
    const struct failure *sorted[FAILURES_MOST];
    size_t n = failures_sorted(f, sorted);

    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 5);
        push_slice(L, sorted[i]->cause);
        lua_setfield(L, -2, "cause");
        set_int(L, "count", sorted[i]->count);
        set_int(L, "number", sorted[i]->number);
        push_slice(L, sorted[i]->detail);
        lua_setfield(L, -2, "detail");
        push_slice(L, sorted[i]->call_id);
        lua_setfield(L, -2, "call_id");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "failures");
}

void snapshot_push_progress(lua_State *L, const struct lload *load)
{
    const struct load_counters *c = load_counters(load->load);

    lua_createtable(L, 0, 16);
    set_int(L, "started", c->started);
    set_int(L, "succeeded", c->succeeded);
    set_int(L, "failed", c->failed);
    set_int(L, "killed", c->killed);
    set_int(L, "dropped", c->dropped);
    set_int(L, "open", c->open);
    set_int(L, "max_open_seen", c->max_open_seen);
    set_seconds(L, "elapsed", load_elapsed(load->load));
    lua_pushstring(L, load->misuse);
    lua_setfield(L, -2, "misuse");
    set_failures(L, load->failures);
}

void snapshot_push(lua_State *L, const struct lload *load)
{
    snapshot_push_progress(L, load);
    set_trends(L, load->metrics);
    set_checks(L, load->metrics);
    set_counters(L, load->metrics);
}
