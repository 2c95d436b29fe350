-- SPDX-License-Identifier: MIT
-- Reads the command line with argparse, without its way of ending the process.

local argparse = require "argparse"
local failure = require "sipwright.cli.failure"
local options = require "sipwright.cli.options"

local M = {}

local COMMANDS <const> = {
  { name = "run", script = true,
    summary = "Run a load scenario, or a plain script.",
    about = "FILE returns a table: its scenario runs once a call. FILE returns nothing: "
      .. "it runs as it stands, and reaching its end is a pass." },
  { name = "serve", script = true,
    summary = "Run a scenario for each request that comes in.",
    about = "Until interrupted, or until --calls or --duration are reached." },
  { name = "version", summary = "Print the version." },
}

--- -h prints the help and ends the parsing, not the process.
local function add_help(parser, wanted)
  parser:add_help(false)
  parser:flag("-h --help", "Show this help."):action(function()
    wanted.help = parser:get_help()
    error "help"
  end)
end

local function add_options(parser, command)
  for _, row in ipairs(options.rows) do
    if row.value and (not row.only or row.only == command) then
      local option = parser:option(options.flag(row.name), row.help)
        :target(row.name):argname(row.value)
      if row.kind == "pairs" then
        option:count "*"
      end
    end
  end
  parser:option("--out", "a folder for summary.json"):argname "DIR"
end

local function build(wanted)
  local parser = argparse("sipwright", "A Lua-scriptable SIP testing engine.")
    :help_max_width(80)
  add_help(parser, wanted)
  parser:command_target "command"
  parser:require_command(true)
  for _, command in ipairs(COMMANDS) do
    local sub = parser:command(command.name, command.about or command.summary)
      :summary(command.summary)
    add_help(sub, wanted)
    if command.script then
      sub:argument("file", "the scenario, a Lua file"):argname "FILE"
      add_options(sub, command.name)
    end
  end
  return parser
end

--- argparse takes "-5" for a flag: `--rate -5` shall get its own sentence.
local function join_negatives(args)
  local joined = {}
  for _, arg in ipairs(args) do
    local last = joined[#joined]
    if arg:match "^%-[%d.]" and last and last:match "^%-%-[%w-]+$" then
      joined[#joined] = last .. "=" .. arg
    else
      joined[#joined + 1] = arg
    end
  end
  return joined
end

--- What was asked for; `help` is set when it was the help.
---@param args string[]
---@return table
function M.parse(args)
  local wanted = {}
  if args[1] == "--version" then
    return { command = "version" }
  end
  local parser = build(wanted)
  local called, parsed, result = pcall(parser.pparse, parser, join_negatives(args))
  if wanted.help then
    return { help = wanted.help }
  elseif not called then
    error(parsed, 0)
  elseif not parsed then
    local sentence = result:gsub("%s*\n%s*", " "):gsub(" Did you mean (.-)%?", "; did you mean %1?")
    failure.usage("%s (see sipwright --help)", sentence)
  end
  return result
end

return M
