-- SPDX-License-Identifier: MIT
-- The result of a run as one table: summary.json is this table, and the terminal
-- shows it. docs/summary.md says what each key is.

local context = require "sipwright.context"
local core = require "sipwright.core"
local traceback = require "sipwright.cli.traceback"
local verdict = require "sipwright.report.verdict"

local M = {}

local MESSAGES <const> = { "sent", "received", "retransmitted", "absorbed", "timeouts", "dropped" }

---@class sipwright.Result
---@field schema integer
---@field command string
---@field script string
---@field kind "load"|"script"
---@field target string?
---@field calls table<string, integer>
---@field messages table<string, integer>
---@field peer { messages: table<string, integer> }?
---@field times table<string, table<string, number>>
---@field outcomes { method: string, status: integer, count: integer }[]
---@field failures table[]
---@field checks table<string, { passed: integer, failed: integer }>
---@field counts table<string, number>
---@field cpu { user: number, system: number }
---@field wall number
---@field errors integer how many came from outside of calls
---@field exit integer
---@field verdict string
---@field reason string? one sentence, where the verdict needs one
---@field report_path string? where summary.json is

local function messages(which)
  local all, picked = core.counters(which), {}
  for _, name in ipairs(MESSAGES) do
    picked[name] = all[name] or 0
  end
  picked.drops = core.drops(which)
  return picked
end

local function base(session, kind)
  local seed, run_id = core.seed()
  return {
    schema = 1, kind = kind, command = session.command, script = session.path,
    target = context.known_target(), seed = seed, run_id = run_id,
    version = core.version,
    messages = messages(),
    peer = session.peer and { uri = session.peer.uri, messages = messages "peer" } or nil,
    times = {}, outcomes = {}, failures = {}, checks = {}, counts = {},
  }
end

local function load_failures(ended)
  local list = {}
  for i, failure in ipairs(ended.snapshot.failures) do
    list[i] = {
      cause = failure.cause, count = failure.count, call = failure.number,
      call_id = failure.call_id,
      detail = traceback.without_ladder(failure.detail or failure.cause),
      ladder = traceback.ladder(failure.call_id) or ended.ladders[failure.cause],
    }
  end
  return list
end

--- Errors that came from outside of any call.
local function add_strays(result, strays)
  result.errors = strays.count
  for _, stray in ipairs(strays.list) do
    table.insert(result.failures, {
      cause = stray.cause, count = stray.count,
      detail = traceback.without_ladder(stray.detail),
    })
  end
end

--- Of a load: what `conduct.drive` saw.
---@param session sipwright.cli.Session
---@param options table what the load was made of
---@param ended sipwright.cli.Ended
---@return sipwright.Result
function M.of_load(session, options, ended)
  local snapshot = ended.snapshot
  local result = base(session, "load")
  result.calls = {
    wanted = options.calls, started = snapshot.started, succeeded = snapshot.succeeded,
    failed = snapshot.failed, dropped = snapshot.dropped, killed = snapshot.killed,
    open = snapshot.open, max_open = snapshot.max_open_seen,
  }
  result.rate = options.rate
  result.duration = options.duration
  result.times = snapshot.trends
  result.outcomes = snapshot.outcomes
  result.failures = load_failures(ended)
  result.checks = snapshot.checks
  result.counts = snapshot.counts
  result.cpu, result.wall = ended.cpu, ended.wall
  add_strays(result, session.strays)
  verdict.judge(result, session.signals, ended.unreachable)
  return result
end

--- What a plain script failed of, if that was its only contact with the target.
local function unreachable(err)
  local alone = core.counters().received or 0
  return alone == 0 and err.text:match "transport:[%w_]+" and err.text:match "^[^\n]*"
end

--- Of a plain script, which counts as one call.
---@param session sipwright.cli.Session
---@return sipwright.Result
function M.of_script(session)
  local result = base(session, "script")
  local failed = session.err and 1 or 0
  local killed = session.signals.count > 0 and not session.err and 1 or 0
  result.calls = {
    wanted = 1, started = 1, succeeded = 1 - failed - killed, failed = failed, dropped = 0,
    killed = killed, open = 0, max_open = 1,
  }
  if session.err then
    local err = session.err
    result.failures[1] = {
      cause = err.text:match "^[^\n]*", count = 1, call = 1, call_id = err.call_id,
      detail = traceback.without_ladder(err.text .. "\n" .. err.traceback),
      ladder = traceback.ladder(err.call_id),
    }
  end
  add_strays(result, session.strays)
  local user, system = core.cpu()
  result.cpu = { user = user, system = system }
  result.wall = core.now() - session.began
  verdict.judge(result, session.signals, session.err and unreachable(session.err))
  return result
end

return M
