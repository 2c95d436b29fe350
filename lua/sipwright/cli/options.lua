-- SPDX-License-Identifier: MIT
-- The options of a run: one row each, from which come the flag, the known key
-- of a script's `options`, and the check of its value. A flag wins.

local convert = require "sipwright.cli.convert"
local failure = require "sipwright.cli.failure"
local known = require "sipwright.known"

local M = {}

---@class sipwright.cli.Option
---@field name string key in `options`; the flag has dashes for underscores
---@field kind string a function of cli/convert.lua
---@field value string? placeholder in the help; without it there is no flag
---@field help string?
---@field only string? the one command that has it

---@type sipwright.cli.Option[]
M.rows = {
  { name = "target", kind = "uri", value = "URI", only = "run",
    help = "whom to test; without it, a peer in this process" },
  { name = "listen", kind = "text", value = "ADDRESS", only = "serve",
    help = "where to listen, as in udp:127.0.0.1:5060" },
  { name = "calls", kind = "count", value = "N", help = "how many calls in all" },
  { name = "rate", kind = "rate", value = "N", only = "run", help = "new calls a second" },
  { name = "max_open", kind = "count", value = "N", help = "calls open at once at most" },
  { name = "duration", kind = "seconds", value = "T",
    help = "how long calls start: 10, 10s, 500ms, 2m, 1h" },
  { name = "call_timeout", kind = "seconds", value = "T",
    help = "a call that takes longer fails (60s)" },
  { name = "graceful_stop", kind = "seconds", value = "T",
    help = "how long open calls may finish at the end (5s)" },
  { name = "seed", kind = "integer", value = "N", help = "of all that is random" },
  { name = "run_id", kind = "run_id", value = "ID", help = "stands in Call-IDs and tags" },
  { name = "set", kind = "pairs", value = "KEY=VALUE",
    help = "a value for the script, as sip.set.KEY" },
  { name = "agent", kind = "table" },
  { name = "peer", kind = "table" },
}

--- "--max-open" for "max_open".
---@param name string
---@return string
function M.flag(name)
  return "--" .. name:gsub("_", "-")
end

local function one(row, value, label)
  local result, complaint = convert[row.kind](value)
  if complaint then
    failure.usage("%s %s", label, complaint)
  end
  return result
end

--- The values of the flags that were given, checked.
---@param given table<string, any> what the parser of arguments found
---@return table
function M.from_flags(given)
  local settings = {}
  for _, row in ipairs(M.rows) do
    local value = given[row.name]
    if value ~= nil and not (row.kind == "pairs" and #value == 0) then
      settings[row.name] = one(row, value, M.flag(row.name))
    end
  end
  return settings
end

--- The values in a script's `options`, checked.
---@param options table
---@return table
function M.from_script(options)
  local names, settings = {}, {}
  for i, row in ipairs(M.rows) do
    names[i] = row.name
  end
  local complaint = known.complaint(options, names, "key in options:")
  if complaint then
    failure.usage("%s", complaint)
  end
  for _, row in ipairs(M.rows) do
    local value = options[row.name]
    if value ~= nil then
      settings[row.name] = one(row, value, "options." .. row.name)
    end
  end
  return settings
end

--- Fills `set` with a script's defaults under the values of the flags; a value
--- takes the type of its default.
---@param set table<string, any> holds the flags' values, all strings
---@param defaults table<string, any>?
function M.fill_set(set, defaults)
  if not defaults then
    return
  end
  local names = {}
  for name in pairs(defaults) do
    names[#names + 1] = name
  end
  table.sort(names)
  local complaint = known.complaint(set, names, "key in --set:")
  if complaint then
    failure.usage("%s", complaint)
  end
  for name, default in pairs(defaults) do
    local value, wrong = convert.like(set[name], default)
    if wrong then
      failure.usage("--set %s %s", name, wrong)
    end
    set[name] = value
  end
end

return M
