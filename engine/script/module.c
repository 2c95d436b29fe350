/* SPDX-License-Identifier: MIT */
/* sipwright.core: the C module, in this program or loaded by a stock Lua. */
#include "script/bind.h"
#include "script/task.h"

#if defined(__GNUC__)
#define EXPORT __attribute__((visibility("default")))
#else
#define EXPORT
#endif

EXPORT int luaopen_sipwright_core(lua_State *L);

int luaopen_sipwright_core(lua_State *L)
{
    static void (*const parts[])(lua_State * L) = {
        bind_message,  bind_response,     bind_request,  bind_incoming,
        bind_session,  bind_subscription, bind_agent,    bind_socket,
        bind_load,     bind_call,         bind_digest,   bind_clock,
        bind_process,  bind_signal,       bind_counters, bind_trace,
        task_register,
    };

    host_open(L);
    lua_newtable(L);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        parts[i](L);
    return 1;
}
