-- SPDX-License-Identifier: MIT
-- The few looks at SIP URIs and addresses that the Lua side needs.

local M = {}

---@class sipwright.uri.Parts
---@field scheme string "sip" or "sips"
---@field user string? without password
---@field password string?
---@field host string an IPv6 address keeps its brackets
---@field port integer?
---@field hostport string host, and port if there is one
---@field params table<string, string|true> names in lower case
---@field headers string behind the "?", or ""

local function split_host(text)
  local host, rest = text:match "^(%[[%x:.]+%])(.*)$"
  if not host then
    host, rest = text:match "^([%w.%-_]+)(.*)$"
  end
  if not host then
    return nil
  end
  if rest == "" then
    return host
  end
  local port = math.tointeger(tonumber(rest:match "^:(%d+)$"))
  if not port or port < 1 or port > 65535 then
    return nil
  end
  return host, port
end

--- The same text, what is in quotes made dull, so that it looks like nothing.
local function masked(text)
  text = text:gsub("\\.", "__")
  return (text:gsub('"[^"]*"', function(quoted) return ("_"):rep(#quoted) end))
end

--- Walks parameters, ";a=1;b": name, value ("" for none), and ";a=1" as it is.
---@param text string
---@return fun(): string?, string, string
function M.parameters(text)
  local dull, from = masked(text), 1
  return function()
    local first, last, name, value = dull:find(";%s*([^;=%s]+)%s*=?%s*()[^;]*", from)
    if not first then
      return nil
    end
    from = last + 1
    return name, text:sub(value, last):match "^(.-)%s*$", text:sub(first, last)
  end
end

local function table_of(parameters)
  local found = {}
  for name, value in M.parameters(parameters) do
    found[name:lower()] = value == "" or value
  end
  return found
end

--- Takes a SIP URI apart.
---@param text string
---@return sipwright.uri.Parts? parts nil when it is no SIP URI
function M.parse(text)
  local scheme, rest = text:match "^([sS][iI][pP][sS]?):([^%s<>]+)$"
  if not scheme then
    return nil
  end
  local user, place = rest:match "^([^@]*)@(.*)$"
  local where, params, headers = (place or rest):match "^([^;?]*)([^?]*)%??(.*)$"
  local host, port = split_host(where)
  if not host or user == "" then
    return nil
  end
  return {
    scheme = scheme:lower(),
    user = user and user:match "^[^:]*",
    password = user and user:match ":(.*)$",
    host = host,
    port = port,
    hostport = port and ("%s:%d"):format(host, port) or host,
    params = table_of(params),
    headers = headers,
  }
end

--- With each "%41" as the character it stands for.
---@param text string
---@return string
function M.unescape(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

--- Parameters that make another URI by being there (RFC 3261 19.1.4).
local DECISIVE <const> = { "transport", "user", "ttl", "method", "maddr" }

local function same_place(a, b)
  return a.scheme == b.scheme and M.unescape(a.user or "") == M.unescape(b.user or "")
    and a.password == b.password and a.host:lower() == b.host:lower() and a.port == b.port
end

local function folded(value)
  return type(value) == "string" and M.unescape(value):lower() or value
end

local function same_params(a, b)
  for _, name in ipairs(DECISIVE) do
    if (a[name] == nil) ~= (b[name] == nil) then
      return false
    end
  end
  for name, value in pairs(a) do
    if b[name] ~= nil and folded(b[name]) ~= folded(value) then
      return false
    end
  end
  return true
end

--- Are these URIs the same by RFC 3261 19.1.4?
---@param one string
---@param other string
---@return boolean
function M.same(one, other)
  if one == other then
    return true
  end
  local a, b = M.parse(one), M.parse(other)
  return a ~= nil and b ~= nil and same_place(a, b) and a.headers == b.headers
    and same_params(a.params, b.params)
end

--- Host and port of a SIP URI, as they stand in it: "127.0.0.1:5060".
---@param text string
---@return string hostport
function M.host(text)
  local parts = type(text) == "string" and M.parse(text)
  if not parts then
    error(("%q is not a SIP URI"):format(tostring(text)), 2)
  end
  return parts.hostport
end

--- The URI in a From, To or Contact value: between <> if there are any, else
--- all up to the first parameter, which then belongs to the header.
---@param value string
---@return string uri
---@return string parameters of the header, ";" included
function M.of_address(value)
  local from, to, behind = masked(value):match "<%s*()[^>]-()%s*>()"
  if from then
    return value:sub(from, to - 1), value:sub(behind)
  end
  return value:match "^%s*([^;%s]*)%s*(.*)$"
end

return M
