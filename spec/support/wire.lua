-- SPDX-License-Identifier: MIT
-- What specs see of the wire: the messages that pass an agent's socket, and raw
-- peers that hear and say just what the spec wants. For the virtual clock: a
-- look at what has come costs a millisecond of it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local M = {}

local RESPONSES <const> = { "on_trying", "on_progress", "on_accept", "on_redirect", "on_reject" }

--- What a message is, in a word: "INVITE", "180".
---@param text string
---@return string
function M.word(text)
  return text:match "^SIP/2%.0 (%d+)" or text:match "^(%S+)" or ""
end

--- The first value of a header.
---@param text string
---@param name string
---@return string?
function M.header(text, name)
  return text:match("\r\n" .. name:gsub("%-", "%%-") .. ": ([^\r]*)")
end

--- All values of a header, one for each line.
---@param text string
---@param name string
---@return string[]
function M.headers(text, name)
  local values = {}
  for value in text:gmatch("\r\n" .. name:gsub("%-", "%%-") .. ": ([^\r]*)") do
    values[#values + 1] = value
  end
  return values
end

--- A delegate of a request that notes each call as "on_progress 180".
---@param notes string[]
---@param more table<string, function>? added to it
function M.noting(notes, more)
  local delegate = {
    on_error = function() notes[#notes + 1] = "on_error" end,
  }
  for _, name in ipairs(RESPONSES) do
    delegate[name] = function(response)
      notes[#notes + 1] = ("%s %d"):format(name, response.status)
    end
  end
  for name, f in pairs(more or {}) do
    local note = delegate[name]
    delegate[name] = function(...)
      if note then
        note(...)
      end
      f(...)
    end
  end
  return delegate
end

--- Lets all that is on its way arrive.
function M.settle()
  sip.sleep(0.001)
end

-- ---- the messages of an agent ----

local Tap = {}
Tap.__index = Tap

--- Writes down each datagram that passes the socket of an agent.
---@param agent sipwright.UserAgent
function M.tap(agent)
  local tap = setmetatable({ out = {}, inn = {} }, Tap)
  agent:faults { where = function(bytes, outgoing)
    local list = outgoing and tap.out or tap.inn
    list[#list + 1] = bytes
    return false
  end }
  return tap
end

local function words(texts)
  local list = {}
  for i, text in ipairs(texts) do
    list[i] = M.word(text)
  end
  return list
end

--- What the agent sent, in words.
function Tap:sent()
  return words(self.out)
end

--- What it got.
function Tap:got()
  return words(self.inn)
end

--- Forgets what passed so far.
function Tap:clear()
  self.out, self.inn = {}, {}
end

-- ---- raw peers ----

local Peer = {}
Peer.__index = Peer

--- What it has heard since the last look, in words.
---@return string[]
function Peer:heard()
  local list = {}
  while true do
    local text = self.socket:receive(0.001)
    if not text then
      return list
    end
    self.texts[#self.texts + 1] = text
    list[#list + 1] = M.word(text)
  end
end

--- The latest message that it heard of that word.
---@param word string
---@return string
function Peer:latest(word)
  for i = #self.texts, 1, -1 do
    if M.word(self.texts[i]) == word then
      return self.texts[i]
    end
  end
  error("nothing heard is a " .. word, 2)
end

--- Sends bytes to the agent.
---@param text string
function Peer:send(text)
  assert(self.socket:send(text, self.agent.address))
end

--- A raw peer of an agent, to which nothing has come yet. `agent` may be set later.
---@param agent sipwright.UserAgent?
function M.peer(agent)
  local socket = support.socket()
  return setmetatable({
    socket = socket, agent = agent, texts = {}, told = {},
    uri = "sip:bob@" .. socket.address,
  }, Peer)
end

--- A raw callee, with a request of the agent's that has come to it. `told` lists
--- what the delegate of the request was told.
---@param agent sipwright.UserAgent
---@param method string
---@param options sipwright.RequestOptions?
---@param more table<string, function>? more functions for the delegate
function M.callee(agent, method, options, more)
  local peer = M.peer(agent)
  peer.request = assert(agent:request(method, peer.uri, options, M.noting(peer.told, more)))
  peer.text = assert(peer.socket:receive(1))
  peer.texts[1] = peer.text
  return peer
end

--- Answers the request, and lets the answer arrive.
---@param status_line string "200 OK"
---@param options { tag: string?, headers: string[]?, text: string?, contact: string? }?
function Peer:answer(status_line, options)
  local o = options or {}
  local headers = { "Contact: " .. (o.contact or ("<%s>"):format(self.uri)) }
  table.move(o.headers or {}, 1, #(o.headers or {}), 2, headers)
  self:send(support.response_text(o.text or self.text, status_line, headers, o.tag))
  M.settle()
end

--- A raw caller whose request has come to the agent: `incoming` is that.
---@param agent sipwright.UserAgent
---@param method string
---@param t table? more for request_text
function M.caller(agent, method, t)
  local peer = M.peer(agent)
  local given = { uri = support.uri(agent), from = peer.socket.address }
  for key, value in pairs(t or {}) do
    given[key] = value
  end
  given.branch = given.branch or ("z9hG4bK-%s"):format(peer.socket.address:gsub("%W", "-"))
  given.call_id = given.call_id or "of-" .. peer.socket.address
  peer.text = support.request_text(method, given)
  peer:send(peer.text)
  peer.incoming = assert(agent:expect(method, { timeout = 1 }))
  return peer
end

--- The request once more, the same bytes.
function Peer:again()
  self:send(self.text)
  M.settle()
end

--- The text of a request inside the dialog of the request that came to this peer.
---@param method string
---@param t { tag: string?, cseq: integer?, headers: string[]?, body: string? }?
---@return string
function Peer:in_dialog(method, t)
  local o = t or {}
  local headers, target = o.headers or {}, M.header(self.text, "Contact"):match "<(.-)>"
  local text = support.request_text(method, {
    uri = target, from = self.socket.address, to = M.header(self.text, "From"),
    call_id = M.header(self.text, "Call-ID"), cseq = o.cseq, headers = headers, body = o.body,
  })
  local from = ("From: %s;tag=%s"):format(M.header(self.text, "To"), o.tag or "rawtag")
  return (text:gsub("From: [^\r]*", (from:gsub("%%", "%%%%")), 1))
end

--- The ACK of a final response of this word, with the branch of the INVITE.
---@param word string
---@param options { branch: string?, cseq: integer? }?
function Peer:ack(word, options)
  local o = options or {}
  local response = self:latest(word)
  local via = M.header(self.text, "Via")
  self:send(support.request_text("ACK", {
    uri = support.uri(self.agent), from = self.socket.address,
    branch = o.branch or via:match "branch=([^;]+)",
    to = M.header(response, "To"), call_id = M.header(response, "Call-ID"), cseq = o.cseq,
  }))
  M.settle()
end

return M
