-- SPDX-License-Identifier: MIT
-- What `run` and `serve` have in common: from the arguments to a script that has
-- run once, and from a result to the report and the exit code.

local context = require "sipwright.context"
local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"
local json = require "sipwright.report.json"
local options = require "sipwright.cli.options"
local script = require "sipwright.cli.script"
local signals = require "sipwright.cli.signals"
local strays = require "sipwright.cli.strays"
local style = require "sipwright.report.style"
local summary = require "sipwright.report.summary"

local M = {}

M.CALL_TIMEOUT = 60

---@class sipwright.cli.Session
---@field command "run"|"serve"
---@field path string the script
---@field out string? folder for the report
---@field flags table options given on the command line
---@field settings table options of script and command line
---@field scenario sipwright.Scenario? nil for a plain script
---@field err sipwright.cli.Trouble? how a plain script failed
---@field signals sipwright.cli.Signals
---@field strays sipwright.cli.Strays
---@field peer sipwright.Peer? the one in this process
---@field began number core.now() at the start

local function set_seed(settings)
  if settings.seed or settings.run_id then
    core.seed(settings.seed or (core.seed()), settings.run_id)
  end
end

local function merged(base, over)
  local all = {}
  for key, value in pairs(base) do
    all[key] = value
  end
  for key, value in pairs(over) do
    all[key] = value
  end
  return all
end

--- Checks the arguments and reads the script, without running it.
---@param asked table what the arguments say
---@return sipwright.cli.Session session
---@return function chunk
function M.open(asked)
  local flags = options.from_flags(asked)
  local chunk = script.read(asked.file)
  json.prepare(asked.out)
  set_seed(flags)
  for key, value in pairs(flags.set or {}) do
    context.set[key] = value
  end
  return {
    command = asked.command, path = asked.file, out = asked.out,
    flags = flags, settings = flags, signals = signals.watch(), strays = strays.watch(),
    began = core.now(),
  }, chunk
end

--- Runs the script once. Afterwards `scenario` is set if it is a load script,
--- and `settings` are complete; else it is over, with `err` or without.
---@param session sipwright.cli.Session
---@param chunk function
function M.load(session, chunk)
  local ran = script.execute(chunk, session)
  script.leave_if_hopeless(ran.err)
  session.err = ran.err
  local returned = ran.results and ran.results[1]
  if returned == nil then
    return
  end
  session.scenario = script.check(session.path, returned)
  local own = options.from_script(returned.options or {})
  options.fill_set(context.set, own.set)
  if not session.flags.seed and not session.flags.run_id then
    set_seed(own)
  end
  session.settings = merged(own, session.flags)
end

--- Makes the agent of the scenario.
---@param fields table options for sip.agent
---@return sipwright.UserAgent
function M.agent(fields)
  local made, agent, err = pcall(core.agent, fields)
  if not made then
    failure.usage("options.agent: %s", (tostring(agent):gsub("^[^\n]-%.lua:%d+: ", "")))
  elseif not agent and err.code == "argument" then
    failure.usage("%s", tostring(err))
  elseif not agent then
    failure.environment("%s", tostring(err))
  end
  return agent
end

--- Runs setup or teardown as a task, so that it may wait and be interrupted.
local function run_hook(session, name, ...)
  local hook, arguments = session.scenario[name], table.pack(...)
  if not hook then
    return nil
  end
  local ran = script.execute(function()
    return hook(table.unpack(arguments, 1, arguments.n))
  end, session)
  script.leave_if_hopeless(ran.err)
  if ran.err then
    failure.failed("%s failed: %s\n%s", name, ran.err.text, ran.err.traceback)
  end
  return ran.results and ran.results[1]
end

--- The scenario as the load engine calls it, after its setup has run.
---@param session sipwright.cli.Session
---@param agent sipwright.UserAgent
---@return fun(call: sipwright.Call) each
---@return fun() finish runs the teardown
function M.prepare(session, agent)
  local scenario = session.scenario
  local run = {
    agent = agent, target = context.known_target(), worker = 1, workers = 1,
    set = context.set,
  }
  local shared = run_hook(session, "setup", run)
  local function finish()
    run_hook(session, "teardown", run, shared)
  end
  if not scenario.setup then
    return scenario.scenario, finish
  end
  return function(call) return scenario.scenario(call, shared) end, finish
end

--- Writes the report and prints the summary.
---@param session sipwright.cli.Session
---@param result sipwright.Result
---@return integer exit_code
function M.report(session, result)
  if session.out then
    local path, err = json.write(session.out, result)
    if not path then
      failure.environment("cannot write the report: %s", err)
    end
    result.report_path = path
  end
  io.stdout:write(summary.render(result, style.of(1)))
  io.stdout:flush()
  return result.exit
end

return M
