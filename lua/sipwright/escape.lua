-- SPDX-License-Identifier: MIT
-- Percent escapes of SIP URIs (RFC 3261 25.1).

local M = {}

local UNRESERVED <const> = "%w%-_.!~*'()"

--- Characters beside the unreserved that need no escape there.
M.USER = "&=+$,;?/"
M.PASSWORD = "&=+$,"
M.PARAMETER = "%[%]/:&+$"
M.HEADER = "%[%]/?:+$"

local function character(hex)
  return string.char(tonumber(hex, 16))
end

--- Are all of its `%` followed by two hexadecimal digits?
---@param text string
---@return boolean
function M.valid(text)
  return not text:gsub("%%%x%x", ""):find("%", 1, true)
end

--- Without any escape.
---@param text string
---@return string
function M.decode(text)
  return (text:gsub("%%(%x%x)", character))
end

--- Without the escapes that mean the same as their character (19.1.4): those of
--- reserved characters stay, in upper case.
---@param text string
---@return string
function M.canonical(text)
  return (text:gsub("%%(%x%x)", function(hex)
    local c = character(hex)
    return c:find("[" .. UNRESERVED .. "]") and c or "%" .. hex:upper()
  end))
end

--- With an escape for each character that is not allowed as it is.
---@param text string
---@param allowed string one of the sets above
---@return string
function M.encode(text, allowed)
  return (text:gsub("[^" .. UNRESERVED .. allowed .. "]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

return M
