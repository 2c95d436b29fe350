-- SPDX-License-Identifier: MIT
-- Tables with known keys: a wrong one is refused, naming the nearest.

local core = require "sipwright.core"

local M = {}

local function distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local corner = row[0]
    row[0] = i
    for j = 1, #b do
      local change = a:byte(i) == b:byte(j) and 0 or 1
      corner, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, corner + change)
    end
  end
  return row[#b]
end

--- The name nearest to a wrong one, if any is near.
---@param wrong string
---@param names string[]
---@return string?
function M.nearest(wrong, names)
  local allowed = #wrong <= 3 and 1 or math.max(2, #wrong // 3)
  local best, least = nil, allowed + 1
  for _, name in ipairs(names) do
    local d = distance(wrong, name)
    if d < least then
      best, least = name, d
    end
  end
  return best
end

--- Looks for a key that is not among the names.
---@param given table
---@param names string[]
---@param what string of which the keys are, as in `unknown option "x"`
---@return string? sentence what is wrong, or nil
function M.complaint(given, names, what)
  local known = {}
  for _, name in ipairs(names) do
    known[name] = true
  end
  local wrong = {}
  for key in pairs(given) do
    if not known[key] then
      wrong[#wrong + 1] = tostring(key)
    end
  end
  if #wrong == 0 then
    return nil
  end
  table.sort(wrong)
  local near = M.nearest(wrong[1], names)
  local hint = near and (' (did you mean "%s"?)'):format(near) or ""
  return ('unknown %s "%s"%s'):format(what, wrong[1], hint)
end

local function is_a(value, type_names)
  for name in type_names:gmatch "[^|]+" do
    if type(value) == name or core.type(value) == name then
      return true
    end
  end
  return false
end

--- Raises for a wrong option, at the line that called the caller.
---@param given table
---@param types table<string, string> of each option, as in "string|table"
---@param who string
function M.check(given, types, who)
  if type(given) ~= "table" then
    core.misuse(("%s: options must be a table, got %s"):format(who, type(given)), 3)
  end
  local names = {}
  for name in pairs(types) do
    names[#names + 1] = name
  end
  local complaint = M.complaint(given, names, "option")
  if complaint then
    core.misuse(("%s: %s"):format(who, complaint), 3)
  end
  for name, value in pairs(given) do
    if not is_a(value, types[name]) then
      local wanted = types[name]:gsub("|", " or ")
      core.misuse(('%s: option "%s" must be a %s, got %s')
        :format(who, name, wanted, core.type(value) or type(value)), 3)
    end
  end
end

--- Raises for what is no incoming request of that method, at the line that
--- called the caller.
---@param incoming any
---@param method string
---@param who string
function M.incoming(incoming, method, who)
  local kind = core.type(incoming)
  if not (kind and kind:find "^Incoming") then
    core.misuse(("%s: wants an incoming %s, got %s"):format(who, method, kind or type(incoming)), 3)
  end
  if incoming.method ~= method then
    core.misuse(("%s: wants a %s, got a %s"):format(who, method, incoming.method), 3)
  end
end

return M
