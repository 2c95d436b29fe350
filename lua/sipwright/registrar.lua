-- SPDX-License-Identifier: MIT
-- A registrar (RFC 3261 10.3): digest for the users it knows, bindings in memory
-- until they expire. sip.registrar makes one; the embedded peer has one.

local address = require "sipwright.address"
local bindings = require "sipwright.bindings"
local core = require "sipwright.core"
local expiry = require "sipwright.expiry"
local extensions = require "sipwright.extensions"
local known = require "sipwright.known"
local uri = require "sipwright.uri"

local M = {}

local function are_passwords(users)
  for user, password in pairs(users) do
    if type(user) ~= "string" or type(password) ~= "string" then
      return false
    end
  end
  return true
end

local TYPES <const> = {
  users = { "table", 'like { alice = "secret" }', are_passwords },
  realm = "string", auth = "boolean|DigestServer", strangers = "boolean", path = "boolean",
  contacts_max = { "number", "a number from 0 on", function(value) return value >= 0 end },
  service_route = { "string|table", "a string or a list of them", function(value)
    return type(value) == "string" or known.is_strings(value)
  end },
}
for name, type_name in pairs(expiry.TYPES) do
  TYPES[name] = type_name
end

local DEFAULTS <const> = {
  realm = "sipwright", min_expires = 0, max_expires = math.huge, default_expires = 3600,
  contacts_max = math.huge, path = false,
}

---@class sipwright.Registrar
---@field on_change (fun(user: string, bindings: sipwright.registrar.Binding[]))?
local Registrar = {}
local Registrar_mt = { __name = "Registrar", __index = Registrar }

--- Changes the options that are given; bindings stay.
---@param options sipwright.RegistrarOptions
function Registrar:configure(options)
  known.check(options, TYPES, "registrar")
  local settings = self._settings
  for name, value in pairs(options) do
    settings[name] = value
  end
  local auth = settings.auth
  if auth == nil then
    auth = settings.users ~= nil
  end
  if core.type(auth) == "DigestServer" then
    self._digest = auth
  elseif not auth then
    self._digest = nil
  elseif not self._digest or options.realm then
    self._digest = core.digest_server { realm = settings.realm }
  end
end

--- Is this one of its users?
---@param user string
---@return boolean
function Registrar:knows(user)
  known.argument(user, "string", "registrar:knows: the user")
  local users = self._settings.users
  return users ~= nil and users[user] ~= nil
end

function Registrar:_takes_strangers()
  local strangers = self._settings.strangers
  if strangers == nil then
    return self._settings.users == nil
  end
  return strangers
end

function Registrar:_tell(user)
  if self.on_change then
    self.on_change(user, self:bindings(user))
  end
end

--- A user's bindings that have not expired, preferred ones first.
---@param user string
---@return sipwright.registrar.Binding[]
function Registrar:bindings(user)
  known.argument(user, "string", "registrar:bindings: the user")
  local list = bindings.sorted(self._bindings:get(user))
  for i, binding in ipairs(list) do
    list[i] = {
      uri = binding.uri, q = binding.q, expires = expiry.left(binding),
      call_id = binding.call_id, cseq = binding.cseq,
      path = table.move(binding.path, 1, #binding.path, 1, {}),
    }
  end
  return list
end

--- Where a user is: the URIs of his bindings, preferred ones first.
---@param user string
---@return string[] uris
function Registrar:lookup(user)
  known.argument(user, "string", "registrar:lookup: the user")
  local list = bindings.sorted(self._bindings:get(user))
  for i, binding in ipairs(list) do
    list[i] = binding.uri
  end
  return list
end

--- Takes a user's bindings away, or one of them.
---@param user string
---@param contact_uri string?
---@return integer count how many there were
function Registrar:remove(user, contact_uri)
  known.argument(user, "string", "registrar:remove: the user")
  known.argument(contact_uri, "string|nil", "registrar:remove: the URI")
  local live, kept = self._bindings:get(user), {}
  for _, binding in ipairs(live) do
    if contact_uri and not uri.same(binding.uri, contact_uri) then
      kept[#kept + 1] = binding
    end
  end
  if #kept < #live then
    self._bindings:put(user, kept)
    self:_tell(user)
  end
  return #live - #kept
end

--- Steps 3 and 4: whoever is asked for a password has to give that of the user.
---@return integer? status of the answer, where he did not
function Registrar:_refuse_unverified(incoming, user)
  local verdict, name = incoming:verify(self._digest, self._settings.users or {})
  if verdict == "ok" and name == user then
    return nil
  end
  if verdict == "none" or verdict == "stale" then
    incoming:challenge(self._digest)
  else
    incoming:reject(verdict == "broken" and 400 or 403)
  end
  return incoming.status
end

--- Whose bindings it is about; nil where it is answered already.
---@return string? user
function Registrar:_user_of(incoming)
  if extensions.refuse(incoming, { path = self._settings.path }) then
    return nil
  end
  local to = address.address(incoming.message.to or "")
  if not to or not to.uri.user then
    incoming:reject(400)
    return nil
  end
  return to.uri.user
end

--- Steps 2 to 5.
---@return string? user nil where it is answered already
function Registrar:_admit(incoming)
  local user = self:_user_of(incoming)
  local stranger = user and not self:knows(user)
  if not user or stranger and self:_takes_strangers() then
    return user
  end
  if self._digest then
    return not self:_refuse_unverified(incoming, user) and user or nil
  end
  if stranger then
    incoming:reject(404)
    return nil
  end
  return user
end

--- Step 8: all of the bindings, and what else the phone has to know.
function Registrar:_lines(user, message)
  local lines = {}
  local function add(name, values)
    for _, value in ipairs(values) do
      lines[#lines + 1] = ("%s: %s"):format(name, value)
    end
  end
  for _, binding in ipairs(bindings.sorted(self._bindings:get(user))) do
    lines[#lines + 1] = ("Contact: <%s>%s;expires=%d")
      :format(binding.uri, binding.parameters, expiry.left(binding))
  end
  if self._settings.path then
    add("Path", message:headers "Path")
  end
  local route = self._settings.service_route
  add("Service-Route", type(route) == "string" and { route } or route or {})
  return lines
end

--- Does what a REGISTER asks for, and answers it.
---@param incoming sipwright.IncomingRequest
---@return integer status of the answer
function Registrar:handle(incoming)
  known.incoming(incoming, "REGISTER", "registrar:handle")
  local message = incoming.message
  local user = self:_admit(incoming)
  if not user then
    return incoming.status
  end
  local current = self._bindings:get(user)
  local kept, why = bindings.update(current, message, self._settings)
  if not kept then
    incoming:reject(why.status, { reason = why.reason, extra_headers = { why.line } })
    return incoming.status
  end
  if kept ~= current then
    self._bindings:put(user, kept)
  end
  incoming:reply(200, { extra_headers = self:_lines(user, message) })
  if kept ~= current then
    self:_tell(user)
  end
  return incoming.status
end

Registrar_mt.__tostring = function(self)
  return ("Registrar (%s, %d registered)"):format(self._settings.realm, (self._bindings:count()))
end

--- A registrar without bindings.
---@param options sipwright.RegistrarOptions?
---@return sipwright.Registrar
function M.new(options)
  options = options or {}
  known.check(options, TYPES, "registrar")
  local self = setmetatable({ _settings = {}, _bindings = expiry.store() }, Registrar_mt)
  for name, value in pairs(DEFAULTS) do
    self._settings[name] = value
  end
  self:configure(options)
  return self
end

return M
