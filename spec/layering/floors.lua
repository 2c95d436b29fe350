-- SPDX-License-Identifier: MIT
-- The floors of the engine and the other numbers that the layout check knows.
return {
  -- A module may include itself and modules of a lower floor, no neighbour.
  floors = {
    base = 0,
    loop = 1, stats = 1,
    wire = 2,
    message = 3, net = 3,
    transaction = 4, resolver = 4, auth = 4,
    dialog = 5, media = 5,
    agent = 6, load = 6, trace = 6,
    script = 7,
    cli = 8,
  },

  -- Who may know Lua's headers.
  lua_headers = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true },
  lua_modules = { script = true, cli = true },

  -- The two ways into Lua: each of these names may stand only in its file,
  -- and only once. A name with false may stand nowhere.
  ways_in = {
    lua_pcall = "engine/script/call.c",
    lua_resume = "engine/script/task.c",
    lua_pcallk = false,
    lua_call = false,
    lua_callk = false,
    luaL_dofile = false,
    luaL_dostring = false,
  },

  -- The most lines a file may have, by the folder it is in.
  budgets = {
    { folder = "engine", lines = 450 },
    { folder = "lua", lines = 450 },
    { folder = "scenarios", lines = 450 },
    { folder = "spec", lines = 600 },
  },
}
