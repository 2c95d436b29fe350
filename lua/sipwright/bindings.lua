-- SPDX-License-Identifier: MIT
-- The bindings of one address of record, and what a REGISTER makes of them:
-- RFC 3261 10.3, steps 6 and 7, with Path (RFC 3327).

local address = require "sipwright.address"
local core = require "sipwright.core"
local expiry = require "sipwright.expiry"
local uri = require "sipwright.uri"

local M = {}

---@class sipwright.bindings.Binding
---@field uri string
---@field q number? as it came
---@field parameters string of the Contact, without its expires
---@field path string[] values of Path, the first hop first
---@field call_id string
---@field cseq integer
---@field until_time number by core.now()

---@class sipwright.bindings.Refusal
---@field status integer
---@field reason string?
---@field line string? a header

---@class sipwright.bindings.Contact
---@field uri string
---@field parameters string
---@field q number?
---@field expires integer? of its own

local function refusal(status, reason, line)
  return nil, { status = status, reason = reason, line = line }
end

---@return sipwright.bindings.Contact?
local function read_contact(value)
  local contact = address.address(value)
  if not contact then -- of any scheme (10.2.1)
    return nil
  end
  local own = contact.params:delete "expires"
  return {
    uri = contact.uri.raw, parameters = tostring(contact.params),
    q = tonumber(tostring(contact.params.q)), expires = expiry.seconds(tostring(own)),
  }
end

local function find(list, wanted)
  for i, binding in ipairs(list) do
    if uri.same(binding.uri, wanted) then
      return i, binding
    end
  end
end

--- Requests of one Call-ID count in their order only: a late one changes nothing.
local function is_late(binding, message)
  return binding.call_id == message.call_id and message.cseq <= binding.cseq
end

--- "Contact: *" takes all away, and only all, and only with Expires: 0.
local function remove_all(current, message, values)
  if #values > 1 or expiry.seconds(message:header "Expires") ~= 0 then
    return refusal(400, "Contact: * wants Expires: 0, and no other")
  end
  for _, binding in ipairs(current) do
    if is_late(binding, message) then
      return refusal(500, "CSeq out of order")
    end
  end
  return {}
end

--- Sets, renews or takes away the binding of one contact in `kept`.
local function bind(kept, contact, message, given)
  local at = find(kept, contact.uri)
  if at then
    table.remove(kept, at)
  end
  if given.seconds > 0 then
    table.insert(kept, 1, {
      uri = contact.uri, q = contact.q, parameters = contact.parameters, path = given.path,
      call_id = message.call_id, cseq = message.cseq, until_time = core.now() + given.seconds,
    })
  end
end

local function update_one(current, kept, message, options)
  local contact = read_contact(options.value)
  if not contact then
    return refusal(400, "Contact is not readable")
  end
  local asked = contact.expires or expiry.seconds(message:header "Expires")
  local seconds = expiry.granted(asked, options.limits)
  if not seconds then
    return refusal(423, nil, expiry.min_line(options.limits))
  end
  local _, old = find(current, contact.uri)
  if old and is_late(old, message) then
    return refusal(500, "CSeq out of order")
  end
  bind(kept, contact, message, { seconds = seconds, path = options.path })
  return kept
end

--- What the bindings are after a REGISTER: all of its contacts count or none.
---@param current sipwright.bindings.Binding[] latest first
---@param message sipwright.Message
---@param limits sipwright.expiry.Limits with contacts_max, and path: is it kept?
---@return sipwright.bindings.Binding[]? kept the very table when nothing was asked for
---@return sipwright.bindings.Refusal? why not
function M.update(current, message, limits)
  local values = message:headers "Contact"
  if #values == 0 then
    return current
  end
  for _, value in ipairs(values) do
    if value == "*" then
      return remove_all(current, message, values)
    end
  end
  local kept = table.move(current, 1, #current, 1, {})
  local path = limits.path and message:headers "Path" or {}
  for _, value in ipairs(values) do
    local options = { value = value, limits = limits, path = path }
    local ok, why = update_one(current, kept, message, options)
    if not ok then
      return nil, why
    end
  end
  if #kept > limits.contacts_max then
    return refusal(403, "Too Many Contacts")
  end
  return kept
end

--- Preferred first: by q, which is 1 where nothing is said, then latest first.
---@param list sipwright.bindings.Binding[] latest first
---@return sipwright.bindings.Binding[]
function M.sorted(list)
  local place, sorted = {}, table.move(list, 1, #list, 1, {})
  for i, binding in ipairs(list) do
    place[binding] = i
  end
  table.sort(sorted, function(a, b)
    local qa, qb = a.q or 1, b.q or 1
    if qa ~= qb then
      return qa > qb
    end
    return place[a] < place[b]
  end)
  return sorted
end

return M
