-- SPDX-License-Identifier: MIT
-- The result on the terminal: 80 columns, the verdict in the last line.

local context = require "sipwright.context"
local core = require "sipwright.core"
local failures = require "sipwright.report.failures"
local format = require "sipwright.report.format"
local verdict = require "sipwright.report.verdict"

local M = {}

local FIRST <const> = {
  "invite.trying", "invite.progress", "invite.answer", "bye.answer", "cancel.answer",
  "register.answer", "options.answer", "message.answer",
}
local LAST <const> = { "start.lateness" }

local COLOURS <const> = { passed = "green", failed = "red", unreachable = "red" }

local function plan(options)
  local words = {}
  if options.calls then
    words[#words + 1] = format.plural(options.calls, "call")
  end
  if options.rate then
    words[#words + 1] = ("%s a second"):format(format.rate(options.rate))
  end
  if options.duration then
    words[#words + 1] = "for " .. format.span(options.duration)
  end
  if options.max_open then
    words[#words + 1] = ("at most %s open"):format(format.count(options.max_open))
  end
  return table.concat(words, ", ")
end

--- What is about to run, before it does.
---@param session sipwright.cli.Session
---@param options table what the load is made of
---@param style sipwright.Style
---@return string
function M.heading(session, options, style)
  local seed, run_id = core.seed()
  local lines = { style.paint("bold", "sipwright " .. session.command .. " " .. session.path) }
  if options.serve then
    local address = options.agent.address
    lines[#lines + 1] = ("  listening at %s, until interrupted (Ctrl-C)"):format(address)
  else
    local where = session.peer and " (a peer in this process)" or ""
    lines[#lines + 1] = ("  target %s%s"):format(context.known_target(), where)
  end
  local words = plan(options)
  if words ~= "" then
    lines[#lines + 1] = "  " .. words
  end
  lines[#lines + 1] = ("  seed %s, run id %s"):format(seed, run_id)
  return table.concat(lines, "\n") .. "\n\n"
end

local function add_table(lines, rows, style)
  local made = format.columns(rows, "  ")
  made[1] = style.paint("dim", made[1])
  table.move(made, 1, #made, #lines + 1, lines)
  lines[#lines + 1] = ""
end

local function add_outcomes(lines, result, style)
  if #result.outcomes == 0 then
    return
  end
  local rows = { { "outcome", "count" } }
  for _, outcome in ipairs(result.outcomes) do
    rows[#rows + 1] = {
      ("%s %d"):format(outcome.method, outcome.status), format.count(outcome.count),
    }
  end
  add_table(lines, rows, style)
end

--- Names that we know in their order, the script's own between.
local function ordered(trends)
  local rank, names = {}, {}
  for i, name in ipairs(FIRST) do
    rank[name] = i
  end
  for i, name in ipairs(LAST) do
    rank[name] = 1000 + i
  end
  for name, trend in pairs(trends) do
    if trend.count > 0 then
      names[#names + 1] = name
    end
  end
  table.sort(names, function(a, b)
    local x, y = rank[a] or 500, rank[b] or 500
    return x < y or x == y and a < b
  end)
  return names
end

local function add_times(lines, result, style)
  local rows = { { "time", "count", "p50", "p90", "p99", "max" } }
  for _, name in ipairs(ordered(result.times)) do
    local trend = result.times[name]
    local row = { name, format.count(trend.count) }
    for _, figure in ipairs { "p50", "p90", "p99", "max" } do
      row[#row + 1] = format.time(trend[figure], style.utf8)
    end
    rows[#rows + 1] = row
  end
  if #rows > 1 then
    add_table(lines, rows, style)
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

local function add_checks(lines, result, style)
  local rows = { { "check", "passed", "failed" } }
  for _, name in ipairs(sorted_keys(result.checks)) do
    local check = result.checks[name]
    rows[#rows + 1] = { name, format.count(check.passed), format.count(check.failed) }
  end
  if #rows > 1 then
    add_table(lines, rows, style)
  end
  rows = { { "counted", "total" } }
  for _, name in ipairs(sorted_keys(result.counts)) do
    rows[#rows + 1] = { name, format.count(result.counts[name]) }
  end
  if #rows > 1 then
    add_table(lines, rows, style)
  end
end

local function cpu_line(result, style)
  local calls = math.max(1, result.calls.started)
  local function each(seconds)
    return format.time(seconds / calls, style.utf8)
  end
  local cpu = result.cpu
  return ("  cpu       %s%s (user %s, system %s)%s"):format(
    each(cpu.user + cpu.system), result.kind == "load" and " a call" or "",
    each(cpu.user), each(cpu.system), result.peer and ", the peer's included" or "")
end

local function add_generator(lines, result, style)
  local calls, messages = result.calls, result.messages
  if result.kind == "load" then
    lines[#lines + 1] = ("  calls     %s ok, %s failed, at most %s open at once"):format(
      format.count(calls.succeeded), format.count(calls.failed), format.count(calls.max_open))
  end
  lines[#lines + 1] = ("  messages  %s sent, %s received, %s retransmitted"):format(
    format.count(messages.sent), format.count(messages.received),
    format.count(messages.retransmitted))
  lines[#lines + 1] = cpu_line(result, style)
  if result.report_path then
    lines[#lines + 1] = "  report    " .. result.report_path
  end
  lines[#lines + 1] = ""
end

--- The whole summary.
---@param result sipwright.Result
---@param style sipwright.Style
---@return string
function M.render(result, style)
  local lines = {}
  add_outcomes(lines, result, style)
  add_times(lines, result, style)
  add_checks(lines, result, style)
  failures.add(lines, result, style)
  if result.kind == "load" or result.messages.sent > 0 or result.report_path then
    add_generator(lines, result, style)
  end
  if result.reason then
    lines[#lines + 1] = result.reason
  end
  local colour = COLOURS[result.verdict] or "yellow"
  lines[#lines + 1] = style.paint(colour, verdict.line(result))
  return table.concat(lines, "\n") .. "\n"
end

return M
