-- SPDX-License-Identifier: MIT
-- The command: reads its arguments and hands over to one subcommand.

local arguments = require "sipwright.cli.arguments"
local failure = require "sipwright.cli.failure"

local M = {}

local COMMANDS <const> = {
  run = "sipwright.cli.run",
  serve = "sipwright.cli.serve",
  version = "sipwright.cli.version",
}

local function dispatch(args)
  local asked = arguments.parse(args)
  if asked.help then
    print(asked.help)
    return 0
  end
  return require(COMMANDS[asked.command]).main(asked)
end

--- Runs the command; called as a task, so that it may wait.
---@param args string[] without the program's name
---@return integer exit_code
function M.main(args)
  local done, result = xpcall(dispatch, function(err)
    return failure.is(err) and err or debug.traceback(tostring(err), 2)
  end, args)
  if done then
    return result
  end
  io.stdout:flush()
  if failure.is(result) then
    io.stderr:write("sipwright: ", result.message, "\n")
    return result.code
  end
  io.stderr:write("sipwright: a fault in the command itself: ", result, "\n")
  return 1
end

return M
