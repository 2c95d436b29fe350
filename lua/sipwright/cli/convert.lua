-- SPDX-License-Identifier: MIT
-- Option values, from the command line (texts) or from a script (anything): each
-- function returns the value, or nil and how the sentence about it goes on.

local uri = require "sipwright.uri"

local M = {}

local UNITS <const> = { [""] = 1, ms = 0.001, s = 1, m = 60, min = 60, h = 3600 }

local function shown(value)
  return type(value) == "string" and ('"%s"'):format(value) or tostring(value)
end

function M.text(value)
  if type(value) ~= "string" or value == "" then
    return nil, "must be a text, not " .. shown(value)
  end
  return value
end

function M.run_id(value)
  if type(value) == "string" and #value <= 16 and value:find "^[%w%-._~]+$" then
    return value
  end
  return nil, "must be 1 to 16 letters, digits or -._~, not " .. shown(value)
end

function M.table(value)
  if type(value) ~= "table" then
    return nil, "must be a table, not " .. shown(value)
  end
  return value
end

function M.integer(value)
  local number = math.tointeger(tonumber(value))
  if not number then
    return nil, "must be a whole number, not " .. shown(value)
  end
  return number
end

function M.count(value)
  local number = math.tointeger(tonumber(value))
  if not number or number < 1 then
    return nil, "must be a whole number above 0, not " .. shown(value)
  end
  return number
end

function M.rate(value)
  local number = tonumber(value)
  if number and number > 0 and number < math.huge then
    return number
  end
  return nil, "must be a number of calls a second above 0, not " .. shown(value)
end

--- 10, "10", "10s", "500ms", "2m", "1h" → seconds
function M.seconds(value)
  local number, unit
  if type(value) == "string" then
    number, unit = value:match "^([%d.]+)%s*(%a*)$"
    number, unit = tonumber(number), UNITS[unit]
  elseif type(value) == "number" and value >= 0 and value < math.huge then
    number, unit = value, 1
  end
  if not number or not unit then
    return nil, "must be a time like 10, 10s, 500ms, 2m or 1h, not " .. shown(value)
  end
  return number * unit
end

function M.uri(value)
  if type(value) == "string" and uri.parse(value) then
    return value
  end
  local hint = ""
  if type(value) == "string" and uri.parse("sip:" .. value) then
    hint = (' (did you mean "sip:%s"?)'):format(value)
  end
  return nil, ("must be a SIP URI, not %s%s"):format(shown(value), hint)
end

--- { "k=v", … } from the flags, or the table of defaults from a script.
function M.pairs(value)
  if type(value) ~= "table" then
    return nil, "must be a table, not " .. shown(value)
  end
  if #value == 0 then
    return value
  end
  local set = {}
  for _, text in ipairs(value) do
    local key, rest = text:match "^([^=]+)=(.*)$"
    if not key then
      return nil, ("needs KEY=VALUE, and %s has no key or no '='"):format(shown(text))
    end
    set[key] = rest
  end
  return set
end

--- A text as a value of its default's type; the default when there is no text.
---@param text string?
---@param default any
---@return any value
---@return string? complaint
function M.like(text, default)
  if text == nil then
    return default
  elseif type(default) == "number" then
    local number = tonumber(text) or M.seconds(text)
    if not number then
      return nil, "must be a number, not " .. shown(text)
    end
    return number
  elseif type(default) == "boolean" then
    if text ~= "true" and text ~= "false" then
      return nil, "must be true or false, not " .. shown(text)
    end
    return text == "true"
  end
  return text
end

return M
