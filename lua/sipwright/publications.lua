-- SPDX-License-Identifier: MIT
-- An event state compositor (RFC 3903 section 6): what has been published for an
-- address, until it expires. sip.publications makes one.

local core = require "sipwright.core"
local expiry = require "sipwright.expiry"
local extensions = require "sipwright.extensions"
local known = require "sipwright.known"
local uri = require "sipwright.uri"

local M = {}

local TYPES <const> = { events = { "table", "a list of strings", known.is_strings } }
for name, type_name in pairs(expiry.TYPES) do
  TYPES[name] = type_name
end

---@class sipwright.Publications
---@field on_change (fun(uri: string, event: string, states: sipwright.publications.State[]))?
local Publications = {}
local Publications_mt = { __name = "Publications", __index = Publications }

--- "sip:alice@example.com", whatever else stands in the URI.
local function address_of(text)
  local parts = uri.parse(text)
  if not parts then
    return nil
  end
  local user = parts.user and parts.user .. "@" or ""
  return ("%s:%s%s"):format(parts.scheme, user, parts.hostport)
end

--- "presence" of an Event value: its parameters are a subscriber's business.
local function package_of(value)
  local name = value and value:match "^%s*([^;%s]+)"
  return name and name:lower()
end

---@return sipwright.publications.Stored[]
function Publications:_live(address, event)
  return self._states:get(event .. " " .. address)
end

--- Is this event package one that it takes?
function Publications:_takes(event)
  for _, each in ipairs(self._events or { event }) do
    if each:lower() == event then
      return true
    end
  end
  return false
end

local function find(list, etag)
  for i, state in ipairs(list) do
    if state.etag == etag then
      return i
    end
  end
end

--- Step 3: which publication it is about.
---@return integer? status of a refusal
---@return integer? at its place in the list; nil for a first one
local function find_old(message, list)
  local tags = message:headers "SIP-If-Match"
  local many = #tags > 1 or (tags[1] and tags[1]:find ",")
  if many or (#tags == 0 and message.body == "") then
    return 400
  end
  local at = tags[1] and find(list, tags[1])
  if tags[1] and not at then
    return 412
  end
  return nil, at
end

--- What a PUBLISH wants, or why that cannot be: steps 3 to 5.
---@return table? wish { seconds, at, body, content_type }
---@return integer? status
function Publications:_read(message, list)
  local body, content_type = message.body, message:header "Content-Type"
  local status, at = find_old(message, list)
  if status then
    return nil, status
  end
  if body ~= "" and not content_type then
    return nil, 400
  end
  local seconds = expiry.granted(expiry.seconds(message:header "Expires"), self._limits)
  if not seconds then
    return nil, 423
  end
  if body == "" then
    body, content_type = list[at].body, list[at].content_type
  end
  return { seconds = seconds, at = at, body = body, content_type = content_type }
end

--- Each success has a new tag (step 6), which nobody can have seen before.
function Publications:_new_tag()
  self._made = self._made + 1
  local _, run = core.seed()
  return ("%s-%s-%d"):format(run, self._id, self._made)
end

--- Puts the state where the old one was, or behind the others.
function Publications:_store(address, event, wish)
  local list = self:_live(address, event)
  local tag = self:_new_tag()
  if wish.at then
    table.remove(list, wish.at)
  end
  if wish.seconds > 0 then
    table.insert(list, wish.at or #list + 1, {
      etag = tag, body = wish.body, content_type = wish.content_type,
      until_time = core.now() + wish.seconds,
    })
  end
  self._states:put(event .. " " .. address, list)
  return tag
end

--- What is published for an address, the oldest publication first.
---@param address string a URI
---@param event string a package
---@return sipwright.publications.State[]
function Publications:get(address, event)
  local states = {}
  local where = type(address) == "string" and address_of(address)
  if not where then
    core.misuse(("%q is not a SIP URI"):format(tostring(address)), 2)
  end
  known.argument(event, "string", "publications:get: the event")
  for i, state in ipairs(self:_live(where, event:lower())) do
    states[i] = {
      etag = state.etag, body = state.body, content_type = state.content_type,
      expires = expiry.left(state),
    }
  end
  return states
end

--- What all servers do, and steps 1 and 2: for which address and event; nil where it is answered.
function Publications:_admit(incoming)
  local message = incoming.message
  if extensions.refuse(incoming) then
    return nil
  end
  local address, event = address_of(message.uri), package_of(message:header "Event")
  if not address then
    incoming:reject(404)
    return nil
  end
  if not event or not self:_takes(event) then
    local events = self._events
    incoming:reject(489, {
      extra_headers = { events and "Allow-Events: " .. table.concat(events, ", ") },
    })
    return nil
  end
  return address, event
end

--- Does what a PUBLISH asks for, and answers it.
---@param incoming sipwright.IncomingRequest
---@return integer status of the answer
function Publications:handle(incoming)
  known.incoming(incoming, "PUBLISH", "publications:handle")
  local address, event = self:_admit(incoming)
  if not address then
    return incoming.status
  end
  local wish, status = self:_read(incoming.message, self:_live(address, event))
  if not wish then
    local line = status == 423 and expiry.min_line(self._limits) or nil
    incoming:reject(status, { extra_headers = { line } })
    return incoming.status
  end
  local tag = self:_store(address, event, wish)
  incoming:reply(200, {
    extra_headers = { "SIP-ETag: " .. tag, ("Expires: %d"):format(wish.seconds) },
  })
  if self.on_change then
    self.on_change(address, event, self:get(address, event))
  end
  return incoming.status
end

Publications_mt.__tostring = function(self)
  local _, count = self._states:count()
  return ("Publications (%d)"):format(count)
end

local made = 0 -- tells the tags of one compositor from those of another

--- A compositor to which nothing has been published.
---@param options sipwright.PublicationsOptions?
---@return sipwright.Publications
function M.new(options)
  options = options or {}
  known.check(options, TYPES, "publications")
  made = made + 1
  return setmetatable({
    _states = expiry.store(), _made = 0, _id = made, _events = options.events,
    _limits = {
      min_expires = options.min_expires or 0, max_expires = options.max_expires or math.huge,
      default_expires = options.default_expires or 3600,
    },
  }, Publications_mt)
end

return M
