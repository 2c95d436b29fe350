/* SPDX-License-Identifier: MIT */
/*
 * Metatables from class descriptions.
 *
 * registry[class] is the metatable. In it stand, beside the metamethods:
 *   [the class and each ancestor] = the state's stress record: one raw lookup
 *       answers both "is it one of those?" and "collect first?"
 *   [&class_key] = the class itself
 * The members table, an upvalue of __index and __newindex, holds functions
 * (methods) and light userdata (properties).
 */
#include "script/lclass.h"

#include <stddef.h>
#include <string.h>

#include "script/nearest.h"

/* Only the addresses count; unlike values keep them from being merged. */
static const char class_key = 'c';
static const char stress_key = 's';

/* One a state, a userdata in its registry: it outlives every finalizer. */
struct stress {
    bool on;
    lua_Integer count;
};

static struct stress *stress_of(lua_State *L)
{
    struct stress *s;

    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &stress_key) == LUA_TUSERDATA) {
        s = lua_touserdata(L, -1);
        lua_pop(L, 1);
        return s;
    }
    lua_pop(L, 1);
    s = lua_newuserdatauv(L, sizeof(*s), 0);
    memset(s, 0, sizeof(*s));
    lua_rawsetp(L, LUA_REGISTRYINDEX, &stress_key);
    return s;
}

/* ---- members ---- */

/* Pops the key; NULL if it names no property. Pushes nothing. */
static const struct lproperty *find_property(lua_State *L, bool *method)
{
    const struct lproperty *p = NULL;
    int type = lua_rawget(L, lua_upvalueindex(1));

    *method = type == LUA_TFUNCTION;
    if (type == LUA_TLIGHTUSERDATA)
        p = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return p;
}

/* Upvalues: members. */
static int class_index(lua_State *L)
{
    lua_settop(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TLIGHTUSERDATA) {
        const struct lproperty *p = lua_touserdata(L, -1);

        lua_settop(L, 1);
        return p->get(L);
    }
    return 1;
}

static int raise_no_field(lua_State *L, const struct lclass *c)
{
    const char *wrong = luaL_tolstring(L, 2, NULL);
    struct nearest n;

    nearest_init(&n, wrong);
    for (const struct lclass *a = c; a; a = a->parent) {
        const struct lproperty *p = a->properties;

        for (; p && p->name; p++) {
            if (p->set)
                nearest_offer(&n, p->name);
        }
    }
    if (n.best)
        return luaL_error(L,
                          "%s has no field \"%s\" to set "
                          "(did you mean \"%s\"?)",
                          c->name, wrong, n.best);
    return luaL_error(L, "%s has no field \"%s\" to set", c->name, wrong);
}

/* Upvalues: members, class. */
static int class_newindex(lua_State *L)
{
    const struct lclass *c = lua_touserdata(L, lua_upvalueindex(2));
    const struct lproperty *p;
    bool method;

    lua_settop(L, 3);
    lua_pushvalue(L, 2);
    p = find_property(L, &method);
    if (p && p->set) {
        p->set(L);
        return 0;
    }
    if (p || method)
        return luaL_error(L, "%s.%s is read-only", c->name, lua_tostring(L, 2));
    return raise_no_field(L, c);
}

/* ---- the metatable ---- */

/* Ancestors first, so that what a descendant gives replaces theirs. */
static void add_members(lua_State *L, const struct lclass *c)
{
    const struct lproperty *p = c->properties;

    if (c->parent)
        add_members(L, c->parent);
    if (c->methods)
        luaL_setfuncs(L, c->methods, 0);
    for (; p && p->name; p++) {
        lua_pushlightuserdata(L, (void *)p);
        lua_setfield(L, -2, p->name);
    }
}

static void add_metamethods(lua_State *L, const struct lclass *c)
{
    if (c->parent)
        add_metamethods(L, c->parent);
    if (c->metamethods)
        luaL_setfuncs(L, c->metamethods, 0);
}

static void add_marks(lua_State *L, const struct lclass *c)
{
    struct stress *s = stress_of(L);

    for (const struct lclass *a = c; a; a = a->parent) {
        lua_pushlightuserdata(L, s);
        lua_rawsetp(L, -2, a);
    }
    lua_pushlightuserdata(L, (void *)c);
    lua_rawsetp(L, -2, &class_key);
}

void lclass_register(lua_State *L, const struct lclass *c)
{
    luaL_checkstack(L, 8, c->name);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, c) == LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    lua_pop(L, 1);
    lua_newtable(L); /* metatable */
    lua_pushstring(L, c->name);
    lua_setfield(L, -2, "__name"); /* luaL_tolstring: "UserAgent: 0x…" */
    lua_newtable(L);               /* metatable, members */
    add_members(L, c);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, class_index, 1);
    lua_setfield(L, -3, "__index");
    lua_pushlightuserdata(L, (void *)c);
    lua_pushcclosure(L, class_newindex, 2);
    lua_setfield(L, -2, "__newindex");
    add_metamethods(L, c);
    add_marks(L, c);
    lua_rawsetp(L, LUA_REGISTRYINDEX, c);
}

/* ---- objects ---- */

void *lclass_new(lua_State *L, const struct lclass *c, size_t size,
                 int uservalues)
{
    void *object = lua_newuserdatauv(L, size, uservalues);

    /* From the metatable on, __gc may meet the object: zeroes first. */
    memset(object, 0, size);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, c) != LUA_TTABLE)
        luaL_error(L, "class %s is not registered", c->name);
    lua_setmetatable(L, -2);
    return object;
}

static struct stress *test(lua_State *L, int idx, const struct lclass *c)
{
    struct stress *s;

    if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx))
        return NULL;
    lua_rawgetp(L, -1, c);
    s = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return s;
}

void *lclass_check(lua_State *L, int idx, const struct lclass *c)
{
    struct stress *s = test(L, idx, c);

    if (!s) {
        luaL_typeerror(L, idx, c->name);
        return NULL; /* never: it raises */
    }
    /* Inside a finalizer the collector refuses: that is not counted. */
    if (s->on && lua_gc(L, LUA_GCCOLLECT, 0) == 0)
        s->count++;
    return lua_touserdata(L, idx);
}

void *lclass_test(lua_State *L, int idx, const struct lclass *c)
{
    return test(L, idx, c) ? lua_touserdata(L, idx) : NULL;
}

const struct lclass *lclass_of(lua_State *L, int idx)
{
    const struct lclass *c;

    if (lua_type(L, idx) != LUA_TUSERDATA || !lua_getmetatable(L, idx))
        return NULL;
    lua_rawgetp(L, -1, &class_key);
    c = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return c;
}

void lclass_set_gc_stress(lua_State *L, bool on)
{
    stress_of(L)->on = on;
}

lua_Integer lclass_gc_stress_count(lua_State *L)
{
    return stress_of(L)->count;
}
