-- SPDX-License-Identifier: MIT
-- A SIP peer inside the process: it answers calls, is a small registrar, and
-- routes a call to a registered user. `sipwright run` without --target starts it.

local bridge = require "sipwright.peer.bridge"
local core = require "sipwright.core"
local known = require "sipwright.known"
local registrar = require "sipwright.registrar"
local sdp = require "sipwright.sdp"
local uri = require "sipwright.uri"

local M = {}

local USERS <const> = { alice = "alicepw", bob = "bobpw", carol = "carolpw", dave = "davepw" }
local NAMES <const> = { "listen", "users", "answer", "ring", "realm" }

---@class sipwright.peer.Options
---@field listen string? default "udp:127.0.0.1:0"
---@field users table<string, string>? user = password; default alice, bob, carol, dave,
---  each with their name and "pw" as password
---@field answer string[]? users that the peer plays itself; default { "service" }
---@field ring number? seconds between its 180 and its 200; default 0
---@field realm string? of the digest challenge; default "sipwright"

---@class sipwright.Peer
---@field agent sipwright.UserAgent
---@field uri string who answers: "sip:service@127.0.0.1:5060"
---@field address string "127.0.0.1:5060"
---@field registrar sipwright.Registrar
local Peer = {}
local Peer_mt = { __name = "Peer", __index = Peer }

local function check(options)
  local complaint = known.complaint(options, NAMES, "option")
  if complaint then
    error("peer: " .. complaint, 3)
  end
end

--- Changes users, answer, ring or realm of a running peer.
---@param options sipwright.peer.Options
function Peer:configure(options)
  check(options)
  if options.answer then
    self._plays = {}
    for _, user in ipairs(options.answer) do
      self._plays[user] = true
    end
  end
  self._ring = options.ring or self._ring
  self.registrar:configure { users = options.users, realm = options.realm }
end

--- Answers a call itself: 180, then 200 after the time of ringing. A delegate
--- that waits would hold up the next call: hence the task.
---@param incoming sipwright.IncomingInviteRequest
function Peer:_play(incoming)
  incoming:progress(180)
  if self._ring == 0 then
    incoming:accept { body = self._answer }
    return
  end
  core.spawn(function()
    local _, err = incoming:expect("CANCEL", { timeout = self._ring })
    if err and err.code == "timeout" then
      incoming:accept { body = self._answer }
    end
  end)
end

--- What breaks the grammar gets 400 (RFC 3261 8.2), whatever it asks for.
local function unless_malformed(handle)
  return function(incoming)
    local complaint = incoming.message.malformed
    if complaint then
      incoming:reject(400, { reason = "Bad Request: " .. complaint })
    else
      handle(incoming)
    end
  end
end

--- One INVITE from outside of a dialog.
---@param incoming sipwright.IncomingInviteRequest
function Peer:_invite(incoming)
  local parts = uri.parse(incoming.message.uri)
  local user = parts and parts.user
  local target = user and self.registrar:lookup(user)[1]
  if target then
    bridge.connect(self.agent, incoming, target)
  elseif user and self.registrar:knows(user) then
    incoming:reject(480)
  elseif not user or self._plays[user] then
    self:_play(incoming)
  else
    incoming:reject(404)
  end
end

--- Ends it in silence.
function Peer:close()
  self.agent:close()
end

Peer_mt.__close = Peer.close
Peer_mt.__tostring = function(self)
  return "Peer " .. self.address
end

--- Starts a peer. What it answers: INVITE to a registered user goes there; to a
--- user it plays, 180 and 200; to a known user who is not registered, 480;
--- to anybody else, 404. REGISTER asks users in its table for their password
--- and takes others as they are. OPTIONS, MESSAGE and what comes in a dialog
--- get the engine's own answers.
---@param options sipwright.peer.Options?
---@return sipwright.Peer? peer
---@return table? err when it cannot listen
function M.new(options)
  options = options or {}
  check(options) -- before there is anything to be closed
  local agent, err = core.agent {
    peer = true, hold = 0, listen = options.listen or "udp:127.0.0.1:0",
  }
  if not agent then
    return nil, err
  end
  local host = agent.address:gsub(":%d+$", ""):gsub("[%[%]]", "")
  local self = setmetatable({
    agent = agent,
    address = agent.address,
    uri = "sip:service@" .. agent.address,
    registrar = registrar.new { users = USERS, strangers = true },
    _answer = sdp.build { address = host, user = "peer" },
    _plays = { service = true },
    _ring = 0,
  }, Peer_mt)
  self:configure(options)
  agent.delegate = {
    on_invite = unless_malformed(function(incoming) self:_invite(incoming) end),
    on_register = unless_malformed(function(incoming) self.registrar:handle(incoming) end),
    on_options = unless_malformed(function() end), -- the engine answers
    on_message = unless_malformed(function(incoming) incoming:reply(200) end),
  }
  return self
end

return M
