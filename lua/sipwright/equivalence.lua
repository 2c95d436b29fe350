-- SPDX-License-Identifier: MIT
-- When the parameters and the headers of two URIs mean the same (RFC 3261 19.1.4).

local M = {}

-- One of these in one URI alone makes it another URI.
local DECISIVE <const> = { "user", "ttl", "method", "maddr", "transport" }

local function same(a, b)
  return a == b or (type(a) == "string" and type(b) == "string" and a:lower() == b:lower())
end

--- Any other parameter counts only where both have it.
---@param a sipwright.Params
---@param b sipwright.Params
---@return boolean
function M.params(a, b)
  for _, name in ipairs(DECISIVE) do
    if a:has(name) ~= b:has(name) then
      return false
    end
  end
  for name, value in pairs(a) do
    if b:has(name) and not same(b:get(name), value) then
      return false
    end
  end
  return true
end

local function sorted(headers)
  local lines = {}
  for name, value in pairs(headers) do
    lines[#lines + 1] = name .. "=" .. tostring(value):lower()
  end
  table.sort(lines)
  return lines
end

--- Each header counts; their order does not.
---@param a sipwright.Params
---@param b sipwright.Params
---@return boolean
function M.headers(a, b)
  return table.concat(sorted(a), "\n") == table.concat(sorted(b), "\n")
end

return M
