-- SPDX-License-Identifier: MIT
-- Failures grouped by cause, the first of each with traceback and ladder.

local format = require "sipwright.report.format"

local M = {}

local SHOWN <const> = 5
local FRAMES <const> = 8
local NOISE <const> = { "^stack traceback:", "%[C%]: in function '%w+'", "^%s*%(%.%.%.tail calls" }

local function is_noise(line)
  for _, pattern in ipairs(NOISE) do
    if line:find(pattern) then
      return true
    end
  end
  return false
end

--- The detail without the line that stands in the heading already.
local function detail_lines(failure, indent)
  local lines = {}
  for line in failure.detail:gmatch "[^\n]+" do
    local plain = line:gsub("\t", "  ")
    if plain ~= failure.cause and not is_noise(plain) then
      lines[#lines + 1] = indent .. plain:gsub("^%s+", "  ")
    end
    if #lines == FRAMES then
      break
    end
  end
  return lines
end

local function append(lines, text)
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
end

local function one(lines, failure, style, is_load)
  local heading = failure.cause
  if is_load then
    heading = ("%s: %s"):format(format.plural(failure.count, "call"), failure.cause)
  end
  lines[#lines + 1] = "  " .. style.paint("red", heading)
  if is_load and failure.call then
    lines[#lines + 1] = ("    the first was call %s"):format(format.count(failure.call))
  end
  local details = detail_lines(failure, "    ")
  table.move(details, 1, #details, #lines + 1, lines)
  if failure.ladder then
    lines[#lines + 1] = ""
    append(lines, failure.ladder)
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
