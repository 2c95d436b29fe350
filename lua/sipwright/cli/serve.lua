-- SPDX-License-Identifier: MIT
-- `sipwright serve FILE`: the scenario once for each request that comes in.

local conduct = require "sipwright.cli.conduct"
local context = require "sipwright.context"
local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"
local result = require "sipwright.report.result"
local session = require "sipwright.cli.session"
local style = require "sipwright.report.style"
local summary = require "sipwright.report.summary"

local M = {}

local DEFAULT_LISTEN <const> = "udp:127.0.0.1:5060"

local function agent_fields(settings)
  local fields = {}
  for key, value in pairs(settings.agent or {}) do
    fields[key] = value
  end
  fields.listen = settings.listen or fields.listen or DEFAULT_LISTEN
  return fields
end

local function load_options(settings, agent, scenario)
  return {
    serve = true, scenario = scenario, agent = agent, set = context.set,
    calls = settings.calls, duration = settings.duration, max_open = settings.max_open,
    call_timeout = settings.call_timeout or session.CALL_TIMEOUT,
    graceful_stop = settings.graceful_stop,
  }
end

--- Runs the command.
---@param asked table
---@return integer exit_code
function M.main(asked)
  local current, chunk = session.open(asked)
  session.load(current, chunk)
  if current.err then
    failure.usage("the script does not load: %s\n%s", current.err.text, current.err.traceback)
  elseif not current.scenario and current.signals.count == 0 then
    failure.usage("%s returns no table, and serve needs a scenario for each request",
      current.path)
  elseif not current.scenario then
    return current.signals.code
  end
  local agent <close> = session.agent(agent_fields(current.settings))
  local scenario, finish = session.prepare(current, agent)
  local options = load_options(current.settings, agent, scenario)
  io.stdout:write(summary.heading(current, options, style.of(1)))
  io.stdout:flush()
  local ended = conduct.drive(core.load(options), current, options)
  finish()
  return session.report(current, result.of_load(current, options, ended))
end

return M
