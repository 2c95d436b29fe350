-- SPDX-License-Identifier: MIT
-- The few looks at SIP URIs and addresses that the Lua side needs.

local M = {}

---@class sipwright.uri.Parts
---@field scheme string "sip" or "sips"
---@field user string? without password
---@field host string an IPv6 address keeps its brackets
---@field port integer?
---@field hostport string host, and port if there is one

local function split_host(text)
  local host, rest = text:match "^(%[[%x:.]+%])(.*)$"
  if not host then
    host, rest = text:match "^([%w.%-_]+)(.*)$"
  end
  if not host then
    return nil
  end
  if rest == "" then
    return host
  end
  local port = math.tointeger(tonumber(rest:match "^:(%d+)$"))
  if not port or port < 1 or port > 65535 then
    return nil
  end
  return host, port
end

--- Takes a SIP URI apart.
---@param text string
---@return sipwright.uri.Parts? parts nil when it is no SIP URI
function M.parse(text)
  local scheme, rest = text:match "^([sS][iI][pP][sS]?):([^%s<>]+)$"
  if not scheme then
    return nil
  end
  local user, place = rest:match "^([^@]*)@(.*)$"
  local host, port = split_host((place or rest):match "^[^;?]*")
  if not host or user == "" then
    return nil
  end
  return {
    scheme = scheme:lower(),
    user = user and user:match "^[^:]*",
    host = host,
    port = port,
    hostport = port and ("%s:%d"):format(host, port) or host,
  }
end

--- Host and port of a SIP URI, as they stand in it: "127.0.0.1:5060".
---@param text string
---@return string hostport
function M.host(text)
  local parts = type(text) == "string" and M.parse(text)
  if not parts then
    error(("%q is not a SIP URI"):format(tostring(text)), 2)
  end
  return parts.hostport
end

--- The URI in a From, To or Contact value: between <> if there are any, else
--- all up to the first parameter, which then belongs to the header.
---@param value string
---@return string uri
---@return string parameters of the header, ";" included
function M.of_address(value)
  local unquoted = value:gsub('^%s*"[^"\\]*"', "")
  local uri, parameters = unquoted:match "<%s*([^>]-)%s*>(.*)$"
  if uri then
    return uri, parameters
  end
  return unquoted:match "^%s*([^;%s]*)%s*(.*)$"
end

return M
