-- SPDX-License-Identifier: MIT
-- What the specs of the Lua face share: agents on loopback, calls that stand,
-- raw datagrams, and the errors that delegates raised.

local sip = require "sipwright"

local M = {}

local open = {} -- agents, sockets, peers: closed at the end of the test

--- Closes a thing when the test is over, by helper.lua.
function M.keep(thing)
  open[#open + 1] = thing
  return thing
end

--- The end of a test: what it opened is closed, the clock is real again.
function M.close_all()
  for i = #open, 1, -1 do
    open[i]:close()
  end
  open = {}
  sip.on_error(nil)
  sip.clock "real"
end

--- An agent on a loopback port of its own.
---@param name string?
---@param options sipwright.AgentOptions?
function M.agent(name, options)
  local given = {
    listen = "udp:127.0.0.1:0", uri = name and ("sip:%s@127.0.0.1"):format(name),
  }
  for key, value in pairs(options or {}) do
    given[key] = value
  end
  return M.keep(assert(sip.agent(given)))
end

--- Two of them.
function M.pair(options_a, options_b)
  return M.agent("alice", options_a), M.agent("bob", options_b)
end

--- Turns the clock to virtual time, until the end of the test.
function M.virtual()
  sip.clock "virtual"
end

--- Each object counter of the engine is zero.
function M.assert_nothing_left()
  for name, count in pairs(sip.objects()) do
    assert(count == 0, ("%s: %d are left"):format(name, count))
  end
end

--- The URI of whoever plays `name` on that agent.
function M.uri(agent, name)
  return ("sip:%s@%s"):format(name or "bob", agent.address)
end

--- Makes an agent answer each call at once; the sessions are kept in the table
--- that is returned.
function M.answer(agent, options)
  local sessions = {}
  agent.delegate = {
    on_invite = function(incoming)
      sessions[#sessions + 1] = assert(incoming:accept(options or { body = sip.sdp() }))
    end,
  }
  return sessions
end

--- A call that stands: both sessions and the request.
function M.call(alice, bob, options)
  local request = assert(alice:invite(M.uri(bob), options or { body = sip.sdp() }))
  local incoming = assert(bob:expect("INVITE", { timeout = 5 }))
  local at_bob = assert(incoming:accept { body = sip.sdp() })
  local at_alice = assert(assert(request:expect("2xx", { timeout = 5 })).session)
  assert(at_bob:expect("ACK", { timeout = 5 }))
  return at_alice, at_bob, request
end

--- A server that answers each request with a function of it and its number; the
--- messages are kept in the list that is returned.
---@param answer fun(incoming: sipwright.IncomingRequest, n: integer)
function M.server(answer)
  local server, seen = M.agent "server", {}
  server.delegate = {
    on_request = function(incoming)
      seen[#seen + 1] = incoming.message
      answer(incoming, #seen)
    end,
  }
  return server, seen
end

--- One header of each message of a list; false where there is none.
function M.each(messages, name)
  local values = {}
  for i, message in ipairs(messages) do
    values[i] = message:header(name) or false
  end
  return values
end

--- A raw socket on loopback.
function M.socket()
  return M.keep(assert(sip.socket "udp:127.0.0.1:0"))
end

--- The errors of delegates from here on, as a list that grows.
function M.errors()
  local texts = {}
  sip.on_error(function(text)
    texts[#texts + 1] = text
  end)
  return texts
end

local texts = 0

--- Text of a request as a stranger would send it, with a branch of its own.
---@param method string
---@param t { uri: string, from: string, call_id: string?, cseq: integer?, branch: string?,
---  to: string?, headers: string[]?, body: string? }
function M.request_text(method, t)
  local body = t.body or ""
  texts = texts + 1
  local lines = {
    ("%s %s SIP/2.0"):format(method, t.uri),
    ("Via: SIP/2.0/UDP %s;branch=%s"):format(t.from, t.branch or "z9hG4bK-raw-" .. texts),
    "Max-Forwards: 70",
    "From: <sip:raw@127.0.0.1>;tag=raw1",
    "To: " .. (t.to or "<" .. t.uri .. ">"),
    "Call-ID: " .. (t.call_id or "raw-call-1"),
    ("CSeq: %d %s"):format(t.cseq or 1, t.cseq_method or method),
    ("Contact: <sip:raw@%s>"):format(t.from),
  }
  table.move(t.headers or {}, 1, #(t.headers or {}), #lines + 1, lines)
  lines[#lines + 1] = ("Content-Length: %d"):format(#body)
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

local COPIED <const> = {
  Via = true, From = true, To = true, ["Call-ID"] = true, CSeq = true,
}

--- Answers a request text with a status: Via, From, To, Call-ID, CSeq as came.
---@param request string
---@param status_line string "200 OK"
---@param headers string[]?
function M.response_text(request, status_line, headers, to_tag)
  local lines = { "SIP/2.0 " .. status_line }
  for line in request:match("^(.-)\r\n\r\n"):gmatch "[^\r\n]+" do
    local name = line:match "^([%w-]+):"
    if name == "To" and not line:find(";tag=", 1, true) then
      line = line .. ";tag=" .. (to_tag or "rawtag")
    end
    if COPIED[name] then
      lines[#lines + 1] = line
    end
  end
  table.move(headers or {}, 1, #(headers or {}), #lines + 1, lines)
  lines[#lines + 1] = "Content-Length: 0"
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

return M
