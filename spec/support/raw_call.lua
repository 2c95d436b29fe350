-- SPDX-License-Identifier: MIT
-- One call with a peer that is a plain socket: it sends and answers what no
-- engine would, and when it likes.

local support = require "spec.support.sip_support"
local raw_peer = require "spec.support.raw_peer"

local RawCall <const> = {}
RawCall.__index = RawCall

RawCall.header = raw_peer.header

local function with_body(text, body)
  if not body then
    return text
  end
  return (text:gsub("Content%-Length: %d+\r\n\r\n$", function()
    return ("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body)
  end))
end

local function new(agent)
  local socket = support.socket()
  return setmetatable({
    agent = agent, socket = socket, cseq = 0, call_id = "raw-call-" .. socket.address,
  }, RawCall)
end

--- The next datagram that begins so ("INVITE", "SIP/2.0 200"); others are
--- passed over.
function RawCall:receive(start, timeout)
  while true do
    local text = assert(self.socket:receive(timeout or 5), "no " .. start)
    if text:sub(1, #start) == start then
      return text
    end
  end
end

--- Everything that has come, by first words: { "INVITE", "SIP/2.0 100" }.
function RawCall:received()
  local words = {}
  for text in function() return (self.socket:receive(0)) end do
    words[#words + 1] = text:match "^SIP/2.0 %d+" or text:match "^%u+"
  end
  return words
end

--- Answers a request that it received.
function RawCall:answer(request, status_line, headers, body)
  local lines = { ("Contact: <sip:raw@%s>"):format(self.socket.address) }
  table.move(headers or {}, 1, #(headers or {}), 2, lines)
  self.socket:send(
    with_body(support.response_text(request, status_line, lines), body), self.agent.address)
end

--- Sends a request in the dialog; returns its text.
function RawCall:send(method, headers, body, cseq)
  if method ~= "ACK" and not cseq then
    self.cseq = self.cseq + 1
  end
  local text = support.request_text(method, {
    uri = self.target, from = self.socket.address, call_id = self.call_id,
    cseq = cseq or self.cseq, to = self.remote, headers = headers,
  })
  if self.local_side then
    text = text:gsub("From: [^\r]*", "From: " .. self.local_side:gsub("%%", "%%%%"), 1)
  end
  self.socket:send(with_body(text, body), self.agent.address)
  return text
end

--- It calls the agent, which accepts with these options. The session is at
--- `session`.
function RawCall.calls(agent, options, headers)
  local peer = new(agent)
  peer.target, peer.remote = support.uri(agent), nil
  peer:send("INVITE", headers, options and options.offer)
  peer.incoming = assert(agent:expect("INVITE", { timeout = 5 }))
  local answer = options and options.answer or { body = "v=0\r\n" }
  peer.session = assert(peer.incoming:accept(answer))
  peer.accepted = peer:receive "SIP/2.0 200"
  peer.remote = RawCall.header(peer.accepted, "To")
  peer:send("ACK")
  assert(peer.session:expect("ACK", { timeout = 5 }))
  return peer
end

--- It is called by the agent, and accepts with these headers.
function RawCall.called_by(agent, options, headers, body)
  local peer = new(agent)
  peer.request = agent:invite("sip:raw@" .. peer.socket.address, options or { body = "v=0\r\n" })
  peer.invite = peer:receive "INVITE"
  peer:answer(peer.invite, "200 OK", headers, body)
  peer.session = assert(peer.request:await(5)).session
  peer:receive "ACK"
  peer.call_id = RawCall.header(peer.invite, "Call-ID")
  peer.local_side = RawCall.header(peer.invite, "To") .. ";tag=rawtag"
  peer.remote = RawCall.header(peer.invite, "From")
  peer.target = RawCall.header(peer.invite, "Contact"):match "<([^>]+)>"
  return peer
end

return RawCall
