-- SPDX-License-Identifier: MIT
-- Kamailio as registrar and proxy of sip.test, see registrar.cfg.

local sip = require "sipwright"
local world = require "spec.peers.world"

local M = {}

local TABLES <const> = "/usr/share/kamailio/dbtext/kamailio" -- empty ones, of its package

---@class spec.Kamailio
---@field port integer on 127.0.0.1 and on ::1
---@field address string "127.0.0.1:5060"
---@field peer spec.Peer
local Kamailio = {}
Kamailio.__index = Kamailio

--- Asks the running Kamailio.
---@param command string "ul.dump", "htable.get seen …"
---@return string answer
---@return boolean well
function Kamailio:ask(command)
  local line = ("kamcmd -s unix:%s/kam.ctl %s 2>&1"):format(self.peer.folder, command)
  local pipe = assert(io.popen(line))
  local answer = pipe:read "a"
  return answer, pipe:close() == true
end

--- The addresses that a user is bound to, in order.
---@param user string
---@return string[]
function Kamailio:bindings(user)
  local list, current = {}, nil
  for line in self:ask("ul.dump"):gmatch "[^\n]+" do
    current = line:match "AoR: ([^%s@]+)" or current
    local address = line:match "Address: (%S+)"
    if address and current == user then
      list[#list + 1] = address
    end
  end
  table.sort(list)
  return list
end

--- How many requests of a method came from a user, each counted once.
---@param method string
---@param user string
---@return integer
function Kamailio:seen(method, user)
  local answer = self:ask(("htable.get seen %s:%s"):format(method, user))
  return math.tointeger(tonumber(answer:match "value: (%d+)")) or 0
end

--- An agent that is registered there as one of its users.
---@param user string
---@return sipwright.UserAgent
function Kamailio:phone(user)
  local agent = assert(sip.agent {
    uri = ("sip:%s@sip.test"):format(user), username = user, password = user .. "pw",
    proxy = "sip:" .. self.address,
  })
  assert(agent:register({ expires = 600 }):expect("2xx", { timeout = 5 }))
  return agent
end

--- What it needs to be a presence server: tables of its own.
local function presence(at, port)
  local tables = at.folder .. "/dbtext"
  assert(os.execute(("cp -r %s %s"):format(TABLES, world.quote(tables))))
  return {
    "-A", ('PRESENCE="text://%s"'):format(tables),
    "-A", ('SERVER="sip:127.0.0.1:%d"'):format(port),
  }
end

--- Starts it, ready for requests.
---@param at spec.World
---@param options { presence: boolean }?
---@return spec.Kamailio
function M.start(at, options)
  local port = world.free_port()
  local words = {
    "kamailio", "-DD", "-E", "-f", at.here .. "spec/peers/registrar.cfg",
    "-w", ".", "-Y", ".", "-P", "./kam.pid", "-m", "64", "-M", "8", "-A", "PORT=" .. port,
  }
  if options and options.presence then
    local more = presence(at, port)
    table.move(more, 1, #more, #words + 1, words)
  end
  local peer = at:start("kamailio", words)
  local self = setmetatable({
    port = port, address = "127.0.0.1:" .. port, peer = peer,
  }, Kamailio)
  at:ready(peer, function()
    return select(2, self:ask "core.uptime")
  end)
  return self
end

return M
