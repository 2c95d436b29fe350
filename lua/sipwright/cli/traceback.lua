-- SPDX-License-Identifier: MIT
-- Errors of scripts as a person wants them: the message, the script's own
-- frames, and the ladder of the call that they are about.

local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"

local M = {}

local LIBRARY <const> = "lua/5?%.?4?/?sipwright/[%w/_]+%.lua:"
local USAGE <const> = 2

---@class sipwright.cli.Trouble
---@field text string what was raised
---@field traceback string the script's frames, one a line
---@field code string? of an error of the engine: "in_use", "timeout" …
---@field call_id string?

--- Without the frames of the command below the script.
local function own_frames(trace)
  local kept = {}
  for line in trace:gmatch "[^\n]+" do
    if line:find("[C]: in function 'xpcall'", 1, true) then
      break
    end
    local noise = line:find(LIBRARY) or line:find "^stack traceback:" or line:find "^%s*%[C%]:"
    if not noise then
      kept[#kept + 1] = line
    end
  end
  if kept[#kept] and kept[#kept]:find("(...tail calls...)", 1, true) then
    kept[#kept] = nil
  end
  return table.concat(kept, "\n")
end

local function text_of(err)
  local meta = getmetatable(err)
  if type(err) == "string" or type(meta) == "table" and meta.__tostring then
    return tostring(err)
  end
  return ("(error object is a %s value)"):format(type(err))
end

--- A message handler for xpcall. What the command raises itself passes through,
--- and a wrong option or a module that is missing becomes such a reason to leave.
---@param err any
---@return sipwright.cli.Trouble|sipwright.Failure
function M.capture(err)
  if failure.is(err) then
    return err
  end
  local text = text_of(err)
  local missing = text:match "^[^\n]*module '[^'\n]+' not found"
  if missing or core.is_misuse(text) then
    return failure.new(USAGE, missing or text)
  end
  local meta = getmetatable(err)
  local is_ours = type(meta) == "table" and meta.__name == "Error"
  return {
    text = text,
    traceback = own_frames(debug.traceback("", 2)),
    code = is_ours and err.code or nil,
    call_id = is_ours and err.call_id or nil,
  }
end

--- Of a task that the engine has stopped: its text holds the traceback.
---@param text string
---@return sipwright.cli.Trouble
function M.of_task(text)
  local message, trace = text:match "^(.-)\nstack traceback:\n(.*)$"
  return { text = message or text, traceback = own_frames(trace or "") }
end

local function is_drawn(line)
  if line:find "^%s+%d+%.%d%d%d%s.*|" then
    return true
  end
  local words = 0
  for word in line:gmatch "%S+" do
    words = words + 1
    if not word:find "^[%x.:%[%]]+:%d+$" then
      return false
    end
  end
  return words > 1
end

--- A text without the ladder in it.
---@param text string
---@return string
function M.without_ladder(text)
  local kept = {}
  for line in text:gmatch "[^\n]+" do
    if not is_drawn(line) then
      kept[#kept + 1] = line
    end
  end
  return table.concat(kept, "\n")
end

--- The ladder of a call, if the trace still has it.
---@param call_id string?
---@return string?
function M.ladder(call_id)
  local ladder = call_id and core.ladder(call_id)
  return ladder ~= "" and ladder or nil
end

return M
