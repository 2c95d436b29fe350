-- SPDX-License-Identifier: MIT
-- From a result to its verdict, the exit code, and the last line that says it.

local format = require "sipwright.report.format"

local M = {}

local REASONS <const> = {
  refused = "nothing listens there (ICMP port unreachable)",
  unreachable = "there is no way to it (ICMP or no route)",
}

local function failed_checks(result)
  local failed = 0
  for _, check in pairs(result.checks) do
    failed = failed + check.failed
  end
  return failed
end

--- Is there anything that was asked for and did not run to its end?
local function is_incomplete(result)
  local calls = result.calls
  if calls.dropped > 0 or calls.killed > 0 or calls.open > 0 then
    return true
  end
  -- A duration ends a run, calls then only bound it.
  return calls.wanted ~= nil and not result.duration and result.command == "run"
    and calls.started < calls.wanted
end

local function decide(result, signals, unreachable)
  local normal_end = result.command == "serve" and signals.name == "INT"
  if signals.count > 0 and not normal_end then
    return signals.code, "interrupted"
  elseif unreachable then
    return 3, "unreachable"
  elseif result.calls.failed + result.errors + failed_checks(result) > 0 then
    return 1, "failed"
  elseif is_incomplete(result) then
    return 4, "incomplete"
  end
  return 0, "passed"
end

--- Sets exit, verdict and reason.
---@param result sipwright.Result
---@param signals sipwright.cli.Signals
---@param unreachable string? the cause, if nothing there could be reached
function M.judge(result, signals, unreachable)
  result.exit, result.verdict = decide(result, signals, unreachable)
  if result.verdict == "unreachable" then
    local why = unreachable:match "transport:([%w_]+)"
    result.reason = ("nothing could be reached at %s: %s"):format(
      result.target or "the target", REASONS[why] or unreachable)
  end
end

local function of_script(result)
  local words = { passed = "passed", failed = "failed", interrupted = "interrupted" }
  return ("%s: %s, in %s"):format(
    words[result.verdict] or result.verdict, result.script, format.span(result.wall))
end

--- The last line: "passed: 1,000 calls, 0 failed, in 5.1 s".
---@param result sipwright.Result
---@return string
function M.line(result)
  if result.kind == "script" then
    return of_script(result)
  end
  local calls = result.calls
  local parts = { format.plural(calls.started, "call") }
  if result.verdict == "incomplete" and calls.wanted and calls.started < calls.wanted then
    parts[1] = ("%s of %s started"):format(parts[1], format.count(calls.wanted))
  end
  parts[#parts + 1] = format.count(calls.failed) .. " failed"
  if calls.dropped > 0 then
    parts[#parts + 1] = format.count(calls.dropped) .. " dropped"
  end
  if calls.killed + calls.open > 0 then
    parts[#parts + 1] = format.count(calls.killed + calls.open) .. " cut short"
  end
  if result.errors > 0 then
    parts[#parts + 1] = format.plural(result.errors, "error") .. " outside of calls"
  end
  local checks = failed_checks(result)
  if checks > 0 then
    parts[#parts + 1] = format.plural(checks, "failed check")
  end
  return ("%s: %s, in %s"):format(
    result.verdict, table.concat(parts, ", "), format.span(result.wall))
end

return M
