/* SPDX-License-Identifier: MIT */
/*
 * Lua classes over C structs: one `struct lclass` a type, inheritance by
 * copying the parent's members in, properties beside methods.
 */
#ifndef SIPWRIGHT_SCRIPT_LCLASS_H
#define SIPWRIGHT_SCRIPT_LCLASS_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

/* A field: get pushes one value with the object at index 1; set has the new
 * value at index 3, or is NULL for a read-only field. */
struct lproperty {
    const char *name;
    lua_CFunction get;
    lua_CFunction set;
};

struct lclass {
    const char *name; /* public: sip.type(x), __name */
    const struct lclass *parent;
    const luaL_Reg *methods;            /* NULL-terminated, or NULL */
    const struct lproperty *properties; /* NULL-terminated, or NULL */
    const luaL_Reg *metamethods; /* __gc, __close, __tostring …, or NULL;
                                    inherited unless given */
};

/*
 * Builds the metatable (once a state; parents first). __index finds methods
 * and properties; an unknown field is nil. __newindex sets properties and
 * raises `OutgoingRequest has no field "delgate" to set (did you mean
 * "delegate"?)` otherwise.
 */
void lclass_register(lua_State *L, const struct lclass *c);

/* Pushes a userdata of `size` zeroed bytes with that many user values. */
void *lclass_new(lua_State *L, const struct lclass *c, size_t size,
                 int uservalues);

/* The userdata at idx if it is a `c` or a descendant; raises like
 * luaL_checkudata else: `OutgoingRequest expected, got string`. Each check is
 * an entry into a binding: under GC stress it collects fully first. */
void *lclass_check(lua_State *L, int idx, const struct lclass *c);
void *lclass_test(lua_State *L, int idx, const struct lclass *c); /* or NULL */

/* The class of a value, or NULL if it is none of ours. */
const struct lclass *lclass_of(lua_State *L, int idx);

/* Full collection at each entry into a binding, for specs. */
void lclass_set_gc_stress(lua_State *L, bool on);
/* How many such collections ran: a spec shows that they happen. */
lua_Integer lclass_gc_stress_count(lua_State *L);

#endif
