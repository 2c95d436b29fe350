-- SPDX-License-Identifier: MIT
-- The peer's registrar (RFC 3261 10.3): digest for the users it knows, bindings
-- in memory until they expire.

local core = require "sipwright.core"
local uri = require "sipwright.uri"

local M = {}

local DEFAULT_EXPIRES <const> = 3600
local USERS <const> = { alice = "alicepw", bob = "bobpw", carol = "carolpw", dave = "davepw" }

---@class sipwright.peer.Binding
---@field uri string
---@field until_time number when it expires, by core.now()

---@class sipwright.peer.Registrar
local Registrar = {}
local Registrar_mt = { __name = "Registrar", __index = Registrar }

--- Each Contact of one header value; commas in quotes and in <> are no limits.
local function contacts_of(values)
  local found = {}
  for _, value in ipairs(values) do
    local masked = value:gsub('"[^"]*"', function(s) return ("_"):rep(#s) end)
    masked = masked:gsub("<[^>]*>", function(s) return ("_"):rep(#s) end)
    local from = 1
    while from <= #value do
      local comma = masked:find(",", from, true) or #value + 1
      found[#found + 1] = value:sub(from, comma - 1):match "^%s*(.-)%s*$"
      from = comma + 1
    end
  end
  return found
end

local function seconds_of(text)
  return math.tointeger(tonumber(text and text:match "^%s*(%d+)%s*$"))
end

--- Users and realm, where given.
---@param options { users: table<string, string>?, realm: string? }
function Registrar:configure(options)
  self.users = options.users or self.users
  if options.realm or not self.digest then
    self.digest = core.digest_server { realm = options.realm or "sipwright" }
  end
end

--- Has this user a password here?
---@param user string
---@return boolean
function Registrar:knows(user)
  return self.users[user] ~= nil
end

--- The bindings of a user that have not expired, latest first.
---@param user string
---@return sipwright.peer.Binding[]
function Registrar:bindings(user)
  local live, now = {}, core.now()
  for _, binding in ipairs(self._bindings[user] or {}) do
    if binding.until_time > now then
      live[#live + 1] = binding
    end
  end
  self._bindings[user] = #live > 0 and live or nil
  return live
end

--- Where a user is: the latest binding.
---@param user string
---@return string? contact_uri
function Registrar:lookup(user)
  local first = self:bindings(user)[1]
  return first and first.uri
end

--- Answers with a challenge or a refusal unless the request may register.
---@return boolean allowed
function Registrar:_admit(incoming, user)
  if not self:knows(user) then
    return true
  end
  local verdict, name = self.digest:check(incoming.message, function(who)
    return self.users[who]
  end)
  if verdict == "ok" and name == user then
    return true
  end
  if verdict == "none" or verdict == "stale" then
    local challenge = self.digest:challenge(verdict == "stale")
    incoming:reject(401, { extra_headers = { "WWW-Authenticate: " .. challenge } })
  else
    incoming:reject(verdict == "broken" and 400 or 403)
  end
  return false
end

--- Sets, refreshes or (with 0 seconds) removes one binding.
function Registrar:_bind(user, contact_uri, seconds)
  local kept = {}
  if seconds > 0 then
    kept[1] = { uri = contact_uri, until_time = core.now() + seconds }
  end
  for _, binding in ipairs(self:bindings(user)) do
    if binding.uri ~= contact_uri then
      kept[#kept + 1] = binding
    end
  end
  self._bindings[user] = #kept > 0 and kept or nil
end

function Registrar:_update(message, user)
  local general = seconds_of(message:header "Expires")
  for _, contact in ipairs(contacts_of(message:headers "Contact")) do
    if contact == "*" then
      self._bindings[user] = nil
    else
      local contact_uri, parameters = uri.of_address(contact)
      local own = seconds_of(parameters:match ";%s*[eE][xX][pP][iI][rR][eE][sS]%s*=%s*(%d+)")
      self:_bind(user, contact_uri, own or general or DEFAULT_EXPIRES)
    end
  end
end

--- One REGISTER.
---@param incoming sipwright.IncomingRequest
function Registrar:register(incoming)
  local message = incoming.message
  local parts = uri.parse((uri.of_address(message:header "To" or "")))
  if not parts or not parts.user then
    return incoming:reject(400)
  end
  if not self:_admit(incoming, parts.user) then
    return
  end
  self:_update(message, parts.user)
  local lines, now = {}, core.now()
  for i, binding in ipairs(self:bindings(parts.user)) do
    local left = math.ceil(binding.until_time - now)
    lines[i] = ("Contact: <%s>;expires=%d"):format(binding.uri, left)
  end
  incoming:reply(200, { extra_headers = lines })
end

--- A registrar without bindings.
---@return sipwright.peer.Registrar
function M.new()
  return setmetatable({ users = USERS, _bindings = {} }, Registrar_mt)
end

return M
