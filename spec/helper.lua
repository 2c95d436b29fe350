-- SPDX-License-Identifier: MIT
-- What busted loads first: keeps the module alive from file to file, and fails
-- a spec file that leaves objects of the engine behind.

local ROOT <const> = debug.getinfo(1, "S").source:match "^@(.-)/?spec/helper%.lua$"

-- In a checkout without scripts/busted: its own modules and its release build.
if not package.searchpath("sipwright", package.path) then
  local root = ROOT == "" and "." or ROOT
  package.path = ("%s/lua/?.lua;%s/lua/?/init.lua;%s"):format(root, root, package.path)
  package.cpath = ("%s/lua/?.so;%s"):format(
    os.getenv "SIPWRIGHT_BUILD" or root .. "/build/release", package.cpath)
end

local busted = require "busted"
-- Loaded here, once: busted takes away after a file what the file has loaded,
-- but a C module must not be opened twice in one state.
local sip = require "sipwright"
require "sipwright.peer"
local support = require "spec.support.sip_support"

local function stress()
  return os.getenv "SIPWRIGHT_GC_STRESS" == "1"
end

--- Names and numbers of what is still alive, or nil.
local function left_over()
  collectgarbage()
  collectgarbage()
  local left = {}
  for name, count in pairs(sip.objects()) do
    if count ~= 0 then
      left[#left + 1] = ("%s = %d"):format(name, count)
    end
  end
  table.sort(left)
  return left[1] and table.concat(left, ", ")
end

busted.subscribe({ "file", "start" }, function()
  sip.gc_stress(stress())
  return nil, true
end)

busted.subscribe({ "test", "end" }, function()
  support.close_all()
  return nil, true
end)

busted.subscribe({ "file", "end" }, function(file)
  sip.gc_stress(false)
  sip.run(5)
  sip.sleep(0.01) -- what was posted when the agents were closed
  local left = left_over()
  if left then
    busted.publish({ "error", "file" }, file, nil,
      "objects of the engine outlive the spec: " .. left)
  end
  return nil, true
end)

busted.subscribe({ "suite", "end" }, function(suite)
  if stress() and sip.gc_stress() == 0 then
    busted.publish({ "error", "suite" }, suite, nil,
      "SIPWRIGHT_GC_STRESS is set, but nothing was collected")
  end
  return nil, true
end)
