/* SPDX-License-Identifier: MIT */
/* Units of Lua classes: members, inheritance, checks, half-made objects. */
#include "lua_support.h"

#include "script/lclass.h"

/* A parent "Request" and its child "Invite", as the bindings have them. */

struct request {
    lua_Integer number;
    char *owned; /* made after the userdata: NULL in a half-made object */
};

static const struct lclass request_class;
static const struct lclass invite_class;
static const struct lclass other_class;

static lua_Integer counter(lua_State *L, const char *name, int add)
{
    lua_Integer n;

    lua_getfield(L, LUA_REGISTRYINDEX, name);
    n = lua_tointeger(L, -1) + add;
    lua_pop(L, 1);
    if (add) {
        lua_pushinteger(L, n);
        lua_setfield(L, LUA_REGISTRYINDEX, name);
    }
    return n;
}

static int get_number(lua_State *L)
{
    struct request *r = lclass_check(L, 1, &request_class);

    assert_int_equal(lua_gettop(L), 1);
    lua_pushinteger(L, r->number);
    return 1;
}

static int set_number(lua_State *L)
{
    struct request *r = lclass_check(L, 1, &request_class);

    assert_int_equal(lua_gettop(L), 3);
    r->number = luaL_checkinteger(L, 3);
    return 0;
}

static int get_delegate(lua_State *L)
{
    lclass_check(L, 1, &request_class);
    lua_getiuservalue(L, 1, 1);
    return 1;
}

static int set_delegate(lua_State *L)
{
    lclass_check(L, 1, &request_class);
    lua_settop(L, 3);
    lua_setiuservalue(L, 1, 1);
    return 0;
}

static int get_message(lua_State *L)
{
    lua_pushliteral(L, "the message");
    return 1;
}

static int request_cancel(lua_State *L)
{
    struct request *r = lclass_check(L, 1, &request_class);

    lua_pushfstring(L, "cancel %I", r->number);
    return 1;
}

static int request_state(lua_State *L)
{
    lua_pushliteral(L, "calling");
    return 1;
}

static int request_gc(lua_State *L)
{
    struct request *r = lclass_check(L, 1, &request_class);

    counter(L, r->owned ? "whole" : "half", 1);
    free(r->owned);
    r->owned = NULL;
    return 0;
}

static int invite_state(lua_State *L)
{
    lclass_check(L, 1, &invite_class);
    lua_pushliteral(L, "proceeding");
    return 1;
}

static int invite_tostring(lua_State *L)
{
    lua_pushliteral(L, "an INVITE");
    return 1;
}

static const struct lproperty request_properties[] = {
    { "number", get_number, set_number },
    { "delegate", get_delegate, set_delegate },
    { "message", get_message, NULL },
    { NULL, NULL, NULL },
};
static const luaL_Reg request_methods[] = {
    { "cancel", request_cancel },
    { "state", request_state },
    { NULL, NULL },
};
static const luaL_Reg request_metamethods[] = {
    { "__gc", request_gc },
    { "__close", request_gc },
    { NULL, NULL },
};
static const struct lclass request_class = {
    .name = "Request",
    .methods = request_methods,
    .properties = request_properties,
    .metamethods = request_metamethods,
};

static const struct lproperty invite_properties[] = {
    { "session", get_message, NULL },
    { NULL, NULL, NULL },
};
static const luaL_Reg invite_methods[] = {
    { "state", invite_state },
    { NULL, NULL },
};
static const luaL_Reg invite_metamethods[] = {
    { "__tostring", invite_tostring },
    { NULL, NULL },
};
static const struct lclass invite_class = {
    .name = "Invite",
    .parent = &request_class,
    .methods = invite_methods,
    .properties = invite_properties,
    .metamethods = invite_metamethods,
};
static const struct lclass other_class = { .name = "Other" };

/* Two phases: a userdata that __gc may meet, then what may fail. */
static int make(lua_State *L, const struct lclass *c)
{
    lua_Integer number = luaL_optinteger(L, 1, 0);
    struct request *r = lclass_new(L, c, sizeof(*r), 1);

    assert_int_equal(r->number, 0);
    assert_null(r->owned);
    lua_gc(L, LUA_GCCOLLECT, 0);
    assert_ptr_equal(lclass_test(L, -1, c), r);
    if (number < 0)
        luaL_error(L, "no such number");
    r->number = number;
    r->owned = strdup("owned");
    return 1;
}

static int new_request(lua_State *L)
{
    return make(L, &request_class);
}

static int new_invite(lua_State *L)
{
    return make(L, &invite_class);
}

static int new_other(lua_State *L)
{
    lclass_new(L, &other_class, 0, 0);
    return 1;
}

static int class_name(lua_State *L)
{
    const struct lclass *c = lclass_of(L, 1);

    lua_pushstring(L, c ? c->name : "none");
    return 1;
}

static int fake(lua_State *L)
{
    lua_newuserdatauv(L, 1, 0);
    return 1;
}

static lua_State *new_state(void)
{
    static const luaL_Reg functions[] = {
        { "Request", new_request }, { "Invite", new_invite },
        { "Other", new_other },     { "type_of", class_name },
        { "fake", fake },           { NULL, NULL },
    };
    lua_State *L = lua_open();

    lclass_register(L, &request_class);
    lclass_register(L, &invite_class);
    lclass_register(L, &other_class);
    lua_pushglobaltable(L);
    luaL_setfuncs(L, functions, 0);
    lua_settop(L, 0);
    return L;
}

static void finds_methods_and_properties(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return Request(7):cancel()", "cancel 7");
    assert_lua(L, "return Request(7).number", "7");
    assert_lua(L, "local r = Request(7); r.number = 8; return r.number", "8");
    assert_lua(L, "return Request().message", "the message");
    assert_lua(L, "return Request().nothing", "nil");
    assert_lua(L, "return Request()[1]", "nil");
    assert_lua(L, "return getmetatable(Request()).__index(Request())", "nil");
    assert_lua(L,
               "local r = Request(); r.delegate = { 'd' };"
               "collectgarbage(); return r.delegate[1]",
               "d");
    lua_close(L);
}

static void inherits_by_copy(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return Invite(3):cancel()", "cancel 3");
    assert_lua(L, "return Invite():state()", "proceeding");
    assert_lua(L, "return Request():state()", "calling");
    assert_lua(L, "return Invite(3).number", "3");
    assert_lua(L, "return Invite().session", "the message");
    assert_lua(L, "return Request().session", "nil");
    assert_lua(L, "return tostring(Invite())", "an INVITE");
    assert_lua(L,
               "return getmetatable(Invite()).__gc =="
               "getmetatable(Request()).__gc",
               "true");
    assert_lua(L, "return getmetatable(Invite()).__name", "Invite");
    lua_close(L);
}

static void has_a_default_tostring(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return tostring(Request()):gsub('0x%x+$', 'address') .. ''",
               "Request: address");
    lua_close(L);
}

static void refuses_to_set_what_it_does_not_know(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "\n\nRequest().delgate = {}",
               "spec:3: Request has no field \"delgate\" to set "
               "(did you mean \"delegate\"?)");
    assert_lua(L, "Invite().Delegate = {}",
               "spec:1: Invite has no field \"Delegate\" to set "
               "(did you mean \"delegate\"?)");
    assert_lua(L, "Invite().foo = 1",
               "spec:1: Invite has no field \"foo\" to set");
    /* A read-only field is no good advice. */
    assert_lua(L, "Invite().mesage = 1",
               "spec:1: Invite has no field \"mesage\" to set");
    assert_lua(L, "Invite()[1] = 1",
               "spec:1: Invite has no field \"1\" to set");
    assert_lua(L, "Request().message = 'x'",
               "spec:1: Request.message is read-only");
    assert_lua(L, "Invite().message = 'x'",
               "spec:1: Invite.message is read-only");
    assert_lua(L, "Invite().cancel = 'x'",
               "spec:1: Invite.cancel is read-only");
    assert_lua(L, "Other().x = 1", "spec:1: Other has no field \"x\" to set");
    lua_close(L);
}

static void checks_the_class(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "Request().cancel('x')",
               "spec:1: bad argument #1 to 'cancel' "
               "(Request expected, got string)");
    assert_lua(L, "Request().cancel()",
               "spec:1: bad argument #1 to 'cancel' "
               "(Request expected, got no value)");
    assert_lua(L, "Request().cancel(Other())",
               "spec:1: bad argument #1 to 'cancel' "
               "(Request expected, got Other)");
    assert_lua(L, "Request().cancel(fake())",
               "spec:1: bad argument #1 to 'cancel' "
               "(Request expected, got userdata)");
    assert_lua(L, "Request().cancel(io.stdout)",
               "spec:1: bad argument #1 to 'cancel' "
               "(Request expected, got FILE*)");
    /* A parent is not its child. */
    assert_lua(L, "Invite().state(Request())",
               "spec:1: bad argument #1 to 'state' "
               "(Invite expected, got Request)");
    /* A table that borrows the metatable has no bytes behind it. */
    assert_lua(L,
               "local t = setmetatable({}, { __index = getmetatable("
               "Request()).__index, __name = 'Request' }); return t.number",
               "spec:1: bad argument #1 to 'index' "
               "(Request expected, got Request)");
    lua_close(L);
}

static void tells_the_class_of_a_value(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return type_of(Request())", "Request");
    assert_lua(L, "return type_of(Invite())", "Invite");
    assert_lua(L, "return type_of(Other())", "Other");
    assert_lua(L, "return type_of('x')", "none");
    assert_lua(L, "return type_of()", "none");
    assert_lua(L, "return type_of(fake())", "none");
    assert_lua(L, "return type_of(io.stdout)", "none");
    lua_settop(L, 0);
    lua_pushcfunction(L, new_invite);
    lua_call(L, 0, 1);
    assert_non_null(lclass_test(L, 1, &invite_class));
    assert_ptr_equal(lclass_test(L, 1, &request_class),
                     lclass_test(L, -1, &invite_class));
    assert_null(lclass_test(L, 1, &other_class));
    assert_null(lclass_test(L, 2, &invite_class));
    assert_ptr_equal(lclass_of(L, 1), &invite_class);
    assert_int_equal(lua_gettop(L), 1);
    lua_close(L);
}

static void finalizes_half_made_objects(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return select(2, pcall(Invite, -1))", "no such number");
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    assert_int_equal(counter(L, "half", 0), 1);
    assert_int_equal(counter(L, "whole", 0), 0);
    assert_lua(L, "for i = 1, 10 do pcall(Request, i - 6) end", "nil");
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    assert_int_equal(counter(L, "half", 0), 6);
    assert_int_equal(counter(L, "whole", 0), 5);
    lua_close(L);
}

static void closes_and_collects_once(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "do local r <close> = Invite(1) end", "nil");
    assert_int_equal(counter(L, "whole", 0), 1);
    /* Left for lua_close(): its check must still find the class. */
    assert_lua(L, "kept = { Request(1), Invite(2) }", "nil");
    lua_close(L);
}

static void collects_at_each_entry_under_stress(void **state)
{
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "return Request(1):cancel()", "cancel 1");
    assert_int_equal(lclass_gc_stress_count(L), 0);
    lclass_set_gc_stress(L, true);
    assert_lua(L,
               "local seen = setmetatable({ {} }, { __mode = 'v' })"
               "local r = Request(5)"
               "seen[1] = {}; assert(seen[1]); r:cancel()"
               "return seen[1]",
               "nil");
    assert_in_range(lclass_gc_stress_count(L), 1, 2);
    assert_lua(L,
               "local r = Invite(1)"
               "for i = 1, 20 do"
               "  r.number = i; r.delegate = { i }; Invite(i); Request(i)"
               "  pcall(Request, -i)"
               "  assert(r.number == i and r.delegate[1] == i)"
               "end return r:cancel()",
               "cancel 20");
    assert_true(lclass_gc_stress_count(L) >= 80);
    lclass_set_gc_stress(L, false);
    lua_Integer before = lclass_gc_stress_count(L);
    assert_lua(L, "return Request(1):cancel()", "cancel 1");
    assert_int_equal(lclass_gc_stress_count(L), before);
    lclass_set_gc_stress(L, true);
    assert_lua(L, "kept = { Request(1), Invite(2) }", "nil");
    lua_close(L); /* finalizers check under stress too */
}

static void keeps_states_apart(void **state)
{
    lua_State *a = new_state(), *b = new_state();
    (void)state;

    lclass_set_gc_stress(a, true);
    assert_lua(a, "return Request(1):cancel()", "cancel 1");
    assert_lua(b, "return Request(2):cancel()", "cancel 2");
    assert_true(lclass_gc_stress_count(a) > 0);
    assert_int_equal(lclass_gc_stress_count(b), 0);
    lua_close(a);
    assert_lua(b, "return Invite(2).number", "2");
    lua_close(b);
}

static void wants_registration_once(void **state)
{
    static const struct lclass stranger = { .name = "Stranger" };
    lua_State *L = new_state();
    (void)state;

    assert_lua(L, "first = Request(1)", "nil");
    lua_settop(L, 0);
    lclass_register(L, &request_class);
    assert_int_equal(lua_gettop(L), 0);
    assert_lua(L, "return getmetatable(first) == getmetatable(Request(1))",
               "true");
    lua_settop(L, 0);
    lua_pushcfunction(L, new_other);
    lua_call(L, 0, 1);
    assert_null(lclass_test(L, 1, &stranger));
    lua_close(L);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_methods_and_properties),
        cmocka_unit_test(inherits_by_copy),
        cmocka_unit_test(has_a_default_tostring),
        cmocka_unit_test(refuses_to_set_what_it_does_not_know),
        cmocka_unit_test(checks_the_class),
        cmocka_unit_test(tells_the_class_of_a_value),
        cmocka_unit_test(finalizes_half_made_objects),
        cmocka_unit_test(closes_and_collects_once),
        cmocka_unit_test(collects_at_each_entry_under_stress),
        cmocka_unit_test(keeps_states_apart),
        cmocka_unit_test(wants_registration_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
