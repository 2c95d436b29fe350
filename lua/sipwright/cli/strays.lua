-- SPDX-License-Identifier: MIT
-- Errors that belong to no call: in the delegate of an agent, in a task that
-- nobody joins. They fail the run.

local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"

local M = {}

local CAUSES <const> = 20

---@class sipwright.cli.Strays
---@field count integer
---@field list { cause: string, count: integer, detail: string }[]
---@field misuse string? a wrong option in one of them

local function note(seen, text)
  local cause = text:match "^[^\n]*"
  seen.count = seen.count + 1
  if core.is_misuse(text) then
    seen.misuse = seen.misuse or cause
  end
  local known = seen.by_cause[cause]
  if known then
    known.count = known.count + 1
  elseif #seen.list < CAUSES then
    seen.list[#seen.list + 1] = { cause = cause, count = 1, detail = text }
    seen.by_cause[cause] = seen.list[#seen.list]
  end
end

--- Starts to listen for them.
---@return sipwright.cli.Strays
function M.watch()
  local seen = { count = 0, list = {}, by_cause = {} }
  core.on_error(function(text)
    note(seen, text)
  end)
  return seen
end

--- Leaves the command if one of them was a wrong option.
---@param seen sipwright.cli.Strays
function M.obey(seen)
  if seen.misuse then
    failure.usage("%s", seen.misuse)
  end
end

return M
