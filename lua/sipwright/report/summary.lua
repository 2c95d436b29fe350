-- SPDX-License-Identifier: MIT
-- The result on the terminal: 80 columns, the verdict in the last line.

local context = require "sipwright.context"
local core = require "sipwright.core"
local failures = require "sipwright.report.failures"
local format = require "sipwright.report.format"
local tables = require "sipwright.report.tables"
local verdict = require "sipwright.report.verdict"
local wrap = require "sipwright.report.wrap"

local M = {}

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

local function add(lines, text, first)
  local made = wrap.lines(text, first or "  ")
  table.move(made, 1, #made, #lines + 1, lines)
end

--- What is about to run, before it does.
---@param session sipwright.cli.Session
---@param options table what the load is made of
---@param style sipwright.Style
---@return string
function M.heading(session, options, style)
  local seed, run_id = core.seed()
  local lines = {}
  add(lines, ("sipwright %s %s"):format(session.command, session.path), "")
  lines[1] = style.paint("bold", lines[1])
  if options.serve then
    add(lines, ("listening at %s, until interrupted (Ctrl-C)"):format(options.agent.address))
  else
    local where = session.peer and " (a peer in this process)" or ""
    add(lines, ("target %s%s"):format(context.known_target(), where))
  end
  local words = plan(options)
  if words ~= "" then
    add(lines, words)
  end
  add(lines, ("seed %s, run id %s"):format(seed, run_id))
  return table.concat(lines, "\n") .. "\n\n"
end

local function cpu_line(result, style)
  local calls = math.max(1, result.calls.started)
  local function each(seconds)
    return format.time(seconds / calls, style.utf8)
  end
  local cpu = result.cpu
  return ("cpu       %s%s (user %s, system %s)%s"):format(
    each(cpu.user + cpu.system), result.kind == "load" and " a call" or "",
    each(cpu.user), each(cpu.system), result.peer and ", the peer's included" or "")
end

--- "12 dropped (garbage 12)": what came and went no further.
local function dropped(messages)
  if messages.dropped == 0 then
    return ""
  end
  local reasons = {}
  for reason, count in pairs(messages.drops) do
    reasons[#reasons + 1] = ("%s %s"):format(reason, format.count(count))
  end
  table.sort(reasons)
  return (", %s dropped (%s)"):format(
    format.count(messages.dropped), table.concat(reasons, ", "))
end

local function row(lines, text)
  local made = wrap.lines(text, "  ", "            ")
  made[1] = "  " .. text:match "^%S+%s+" .. made[1]:match "^%s*%S+%s+(.*)$"
  table.move(made, 1, #made, #lines + 1, lines)
end

local function add_generator(lines, result, style)
  local calls, messages = result.calls, result.messages
  if result.kind == "load" then
    row(lines, ("calls     %s ok, %s failed, at most %s open at once"):format(
      format.count(calls.succeeded), format.count(calls.failed), format.count(calls.max_open)))
  end
  row(lines, ("messages  %s sent, %s received, %s retransmitted%s"):format(
    format.count(messages.sent), format.count(messages.received),
    format.count(messages.retransmitted), dropped(messages)))
  row(lines, cpu_line(result, style))
  if result.report_path then
    row(lines, "report    " .. result.report_path)
  end
  lines[#lines + 1] = ""
end

local function add_verdict(lines, result, style)
  if result.reason then
    add(lines, result.reason, "")
  end
  local mark = ""
  if style.terminal and style.utf8 then
    mark = result.verdict == "passed" and "✓ " or "✗ "
  end
  local colour = COLOURS[result.verdict] or "yellow"
  for _, line in ipairs(wrap.lines(mark .. verdict.line(result), "")) do
    lines[#lines + 1] = style.paint(colour, line)
  end
end

--- The whole summary.
---@param result sipwright.Result
---@param style sipwright.Style
---@return string
function M.render(result, style)
  local lines = {}
  tables.outcomes(lines, result, style)
  tables.times(lines, result, style)
  tables.checks(lines, result, style)
  failures.add(lines, result, style)
  if result.kind == "load" or result.messages.sent > 0 or result.report_path then
    add_generator(lines, result, style)
  end
  add_verdict(lines, result, style)
  return table.concat(lines, "\n") .. "\n"
end

return M
