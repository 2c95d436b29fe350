-- SPDX-License-Identifier: MIT
-- A raw socket that plays the other side of an agent's requests, and a look at
-- the texts that it gets.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local M = {}

local Peer = {}
Peer.__index = Peer

local function pattern(name)
  return "\r\n" .. name:gsub("-", "%%-") .. ": ([^\r]+)"
end

--- The first value of a header.
function M.header(text, name)
  return text:match(pattern(name))
end

--- All of its values.
function M.headers(text, name)
  local all = {}
  for value in text:gmatch(pattern(name)) do
    all[#all + 1] = value
  end
  return all
end

function M.branch(text)
  return text:match "branch=([^;\r]+)"
end

function M.cseq(text)
  return math.tointeger(M.header(text, "CSeq"):match "^%d+")
end

--- A digest challenge as a header line; "Proxy" for that of a proxy.
function M.challenge(nonce, name)
  return ('%s-Authenticate: Digest realm="r", nonce="%s", qop="auth"'):format(name or "WWW", nonce)
end

function M.new()
  local socket = support.socket()
  return setmetatable({ socket = socket, address = socket.address }, Peer)
end

function Peer:contact()
  return ("Contact: <sip:x@%s>"):format(self.address)
end

--- What comes next: a request of that method, or the test fails.
function Peer:take(method, timeout)
  local text = assert(self.socket:receive(timeout or 2))
  assert(text:match "^%u+" == method, "wanted " .. method .. ", got " .. text)
  return text
end

--- Nothing comes for so long.
function Peer:silent(seconds)
  local text = self.socket:receive(seconds or 0.05)
  assert(not text, text)
end

--- Has anything come in that time?
function Peer:hears(seconds)
  return self.socket:receive(seconds or 0.05) ~= nil
end

function Peer:forget()
  while self.socket:receive(0) do end
end

--- Answers a request, at the place that its Via names.
function Peer:answer(text, status, more, tag)
  self:send(text, support.response_text(text, status, more, tag))
end

--- Sends bytes to whoever sent that request.
function Peer:send(text, bytes)
  assert(self.socket:send(bytes, text:match "\r\nVia: SIP/2%.0/UDP ([^;\r]+)"))
end

--- Has the agent call; the request, and how it came.
function Peer:called(agent, options, delegate)
  local request = agent:invite("sip:x@" .. self.address, options, delegate)
  return request, self:take "INVITE"
end

--- When what comes by itself comes, in that time, in tenths of seconds since the
--- first one.
function Peer:schedule(seconds, first)
  local begun = first or sip.now()
  local times, finish = {}, sip.now() + seconds
  while self:hears(math.max(finish - sip.now(), 0)) do
    times[#times + 1] = math.floor((sip.now() - begun) * 10 + 0.5) / 10
  end
  return times
end

return M
