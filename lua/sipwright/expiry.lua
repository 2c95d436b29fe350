-- SPDX-License-Identifier: MIT
-- What is kept for a time that its sender asks for: bindings of a registrar
-- (RFC 3261 10.3 step 7), published event state (RFC 3903 section 6).

local core = require "sipwright.core"

local M = {}

---@class sipwright.expiry.Limits
---@field min_expires number
---@field max_expires number
---@field default_expires number

--- The options of whoever has such limits.
M.TYPES = { min_expires = "number", max_expires = "number", default_expires = "number" }

--- Seconds of an Expires value; nil where there is none that can be read.
---@param text string?
---@return integer?
function M.seconds(text)
  return math.tointeger(tonumber(text and text:match "^%s*(%d+)%s*$"))
end

--- How long it is granted.
---@param asked integer? in seconds
---@param limits sipwright.expiry.Limits
---@return integer? seconds 0: taken away; nil: too brief
function M.granted(asked, limits)
  local seconds = math.min(asked or limits.default_expires, limits.max_expires)
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
---@generic T: { until_time: number }
---@param list T[]?
---@return T[]
function M.live(list)
  local live, now = {}, core.now()
  for _, each in ipairs(list or {}) do
    if each.until_time > now then
      live[#live + 1] = each
    end
  end
  return live
end

--- Seconds that are left, as a header tells them.
---@param each { until_time: number }
---@return integer
function M.left(each)
  local left = each.until_time - core.now()
  return math.ceil(left - 1e-6) -- sums of times are a hair off
end

return M
