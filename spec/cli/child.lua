-- SPDX-License-Identifier: MIT
-- The command `sipwright` as a child process: its arguments in, exit code and
-- output out. Scripts live in a folder that goes with the test.

local sip = require "sipwright"

local M = {}

local function line_of(command)
  local pipe = assert(io.popen(command))
  local line = pipe:read "l"
  pipe:close()
  return line
end

M.root = line_of "pwd"

local build <const> = os.getenv "SIPWRIGHT_BUILD" or "build/asan"
M.build = build:sub(1, 1) == "/" and build or M.root .. "/" .. build

local folder ---@type string?

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The folder of this test, made when first asked for.
function M.folder()
  folder = folder or assert(line_of "mktemp -d /tmp/sipwright-cli.XXXXXX")
  return folder
end

local running = {} ---@type spec.Child[]

--- Takes the folder away, and whatever still runs; for after_each.
function M.clean()
  for _, child in ipairs(running) do
    if not M.read(child.name .. ".code") then
      child:signal "KILL"
    end
  end
  running = {}
  if folder then
    os.execute("rm -rf " .. quoted(folder))
    folder = nil
  end
end

--- Writes a script, or another file, into the folder.
---@param name string
---@param text string
---@return string name
function M.write(name, text)
  local file = assert(io.open(M.folder() .. "/" .. name, "w"))
  file:write(text)
  file:close()
  return name
end

--- A file of the folder, or nil.
function M.read(name)
  local file = io.open(M.folder() .. "/" .. name, "r")
  local text = file and file:read "a"
  if file then
    file:close()
  end
  return text
end

--- The interpreter without a command around it: an instrumented module needs an
--- instrumented one.
function M.lua()
  local path = M.build .. "/spec/host/lua-sanitized"
  local file = io.open(path)
  if file then
    file:close()
  end
  return file and path or "lua5.4"
end

--- Path of a file of the checkout.
function M.path(name)
  return M.root .. "/" .. name
end

---@class spec.Child
---@field pid integer
local Child = {}
Child.__index = Child

--- Sends a signal.
---@param name string
function Child:signal(name)
  os.execute(("kill -%s %d"):format(name, self.pid))
end

local function wait_for(condition, seconds, what)
  local deadline = sip.now() + seconds
  while true do
    local value = condition()
    if value then
      return value
    elseif sip.now() > deadline then
      error("waited in vain: " .. what)
    end
    sip.sleep(0.01)
  end
end

--- What it has written so far.
function Child:output()
  return (M.read(self.name .. ".out") or "") .. (M.read(self.name .. ".err") or "")
end

--- Waits until its output holds a text.
---@param text string
function Child:says(text)
  wait_for(function() return self:output():find(text, 1, true) end, 20,
    text .. " in:\n" .. self:output())
end

---@class spec.Ended
---@field code integer
---@field out string
---@field err string

--- Waits for its end; the engine of this process runs meanwhile.
---@param seconds number?
---@return spec.Ended
function Child:finish(seconds)
  local code = wait_for(function() return M.read(self.name .. ".code") end, seconds or 60,
    "the end of " .. self.name)
  return {
    code = tonumber(code), out = M.read(self.name .. ".out"), err = M.read(self.name .. ".err"),
  }
end

local started = 0

--- Starts a program in the folder.
---@param words string[]
---@param environment string? "A=1 B=2"
---@return spec.Child
function M.start_program(words, environment)
  started = started + 1
  local name = "child" .. started
  local parts = {}
  for i, word in ipairs(words) do
    parts[i] = quoted(word)
  end
  local script = ([[cd %s || exit 1
    env %s %s >%s.out 2>%s.err </dev/null & echo $! >%s.pid
    wait $!; echo $? >%s.part; mv %s.part %s.code]]):format(quoted(M.folder()),
    environment or "", table.concat(parts, " "), name, name, name, name, name, name)
  os.execute("sh -c " .. quoted(script) .. " >/dev/null 2>&1 &")
  local self = setmetatable({ name = name }, Child)
  self.pid = tonumber(wait_for(function()
    local text = M.read(name .. ".pid")
    return text ~= "" and text
  end, 10, "the start of " .. words[1]))
  running[#running + 1] = self
  return self
end

local function command(words)
  return table.move(words, 1, #words, 2, { M.build .. "/bin/sipwright" })
end

--- Starts the command.
---@param words string[] its arguments
---@param environment string?
---@return spec.Child
function M.start(words, environment)
  return M.start_program(command(words), "-u SIPWRIGHT_TARGET " .. (environment or ""))
end

--- Runs the command to its end.
---@param words string[]
---@param environment string?
---@return spec.Ended
function M.run(words, environment)
  return M.start(words, environment):finish()
end

--- Runs a script, given as text, with further arguments.
---@param text string
---@param words string[]?
---@return spec.Ended
function M.run_text(text, words)
  M.write("mine.lua", text)
  return M.run(table.move(words or {}, 1, #(words or {}), 3, { "run", "mine.lua" }))
end

--- Runs a program to its end.
---@param words string[]
---@param environment string?
---@return spec.Ended
function M.run_program(words, environment)
  return M.start_program(words, environment):finish()
end

--- "sip:x@127.0.0.1:PORT" where nothing listens.
function M.deaf_uri()
  local socket <close> = assert(sip.socket "udp:127.0.0.1:0")
  return "sip:x@" .. socket.address
end

return M
