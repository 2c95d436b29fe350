-- SPDX-License-Identifier: MIT
-- A reason to leave the command at once: an exit code and one clear sentence.

local M = {}

---@class sipwright.Failure
---@field code integer
---@field message string

local Failure_mt = {
  __name = "Failure",
  __tostring = function(self) return self.message end,
}

--- Makes one, to be raised by whoever wants.
---@param code integer
---@param message string
---@return sipwright.Failure
function M.new(code, message)
  return setmetatable({ code = code, message = message }, Failure_mt)
end

local function raise(code, format, ...)
  local message = select("#", ...) > 0 and format:format(...) or format
  error(M.new(code, message), 0)
end

--- The script failed outside of any call: exit 1.
---@param format string
function M.failed(format, ...)
  raise(1, format, ...)
end

--- Wrong usage, or a script that does not load: exit 2.
---@param format string
function M.usage(format, ...)
  raise(2, format, ...)
end

--- Nothing here can work: a busy port, a name that does not resolve: exit 3.
---@param format string
function M.environment(format, ...)
  raise(3, format, ...)
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == Failure_mt
end

return M
