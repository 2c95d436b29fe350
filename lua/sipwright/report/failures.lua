-- SPDX-License-Identifier: MIT
-- Failures grouped by cause, the first of each with traceback and ladder.

local format = require "sipwright.report.format"
local wrap = require "sipwright.report.wrap"

local M = {}

local SHOWN <const> = 5
local FRAMES <const> = 8
local NOISE <const> = { "^stack traceback:", "^%s*%[C%]: in ", "^%s*%(%.%.%.tail calls" }

local function is_noise(line)
  for _, pattern in ipairs(NOISE) do
    if line:find(pattern) then
      return true
    end
  end
  return false
end

--- Where something was raised, shorter than Lua has it.
local function frame(line)
  return (line:gsub("in function <.-:(%d+)>", "in the function at line %1"))
end

local function append(lines, made)
  table.move(made, 1, #made, #lines + 1, lines)
end

--- Does the heading tell this already? The cause begins with the place of the
--- innermost frame.
local function is_told(line, failure)
  local place = line:match "^%s*(.-:%d+:) in "
  return line == failure.cause
    or place and failure.cause:sub(1, #place) == place
end

local function add_details(lines, failure)
  local shown = 0
  for line in failure.detail:gmatch "[^\n]+" do
    if not is_told(line, failure) and not is_noise(line) then
      append(lines, wrap.lines(frame(line), "      "))
      shown = shown + 1
    end
    if shown == FRAMES then
      return
    end
  end
end

local function heading(failure, is_load)
  if not is_load then
    return failure.cause
  elseif not failure.call then
    return ("%s outside of calls: %s"):format(
      format.plural(failure.count, "error"), failure.cause)
  end
  return ("%s: %s"):format(format.plural(failure.count, "call"), failure.cause)
end

local function one(lines, failure, style, is_load)
  for _, line in ipairs(wrap.lines(heading(failure, is_load), "  ")) do
    lines[#lines + 1] = style.paint("red", line)
  end
  if is_load and failure.call and failure.count > 1 then
    lines[#lines + 1] = ("    the first was call %s"):format(format.count(failure.call))
  end
  add_details(lines, failure)
  if failure.ladder then
    lines[#lines + 1] = ""
    for line in failure.ladder:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
  end
  lines[#lines + 1] = ""
end

--- Adds the lines about all failures.
---@param lines string[]
---@param result sipwright.Result
---@param style sipwright.Style
function M.add(lines, result, style)
  if #result.failures == 0 then
    return
  end
  lines[#lines + 1] = style.paint("bold", "What failed")
  for i, failure in ipairs(result.failures) do
    if i > SHOWN then
      lines[#lines + 1] = ("  and %s more"):format(
        format.plural(#result.failures - SHOWN, "cause"))
      lines[#lines + 1] = ""
      break
    end
    one(lines, failure, style, result.kind == "load")
  end
end

return M
