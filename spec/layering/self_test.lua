-- SPDX-License-Identifier: MIT
-- Plants violations in a temporary tree and sees that each one is found.
local check = require "spec.layering.check"
local rules = require "spec.layering.floors"

local head = "/* SPDX-License-Identifier: MIT */\n"

-- path, text after the head line, what the one problem must contain; no
-- pattern means that the file is fine.
local cases = {
  { "engine/wire/scan.c", '#include "wire/scan.h"\n#include "base/buf.h"\n' },
  { "engine/cli/main.c", '#include <lua.h>\n#include "script/engine.h"\n' },
  { "engine/script/call.c", "int f(void) { return lua_pcall(L, 0, 0, 0); }\n" },
  { "engine/script/task.c", "int g(void) { return lua_resume(L, 0, 0, 0); }\n" },
  { "engine/agent/note.c", '/* lua_call in prose */ // lua_call\nchar *s = "lua_call \\" x";\n' },
  { "engine/agent/odd.c", "int my_lua_pcall_count(int a, int b) { return a / b; }\n" },
  { "engine/base/buf.c", '#include "loop/loop.h"\n', "base %(floor 0%) includes loop/loop.h" },
  { "engine/net/udp.c", '#  include "message/view.h"\n', "net includes its neighbour" },
  { "engine/load/run.c", '#include "agent/agent.h"\n', "load includes its neighbour" },
  { "engine/agent/lua.c", "#include <lua.h>\n", "agent may not know lua.h" },
  { "engine/dialog/a.h", '#include "lauxlib.h"\n', "dialog may not know lauxlib.h" },
  { "engine/loop/b.c", "#include <lua5.4/lua.h>\n", "loop may not know lua5.4/lua.h" },
  { "engine/cli/run.c", "\nint x = lua_pcall(L, 0, 0, 0);\n", ":3: lua_pcall is allowed in" },
  { "engine/script/e.c", "int x = lua_call(L, 0, 0);\n", "lua_call is allowed nowhere" },
  { "engine/script/d.c", "int x = lua_pcallk(L);\n", "lua_pcallk is allowed nowhere" },
  { "engine/script/f.c", "/* a */ int x = lua_resume (L);\n", "lua_resume is allowed in" },
  { "engine/script/h.c", "int x = 4 / 2; int y = luaL_dofile(L, s);\n", "luaL_dofile" },
  { "engine/attic/x.c", "\n", "this module has no floor" },
  { "engine/base/long.c", ("\n"):rep(450), "451 lines, the budget is 450" },
  { "lua/sipwright/long.lua", ("\n"):rep(450), "451 lines, the budget is 450" },
}

local function write(path, text)
  local folder = path:match("(.*)/")
  assert(os.execute(("mkdir -p '%s'"):format(folder)))
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
end

-- Runs the check over a tree that holds just these files.
local function problems_of(files)
  local pipe = assert(io.popen("mktemp -d"))
  local root = pipe:read("l")
  pipe:close()
  for path, text in pairs(files) do write(root .. "/" .. path, text) end
  local problems = check.run(root, rules)
  os.execute(("rm -rf '%s'"):format(root))
  return problems
end

local function verdict(case, problems)
  local path, pattern = case[1], case[3]
  if not pattern then
    return #problems == 0, "should be clean: " .. table.concat(problems, "; ")
  end
  local found = #problems == 1 and problems[1]:find(pattern)
    and problems[1]:sub(1, #path + 1) == path .. ":"
  return found, ("wanted one %q, got: %s"):format(pattern, table.concat(problems, "; "))
end

local extra = {
  { "engine/base/bare.c", "int no_head;\n", "does not open with its SPDX line" },
  { "engine/script/call.c", head .. "int a = lua_pcall(L);\nint b = lua_pcall(L);\n",
    ":3: lua_pcall stands here a second time" },
}

return function()
  local wrong = 0
  local function try(case, text)
    local good, why = verdict(case, problems_of { [case[1]] = text })
    if not good then
      wrong = wrong + 1
      print(("not ok: %s: %s"):format(case[1], why))
    end
  end
  for _, case in ipairs(cases) do try(case, head .. case[2]) end
  for _, case in ipairs(extra) do try(case, case[2]) end
  print(("layering self-test: %d of %d planted cases seen right")
    :format(#cases + #extra - wrong, #cases + #extra))
  return wrong == 0
end
