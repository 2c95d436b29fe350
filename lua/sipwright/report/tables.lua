-- SPDX-License-Identifier: MIT
-- The tables of the summary: how requests ended, how long they took, what the
-- script checked and counted.

local format = require "sipwright.report.format"
local wrap = require "sipwright.report.wrap"

local M = {}

-- Names in the order in which things happen; a script's own stand between.
local FIRST <const> = {
  "register.answer", "options.answer", "invite.trying", "invite.progress", "invite.answer",
}
local LAST <const> = { "message.answer", "info.answer", "cancel.answer", "bye.answer",
  "start.lateness" }
local ACTUAL <const> = "%.actual$"
local NOTABLE <const> = 1.2 -- from intended to actual start, at p99
local NOTABLE_SECONDS <const> = 0.02

local function add_table(lines, rows, style)
  if #rows == 1 then
    return
  end
  local made = format.columns(rows, "  ")
  made[1] = style.paint("dim", made[1])
  table.move(made, 1, #made, #lines + 1, lines)
  lines[#lines + 1] = ""
end

--- How requests ended.
---@param lines string[]
---@param result sipwright.Result
---@param style sipwright.Style
function M.outcomes(lines, result, style)
  local rows = { { "outcome", "count" } }
  for _, outcome in ipairs(result.outcomes) do
    local name = ("%s %d"):format(outcome.method, outcome.status)
    if outcome.cause then
      name = ("%s (%s)"):format(name, outcome.cause)
    end
    rows[#rows + 1] = { wrap.plain(name), format.count(outcome.count) }
  end
  add_table(lines, rows, style)
end

--- Where calls began late, times from their real start differ from those from
--- the intended one. Else both would say the same twice.
local function is_shown(name, times)
  if times[name].count == 0 then
    return false
  end
  local plain = name:find(ACTUAL) and times[name:gsub(ACTUAL, "")]
  if not plain then
    return true
  end
  local intended, actual = plain.p99, times[name].p99
  return intended > actual * NOTABLE and intended - actual > NOTABLE_SECONDS
end

local function ranks()
  local rank = {}
  for i, name in ipairs(FIRST) do
    rank[name] = i
  end
  for i, name in ipairs(LAST) do
    rank[name] = 1000 + i
  end
  return rank
end

local function ordered(times)
  local rank, names = ranks(), {}
  for name in pairs(times) do
    if is_shown(name, times) then
      names[#names + 1] = name
    end
  end
  local function place(name)
    return rank[name] or rank[name:gsub(ACTUAL, "")] or 500
  end
  table.sort(names, function(a, b)
    local x, y = place(a), place(b)
    return x < y or x == y and a < b
  end)
  return names
end

--- How long things took.
---@param lines string[]
---@param result sipwright.Result
---@param style sipwright.Style
function M.times(lines, result, style)
  local rows, late = { { "time", "count", "p50", "p90", "p99", "max" } }, false
  for _, name in ipairs(ordered(result.times)) do
    local trend = result.times[name]
    local row = { wrap.plain(name), format.count(trend.count) }
    for _, figure in ipairs { "p50", "p90", "p99", "max" } do
      row[#row + 1] = format.time(trend[figure], style.utf8)
    end
    rows[#rows + 1] = row
    late = late or name:find(ACTUAL) ~= nil
  end
  add_table(lines, rows, style)
  if late then
    local note = "Calls began late: times count from when a call should have begun, "
      .. "those with .actual from when it did."
    lines[#lines] = nil
    for _, line in ipairs(wrap.lines(note, "  ", "  ")) do
      lines[#lines + 1] = style.paint("dim", line)
    end
    lines[#lines + 1] = ""
  end
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

--- What the script has checked and counted.
---@param lines string[]
---@param result sipwright.Result
---@param style sipwright.Style
function M.checks(lines, result, style)
  local rows = { { "check", "passed", "failed" } }
  for _, name in ipairs(sorted_keys(result.checks)) do
    local check = result.checks[name]
    rows[#rows + 1] = {
      wrap.plain(name), format.count(check.passed), format.count(check.failed),
    }
  end
  add_table(lines, rows, style)
  rows = { { "counted", "total" } }
  for _, name in ipairs(sorted_keys(result.counts)) do
    rows[#rows + 1] = { wrap.plain(name), format.count(result.counts[name]) }
  end
  add_table(lines, rows, style)
end

return M
