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

local function type_of(value)
  return core.type(value) or type(value)
end

--- Raises for an argument of another type, at the line that called the caller.
---@param value any
---@param type_names string as in "string|table"
---@param what string as in "bindings: user"
function M.argument(value, type_names, what)
  if not is_a(value, type_names) then
    local wanted = type_names:gsub("|", " or ")
    core.misuse(("%s must be a %s, got %s"):format(what, wanted, type_of(value)), 3)
  end
end

--- What is wrong with the value of an option, or nil.
local function wrong_value(value, rule)
  local type_names, wanted, fits = rule, nil, nil
  if type(rule) == "table" then
    type_names, wanted, fits = table.unpack(rule)
  end
  if not is_a(value, type_names) then
    local names = type_names:gsub("|", " or ")
    return ("a %s, got %s"):format(names, type_of(value))
  elseif fits and not fits(value) then
    return type(value) == "number" and ("%s, got %s"):format(wanted, value) or wanted
  end
end

--- Is it a list of strings?
---@param list table
---@return boolean
function M.is_strings(list)
  for key, value in pairs(list) do
    if math.type(key) ~= "integer" or type(value) ~= "string" then
      return false
    end
  end
  return true
end

--- Raises for a wrong option, at the line that called the caller.
---@param given table
---@param types table<string, string|table> of each option, as in "string|table"; or
---  { that, what it must be in words, a function that says whether it is }
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
    local wrong = wrong_value(value, types[name])
    if wrong then
      core.misuse(('%s: option "%s" must be %s'):format(who, name, wrong), 3)
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
    core.misuse(("%s: wants an incoming %s, got %s"):format(who, method, type_of(incoming)), 3)
  end
  if incoming.method ~= method then
    core.misuse(("%s: wants a %s, got a %s"):format(who, method, incoming.method), 3)
  end
end

return M
