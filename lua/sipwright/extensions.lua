-- SPDX-License-Identifier: MIT
-- What a request requires of who answers it (RFC 3261 8.2.2.3).

local M = {}

--- Refuses a request that requires what is not understood, with 420.
---@param incoming sipwright.IncomingRequest
---@param understood table<string, boolean>? option tags in lower case
---@return boolean refused
function M.refuse(incoming, understood)
  local tags = {}
  for _, tag in ipairs(incoming.message:headers "Require") do
    if not (understood and understood[tag:lower()]) then
      tags[#tags + 1] = tag
    end
  end
  if not tags[1] then
    return false
  end
  incoming:reject(420, { extra_headers = { "Unsupported: " .. table.concat(tags, ", ") } })
  return true
end

return M
