-- SPDX-License-Identifier: MIT
-- SIP URIs: taken apart, changed, written, compared (RFC 3261 19.1).

local core = require "sipwright.core"
local equivalence = require "sipwright.equivalence"
local escape = require "sipwright.escape"
local known = require "sipwright.known"
local params = require "sipwright.params"

local M = {}

local PARAMETERS <const> = {
  first = ";", between = ";", show = escape.decode,
  keep = function(value) return escape.encode(value, escape.PARAMETER) end,
  read = function(text, name)
    return name == "transport" and escape.canonical(text):lower() or escape.canonical(text)
  end,
}

local HEADERS <const> = {
  first = "?", between = "&", show = escape.decode, read = escape.canonical,
  keep = function(value) return escape.encode(value, escape.HEADER) end,
}

local FIELDS <const> = {
  "scheme", "user", "password", "host", "port", "params", "headers", "text", "raw",
}

---@class sipwright.Uri
local Uri = {}
Uri.__name = "Uri"

-- What is kept of user and password is their canonical text: an escaped ";" is not
-- a ";" (19.1.4).
local ESCAPED <const> = { user = "_user", password = "_password" }

function Uri:__index(key)
  if ESCAPED[key] then
    local kept = rawget(self, ESCAPED[key])
    return kept and escape.decode(kept)
  elseif key == "hostport" then
    return self.port and ("%s:%d"):format(self.host, self.port) or self.host
  end
  return rawget(Uri, key)
end

function Uri:__newindex(key, value)
  local complaint = known.complaint({ [key] = true }, FIELDS, "field of a URI")
  if complaint then
    error(complaint, 2)
  elseif ESCAPED[key] then
    rawset(self, ESCAPED[key], value and escape.encode(value, escape[key:upper()]))
  else
    rawset(self, key, value)
  end
end

-- Without params and headers, which are compared one by one.
local function front(self)
  local userinfo = ""
  if self._user then
    userinfo = self._user .. (self._password and ":" .. self._password or "") .. "@"
  end
  return ("%s:%s%s"):format(self.scheme:lower(), userinfo, self.hostport:lower())
end

--- The URI in its normal spelling: scheme, host and names in lower case, no escape
--- that is not needed.
function Uri:__tostring()
  if self.text then
    return self.scheme .. ":" .. self.text
  end
  return front(self) .. tostring(self.params) .. tostring(self.headers)
end

---@return sipwright.Uri
function Uri:clone()
  local copy = setmetatable({}, Uri)
  for key, value in next, self do
    rawset(copy, key, type(value) == "table" and value:clone() or value)
  end
  return copy
end

--- Do both mean the same (19.1.4)? Not transitive: what stands in one of them alone
--- mostly does not count.
---@param other sipwright.Uri|string
---@return boolean
function Uri:matches(other)
  other = type(other) == "string" and M.parse(other) or other
  if getmetatable(other) ~= Uri then
    return false
  elseif self.text or other.text then
    return tostring(self) == tostring(other)
  end
  return front(self) == front(other) and equivalence.params(self.params, other.params) and
    equivalence.headers(self.headers, other.headers)
end

local function split_host(text)
  local host, rest = text:match "^(%[[%x:.]+%])(.*)$"
  if not host then
    host, rest = text:match "^([%w.%-_]+)(.*)$"
  end
  if not host or rest == "" then
    return host
  end
  local port = math.tointeger(tonumber(rest:match "^:(%d+)$"))
  if port and port >= 1 and port <= 65535 then
    return host, port
  end
end

-- What is kept of user and password: nothing where there is none; nil for an empty
-- one.
local function split_userinfo(text)
  if not text then
    return {}
  end
  local user, colon, password = text:match "^([^:]*)(:?)(.*)$"
  return text ~= "" and {
    _user = escape.canonical(user),
    _password = colon ~= "" and escape.canonical(password) or nil,
  } or nil
end

-- Parameters and headers, nil for one without a name.
local function split_tail(text)
  local parameters, headers = text:match "^([^?]*)%??(.*)$"
  return params.read(PARAMETERS, parameters:gmatch ";([^;]*)"),
    params.read(HEADERS, headers:gmatch "[^&]+")
end

--- Takes a SIP URI apart.
---@param text string
---@return sipwright.Uri? uri nil when it is no SIP URI
function M.parse(text)
  local scheme, rest = text:match "^([sS][iI][pP][sS]?):([^%s<>]+)$"
  if not scheme or not escape.valid(rest) then
    return nil
  end
  local userinfo, place = rest:match "^([^@]*)@(.*)$"
  local where, tail = (place or rest):match "^([^;?]*)(.*)$"
  local uri = split_userinfo(userinfo)
  local host, port = split_host(where)
  local parameters, headers = split_tail(tail)
  if not (uri and host and parameters and headers) then
    return nil
  end
  uri.scheme, uri.host, uri.port, uri.raw = scheme:lower(), host:lower(), port, text
  uri.params, uri.headers = parameters, headers
  return setmetatable(uri, Uri)
end

--- Are these texts the same SIP URI?
---@param one string
---@param other string
---@return boolean
function M.same(one, other)
  if one == other then
    return true
  end
  local uri = M.parse(one)
  return uri ~= nil and uri:matches(other)
end

--- A URI of any scheme.
---@param text string
---@return sipwright.Uri? uri
---@return sipwright.Error? err
function M.uri(text)
  if type(text) ~= "string" then
    error(("sip.uri wants a text, got %s"):format(type(text)), 2)
  end
  local uri = M.parse(text)
  local scheme, rest = text:match "^(%a[%w+.%-]*):([^%s<>]+)$"
  if not uri and scheme and not scheme:lower():find "^sips?$" then
    uri = setmetatable({ scheme = scheme:lower(), text = rest, raw = text }, Uri)
  end
  if not uri then
    return core.failure("protocol", ("%q is not a URI"):format(text))
  end
  return uri
end

--- Host and port of a SIP URI, as they stand in it: "127.0.0.1:5060".
---@param text string
---@return string hostport
function M.host(text)
  local uri = type(text) == "string" and M.parse(text)
  if not uri then
    error(("%q is not a SIP URI"):format(tostring(text)), 2)
  end
  return uri.hostport
end

return M
