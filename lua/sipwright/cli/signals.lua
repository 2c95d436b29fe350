-- SPDX-License-Identifier: MIT
-- Interrupts, counted: the first asks to stop, the second to stop now.

local core = require "sipwright.core"

local M = {}

local CODES <const> = { INT = 130, TERM = 143 }

---@class sipwright.cli.Signals
---@field name string? the first one that came
---@field count integer
---@field code integer? exit code that belongs to it

--- Starts to listen for SIGINT and SIGTERM.
---@return sipwright.cli.Signals
function M.watch()
  local seen = { count = 0 }
  for name, code in pairs(CODES) do
    core.on_signal(name, function()
      seen.count = seen.count + 1
      seen.name = seen.name or name
      seen.code = seen.code or code
    end)
  end
  return seen
end

return M
