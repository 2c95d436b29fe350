-- SPDX-License-Identifier: MIT
-- A scenario file: read, run once, and told apart: a load scenario returns a
-- table, a plain script returns nothing.

local core = require "sipwright.core"
local failure = require "sipwright.cli.failure"
local known = require "sipwright.known"
local strays = require "sipwright.cli.strays"
local traceback = require "sipwright.cli.traceback"

local M = {}

local KEYS <const> = { "options", "setup", "scenario", "teardown" }
local POLL <const> = 0.25 -- seconds between looks at the signals
local ENVIRONMENT <const> = { -- codes of errors that no script can help
  in_use = true, no_address = true, denied = true, unreachable = true,
}

--- Reads a file without running it.
---@param path string
---@return function chunk
function M.read(path)
  local file, why = io.open(path, "r")
  if not file then
    failure.usage("cannot read the script: %s", why)
  end
  local readable, trouble = file:read(0)
  file:close()
  if not readable and trouble then
    failure.usage("cannot read the script: %s: %s", path, trouble)
  end
  local chunk, wrong = loadfile(path, "t")
  if not chunk then
    failure.usage("the script does not parse: %s", wrong)
  end
  return chunk
end

---@class sipwright.cli.Ran
---@field results table? packed, when it reached its end
---@field err sipwright.cli.Trouble? when it raised
---@field interrupted boolean? when a signal ended it

--- Runs a chunk as a task until it ends or a signal comes.
---@param chunk function
---@param session { signals: sipwright.cli.Signals, strays: sipwright.cli.Strays }
---@return sipwright.cli.Ran
function M.execute(chunk, session)
  local signals, outcome = session.signals, nil
  local task = core.spawn(function()
    outcome = table.pack(xpcall(chunk, traceback.capture))
  end)
  local over, why
  repeat
    over, why = task:join(POLL)
    strays.obey(session.strays)
  until over or why.code ~= "timeout" or signals.count > 0
  if outcome and outcome[1] then
    return { results = table.pack(table.unpack(outcome, 2, outcome.n)) }
  elseif outcome then
    return { err = outcome[2] }
  elseif signals.count > 0 then
    task:cancel()
    return { interrupted = true }
  end
  return { err = traceback.of_task(tostring(why)) }
end

--- The line with the place in the script in front, if it has none yet.
local function placed(err)
  local line = err.text:match "^[^\n]*"
  local place = err.traceback:match "^%s*([^\n]-:%d+: )" or ""
  return line:sub(1, #place) == place and line or place .. line
end

--- Leaves the command if an error has a clear reason outside of the script.
---@param err (sipwright.cli.Trouble|sipwright.Failure)?
function M.leave_if_hopeless(err)
  if failure.is(err) then
    error(err, 0)
  elseif err and ENVIRONMENT[err.code] then
    failure.environment("%s", placed(err))
  end
end

---@class sipwright.Scenario
---@field options table?
---@field setup (fun(run: table): any)?
---@field scenario fun(call: sipwright.Call, shared: any)
---@field teardown (fun(run: table, shared: any))?

--- Checks what a load scenario returned.
---@param path string
---@param returned any
---@return sipwright.Scenario
function M.check(path, returned)
  if type(returned) ~= "table" then
    failure.usage("%s returns a %s: a load scenario returns a table, a plain script nothing",
      path, type(returned))
  end
  local complaint = known.complaint(returned, KEYS, "key in the table that it returns:")
  if complaint then
    failure.usage("%s: %s", path, complaint)
  end
  if type(returned.scenario) ~= "function" then
    failure.usage("%s returns a table without a scenario function", path)
  end
  for _, key in ipairs { "setup", "teardown" } do
    if returned[key] ~= nil and type(returned[key]) ~= "function" then
      failure.usage("%s: %s must be a function, not a %s", path, key, type(returned[key]))
    end
  end
  if returned.options ~= nil and type(returned.options) ~= "table" then
    failure.usage("%s: options must be a table, not a %s", path, type(returned.options))
  end
  return returned
end

return M
