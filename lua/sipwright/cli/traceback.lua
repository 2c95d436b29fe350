-- SPDX-License-Identifier: MIT
-- Errors of scripts as a person wants them: the message, the script's own
-- frames, and the ladder of the call that they are about.

local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"

local M = {}

local LIBRARY <const> = "lua/5?%.?4?/?sipwright/[%w/_]+%.lua:"

---@class sipwright.cli.Trouble
---@field text string what was raised
---@field traceback string the script's frames, one a line
---@field call_id string?

--- Without the frames of the command below the script.
local function own_frames(trace)
  local kept = {}
  for line in trace:gmatch "[^\n]+" do
    if line:find("[C]: in function 'xpcall'", 1, true) then
      break
    end
    if not line:find(LIBRARY) and not line:find "^stack traceback:" then
      kept[#kept + 1] = line
    end
  end
  if kept[#kept] and kept[#kept]:find("(...tail calls...)", 1, true) then
    kept[#kept] = nil
  end
  return table.concat(kept, "\n")
end

--- A message handler for xpcall. What the command raises itself passes through.
---@param err any
---@return sipwright.cli.Trouble|sipwright.Failure
function M.capture(err)
  if failure.is(err) then
    return err
  end
  return {
    text = tostring(err),
    traceback = own_frames(debug.traceback("", 2)),
    call_id = type(err) == "table" and err.call_id or nil,
  }
end

--- The ladder of a call, if the trace still has it and `text` does not show it.
---@param call_id string?
---@param text string
---@return string?
function M.ladder(call_id, text)
  if not call_id or text:find(call_id, 1, true) then
    return nil
  end
  local ladder = core.ladder(call_id)
  return ladder ~= "" and ladder or nil
end

return M
