-- SPDX-License-Identifier: MIT
-- `sipwright run FILE`: a load scenario against a target, or a plain script.

local conduct = require "sipwright.cli.conduct"
local context = require "sipwright.context"
local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"
local peer = require "sipwright.peer"
local result = require "sipwright.report.result"
local session = require "sipwright.cli.session"
local style = require "sipwright.report.style"
local summary = require "sipwright.report.summary"

local M = {}

local DEFAULT_RATE <const> = 10

local function start_peer(current)
  local made, err = peer.new(current.settings.peer)
  if not made then
    failure.environment("cannot start the peer in this process: %s", tostring(err))
  end
  current.peer = made
  return made.uri
end

--- The target of a load: flag, environment, script, or the peer in this process.
local function settle_target(current)
  local named = current.flags.target or context.known_target() or current.settings.target
  context.set_target(named)
  local target = context.target()
  if current.peer and current.settings.peer then
    current.peer:configure(current.settings.peer)
  end
  return target
end

--- The script's agent fields. Without an address to listen on, it is the one
--- from which the target is reached. Behind a proxy the target's name need not
--- resolve here.
local function agent_fields(given, target)
  local fields = {}
  for key, value in pairs(given or {}) do
    fields[key] = value
  end
  if fields.proxy then
    return fields
  end
  local probe, err = core.agent { proxy = target }
  if not probe then
    local why = tostring(err):gsub('^proxy ".-": ', "")
    failure.environment("cannot reach %s: %s", target, why)
  end
  local host = probe.address:gsub(":%d+$", "")
  probe:close()
  fields.listen = fields.listen or ("udp:%s:0"):format(host)
  return fields
end

local function load_options(settings, target, agent, scenario)
  local calls = settings.calls or (not settings.duration and 1 or nil)
  return {
    scenario = scenario, agent = agent, target = target, set = context.set,
    calls = calls, rate = settings.rate or DEFAULT_RATE, duration = settings.duration,
    max_open = settings.max_open, call_timeout = settings.call_timeout or session.CALL_TIMEOUT,
    graceful_stop = settings.graceful_stop,
  }
end

local function run_load(current)
  local settings = current.settings
  local target = settle_target(current)
  local agent <close> = session.agent(agent_fields(settings.agent, target))
  local scenario, finish = session.prepare(current, agent)
  local options = load_options(settings, target, agent, scenario)
  io.stdout:write(summary.heading(current, options, style.of(1)))
  io.stdout:flush()
  local ended = conduct.drive(core.load(options), current, options)
  finish()
  return session.report(current, result.of_load(current, options, ended))
end

local function warn_of_unused(current)
  for _, name in ipairs { "calls", "rate", "max_open", "duration" } do
    if current.flags[name] then
      io.stderr:write(("sipwright: note: --%s is for load scenarios; %s is a plain script\n")
        :format(name:gsub("_", "-"), current.path))
      return
    end
  end
end

--- Runs the command.
---@param asked table
---@return integer exit_code
function M.main(asked)
  local current, chunk = session.open(asked)
  if current.flags.target then
    context.set_target(current.flags.target)
  end
  context.set_fallback(function() return start_peer(current) end)
  session.load(current, chunk)
  if current.scenario then
    return run_load(current)
  end
  warn_of_unused(current)
  return session.report(current, result.of_script(current))
end

return M
