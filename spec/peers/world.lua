-- SPDX-License-Identifier: MIT
-- The real programs around one example: started as children, looked at while
-- they run, and ended whatever happens. Their logs stand under a failure.

local sip = require "sipwright"

local M = {}

local HELPER <const> = "spec/peers/peer.sh"
local LOG_TAIL <const> = 3000 -- bytes of each log under a failure

---@class spec.World
---@field folder string goes at the end
---@field here string the root of the sources, with a slash
---@field peers spec.Peer[]
local World = {}
World.__index = World

---@class spec.Peer
---@field name string
---@field pid integer
---@field folder string its working folder
---@field pipe file*
---@field code integer? its exit code, once ended
local Peer = {}
Peer.__index = Peer

--- All that is in a file; nil when there is none.
function M.read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

--- A word for the shell.
function M.quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local function command_line(words)
  local quoted = {}
  for i, word in ipairs(words) do
    quoted[i] = M.quote(word)
  end
  return table.concat(quoted, " ")
end

--- Waits until a condition holds. The failure names what was waited for.
---@param what string
---@param seconds number
---@param holds fun(): any
function M.wait_until(what, seconds, holds)
  local deadline = sip.now() + seconds
  repeat
    local value = holds()
    if value then
      return value
    end
    sip.sleep(0.01)
  until sip.now() > deadline
  error(("waited %g s in vain until %s"):format(seconds, what), 2)
end

--- A UDP port of 127.0.0.1 that is free now.
---@return integer
function M.free_port()
  local probe = assert(sip.socket "udp:127.0.0.1:0")
  local port = math.tointeger(tonumber(probe.address:match ":(%d+)$"))
  probe:close()
  return port
end

--- Does anybody listen there? The kernel's list of sockets, nothing is sent.
---@param port integer
function M.listens(port)
  local place = ("^%%s*%%d+: %%x+:%04X "):format(port)
  for _, path in ipairs { "/proc/net/udp", "/proc/net/udp6" } do
    for line in (M.read(path) or ""):gmatch "[^\n]+" do
      if line:find(place) then
        return true
      end
    end
  end
  return false
end

--- Has the program ended? It stays a zombie until it is waited for.
function Peer:ended()
  local stat = M.read(("/proc/%d/stat"):format(self.pid))
  return self.code ~= nil or not stat or stat:match "^.*%) (%u)" == "Z"
end

---@param name string "INT", "USR1" …
function Peer:signal(name)
  assert(self.pipe:write(name, "\n"))
  self.pipe:flush()
end

--- Ends the program, if it has not ended by itself, and waits for it.
---@return integer code of its exit; 128 and more when a signal ended it
function Peer:stop()
  if not self.code then
    local _, how, code = self.pipe:close()
    self.code = how == "signal" and 128 + code or code or 0
  end
  return self.code
end

--- Waits until the program ends by itself.
---@param seconds number
---@return integer code
function Peer:finish(seconds)
  M.wait_until(self.name .. " ends", seconds, function() return self:ended() end)
  return self:stop()
end

function Peer:log()
  return M.read(self.folder .. "/log") or ""
end

--- Starts a program; its working folder is one of its own.
---@param name string
---@param words string[] the command line
---@return spec.Peer
function World:start(name, words)
  local folder = ("%s/%d-%s"):format(self.folder, #self.peers + 1, name)
  assert(os.execute("mkdir " .. M.quote(folder)))
  local pipe = assert(io.popen(("exec %s %s %s"):format(
    M.quote(self.here .. HELPER), M.quote(folder), command_line(words)), "w"))
  local peer = setmetatable({ name = name, folder = folder, pipe = pipe, pid = -1 }, Peer)
  self.peers[#self.peers + 1] = peer
  peer.pid = M.wait_until(name .. " is started", 5, function()
    return math.tointeger(tonumber(M.read(folder .. "/pid")))
  end)
  return peer
end

--- Waits until a program is ready. One that ends before that is a failure.
---@param peer spec.Peer
---@param holds fun(): any
function World.ready(_, peer, holds)
  M.wait_until(peer.name .. " is ready", 10, function()
    return holds() or peer:ended()
  end)
  if peer:ended() then
    error(("%s ended at once, exit code %d"):format(peer.name, peer:stop()), 2)
  end
end

--- A file in the world's folder.
---@return string path
function World:write(name, text)
  local path = self.folder .. "/" .. name
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
  return path
end

local function logs(world)
  local parts = {}
  for _, peer in ipairs(world.peers) do
    local text = peer:log()
    local cut = #text > LOG_TAIL and ("[…] " .. text:sub(-LOG_TAIL)) or text
    parts[#parts + 1] = ("\n---- log of %s, exit code %s ----\n%s"):format(
      peer.name, peer.code or "?", cut)
  end
  return table.concat(parts)
end

local function with_logs(err, world)
  if type(err) == "table" and type(err.message) == "string" then
    err.message = err.message .. logs(world) -- an assertion of busted's
    return err
  elseif type(err) == "table" and err.message then
    return err
  end
  return tostring(err) .. logs(world)
end

local function located(err)
  return type(err) == "string" and debug.traceback(err, 2) or err
end

local function end_all(world)
  for i = #world.peers, 1, -1 do
    world.peers[i]:stop()
  end
end

local function output(command)
  local pipe = assert(io.popen(command))
  local line = pipe:read "l"
  assert(pipe:close())
  return line
end

--- Makes the function of an `it` of one that gets a world of its own.
---@param example fun(world: spec.World)
---@return fun()
function M.example(example)
  return function()
    local folder = output "mktemp -d -t sipwright-spec.XXXXXX"
    local here = output "pwd" .. "/"
    local world = setmetatable({ folder = folder, here = here, peers = {} }, World)
    local passed, err = xpcall(example, located, world)
    end_all(world)
    local complaint = not passed and with_logs(err, world)
    os.execute("rm -rf " .. M.quote(folder))
    if complaint then
      error(complaint, 0)
    end
  end
end

return M
