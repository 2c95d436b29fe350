-- SPDX-License-Identifier: MIT
-- What is kept for a time that its sender asks for: bindings of a registrar
-- (RFC 3261 10.3 step 7), published event state (RFC 3903 section 6).

local core = require "sipwright.core"

local M = {}

---@class sipwright.expiry.Limits
---@field min_expires number
---@field max_expires number
---@field default_expires number

local MOST <const> = 2 ^ 32 - 1 -- that a header may say (RFC 3261 20.19)

local function is_span(value)
  return value >= 0 and value <= MOST
end

--- The options of whoever has such limits.
M.TYPES = {
  min_expires = { "number", "seconds that a header can tell", is_span },
  max_expires = { "number", "seconds from 0 on", function(value) return value >= 0 end },
  default_expires = { "number", "seconds that a header can tell", is_span },
}

--- Seconds of an Expires value; nil where there is none that can be read.
---@param text string?
---@return integer?
function M.seconds(text)
  local seconds = tonumber(text and text:match "^%s*(%d+)%s*$")
  return seconds and math.tointeger(math.min(seconds, MOST))
end

--- How long it is granted.
---@param asked integer? in seconds
---@param limits sipwright.expiry.Limits
---@return integer? seconds 0: taken away; nil: too brief
function M.granted(asked, limits)
  local usual = math.max(limits.default_expires, limits.min_expires)
  local seconds = math.min(asked or usual, limits.max_expires)
  if seconds > 0 and seconds < limits.min_expires then
    return nil
  end
  return math.ceil(seconds)
end

--- What a 423 tells.
---@param limits sipwright.expiry.Limits
---@return string line
function M.min_line(limits)
  return ("Min-Expires: %d"):format(math.ceil(limits.min_expires))
end

--- Those of a list that have not expired, in order.
local function live_of(list)
  local live, now = {}, core.now()
  for _, each in ipairs(list or {}) do
    if each.until_time > now then
      live[#live + 1] = each
    end
  end
  return live
end

---@class sipwright.expiry.Store lists by key, of things that expire
local Store = {}
local Store_mt = { __name = "Store", __index = Store }
local LEAST <const> = 64

---@return sipwright.expiry.Store
function M.store()
  return setmetatable({ _lists = {}, _puts = 0, _room = LEAST }, Store_mt)
end

--- What has not expired of a list, in order.
---@param key string
---@return { until_time: number }[] a new table
function Store:get(key)
  return live_of(self._lists[key])
end

--- How many lists have something, and how much all of them have. Forgets those
--- that have nothing.
---@return integer lists
---@return integer things
function Store:count()
  local lists, things = 0, 0
  for key, list in pairs(self._lists) do
    local live = #live_of(list)
    lists, things = lists + math.min(live, 1), things + live
    if live == 0 then
      self._lists[key] = nil
    end
  end
  return lists, things
end

--- Puts a list in the place of what there was. Of whom nobody asks any more
--- nothing stays: all are looked at each time that half of them may be stale.
---@param key string
---@param list { until_time: number }[]
function Store:put(key, list)
  self._lists[key] = list[1] and list
  self._puts = self._puts + 1
  if self._puts >= self._room then
    self._puts, self._room = 0, math.max(LEAST, (self:count()))
  end
end

--- Seconds that are left, as a header tells them.
---@param each { until_time: number }
---@return integer
function M.left(each)
  local left = each.until_time - core.now()
  return math.ceil(left - 1e-6) -- sums of times are a hair off
end

return M
