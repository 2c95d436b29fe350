-- SPDX-License-Identifier: MIT
-- Names and addresses, as in From, To and Contact (RFC 3261 20.10).

local core = require "sipwright.core"
local known = require "sipwright.known"
local params = require "sipwright.params"
local uri = require "sipwright.uri"

local M = {}

local TOKEN <const> = "^[%w%-.!%%*_+`'~:%[%]]+$" -- a host may be a value, too

local function quoted(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local function unquoted(text)
  local inside = text:match '^"(.*)"$'
  return inside and inside:gsub("\\(.)", "%1") or text
end

local PARAMETERS <const> = {
  first = ";", between = ";", show = unquoted,
  read = function(text) return text end,
  keep = function(value) return value:find(TOKEN) and value or quoted(value) end,
}

local FIELDS <const> = { "display", "uri", "params" }

---@class sipwright.Address
local Address = {}
Address.__index = Address
Address.__name = "Address"

function Address:__newindex(key, value)
  local complaint = known.complaint({ [key] = true }, FIELDS, "field of an address")
  if complaint then
    error(complaint, 2)
  end
  rawset(self, key, value)
end

function Address:__tostring()
  local display = self.display ~= nil and quoted(tostring(self.display)) .. " " or ""
  return ("%s<%s>%s"):format(display, tostring(self.uri), tostring(self.params))
end

---@return sipwright.Address
function Address:clone()
  return setmetatable({
    display = self.display, uri = self.uri:clone(), params = self.params:clone(),
  }, Address)
end

-- Parts between ";", of which a quoted value may hold some.
local function semicolons(text)
  local at = 1
  return function()
    if text:sub(at, at) ~= ";" then
      return nil
    end
    local from, quote = at + 1, false
    at = from
    while at <= #text and (quote or text:sub(at, at) ~= ";") do
      local c = text:sub(at, at)
      quote = quote ~= (c == '"')
      at = at + (quote and c == "\\" and 2 or 1)
    end
    return text:sub(from, at - 1)
  end
end

-- The end of the quoted text that opens at 1.
local function closing_quote(text)
  local at = 2
  while text:sub(at, at) ~= '"' do
    if at > #text then
      return nil
    end
    at = at + (text:sub(at, at) == "\\" and 2 or 1)
  end
  return at
end

-- A display name in quotes, and what follows it; nil where the quotes stay open.
local function quoted_name(text)
  if text:sub(1, 1) ~= '"' then
    return nil, text
  end
  local last = closing_quote(text)
  if last then
    return unquoted(text:sub(1, last)), text:sub(last + 1)
  end
end

--- Display name, URI and parameters, as texts. Without <> all from the first ";"
--- on belongs to the header (20).
---@param value string
---@return string? display
---@return string? uri nil where there is none
---@return string? parameters ";" included
local function split(value)
  local display, rest = quoted_name(value:match "^%s*(.-)%s*$")
  if not rest then
    return nil
  end
  local name, text, parameters = rest:match "^%s*([^<]-)%s*<%s*([^<>]-)%s*>%s*(.*)$"
  if not text then
    return nil, (display and "" or rest):match "^([^;%s<>]+)%s*(.*)$"
  elseif name == "" then
    return display, text, parameters
  elseif not display then
    return name, text, parameters
  end
end

--- Takes the value of such a header apart.
---@param text string
---@return sipwright.Address? address
---@return sipwright.Error? err
function M.address(text)
  if type(text) ~= "string" then
    error(("sip.address wants a text, got %s"):format(type(text)), 2)
  end
  local display, place, parameters = split(text)
  local read = place and uri.uri(place)
  local list = place and params.read(PARAMETERS, semicolons(parameters))
  if not read or not list or parameters:find "^[^;]" then
    return core.failure("protocol", ("%q is not a name and address"):format(text))
  end
  return setmetatable({ display = display, uri = read, params = list }, Address)
end

return M
