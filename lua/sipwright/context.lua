-- SPDX-License-Identifier: MIT
-- What the command line tells a script: the target and the `--set` values.

local M = {}

--- The values of `--set k=v`. A load script's `options.set` gives the defaults.
---@type table<string, string|number|boolean>
M.set = {}

local target ---@type string?
local fallback ---@type (fun(): string)?

--- The URI to test against: `--target`, else `SIPWRIGHT_TARGET`, else, inside
--- the command, a peer in this process, which starts at the first call.
---@return string uri
function M.target()
  if not target then
    target = os.getenv "SIPWRIGHT_TARGET" or fallback and fallback()
  end
  if not target then
    error("no target: give --target URI or set SIPWRIGHT_TARGET", 2)
  end
  return target
end

--- For the command: the target is known.
---@param uri string?
function M.set_target(uri)
  target = uri
end

--- For the command: what is known so far, without starting anything.
---@return string?
function M.known_target()
  return target or os.getenv "SIPWRIGHT_TARGET"
end

--- For the command: how to get a target where none is given.
---@param start (fun(): string)?
function M.set_fallback(start)
  fallback = start
end

return M
