-- SPDX-License-Identifier: MIT
-- An INVITE that forks: a session for each To tag, and the ends of those that
-- lose.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an INVITE that forks", function()
  local alice, callee, target

  before_each(function()
    alice = support.agent "alice"
    callee = support.socket()
    target = "sip:bob@" .. callee.address
  end)

  local function header(text, name)
    return text:match("\r\n" .. name:gsub("%-", "%%-") .. ": ([^\r]*)\r\n")
  end

  local function answer(text, status_line, tag, headers)
    headers = headers or { ("Contact: <sip:%s@%s>"):format(tag or "x", callee.address) }
    callee:send(support.response_text(text, status_line, headers, tag), alice.address)
  end

  local function invite(options, delegate)
    local request = alice:invite(target, options or { body = sip.sdp() }, delegate)
    return request, assert(callee:receive(2))
  end

  local function tag_of(text)
    return header(text, "To"):match ";tag=(%w+)"
  end

  --- The next `n` requests as "METHOD tag", sorted, each answered unless it is an ACK.
  local function requests(n)
    local seen = {}
    for i = 1, n do
      local text = assert(callee:receive(2))
      seen[i] = ("%s %s"):format(text:match "^%u+", tag_of(text))
      if not text:find "^ACK" then
        answer(text, "200 OK")
      end
    end
    table.sort(seen)
    return seen
  end

  local function nothing_comes()
    assert.is_nil((callee:receive(0.05)))
  end

  local function tags(sessions)
    local list = {}
    for i, session in ipairs(sessions) do
      list[i] = session.remote_tag .. " " .. session.state
    end
    return list
  end

  it("has early sessions, each with its target, and lists them", function()
    local request, text = invite()
    assert.same({}, request.sessions)
    for _, tag in ipairs { "a", "b", "c" } do
      answer(text, "180 Ringing", tag)
      assert.equal(tag, assert(request:expect(180)).session.remote_tag)
    end
    answer(text, "183 Session Progress", "b")
    assert.equal(request.sessions[2], assert(request:expect(183)).session)
    assert.same({ "a early", "b early", "c early" }, tags(request.sessions))
    assert.equal("sip:c@" .. callee.address, request.sessions[3].remote_target)
    assert(request.sessions[3]:info())
    assert.matches("^INFO sip:c@", assert(callee:receive(2)))
    answer(text, "486 Busy Here", "a")
    assert.equal(486, assert(request:await(2)).status)
    assert.same({}, request.sessions)
  end)

  it("gives each what comes in its early dialog", function()
    local request, text = invite()
    local notes = {}
    for _, tag in ipairs { "a", "b" } do
      answer(text, "180 Ringing", tag)
      assert(request:expect(180)).session.delegate = {
        on_info = function() notes[#notes + 1] = "INFO for " .. tag end,
        on_end = function(cause) notes[#notes + 1] = tag .. " " .. cause end,
      }
    end
    for _, tag in ipairs { "b", "a" } do
      local info = support.request_text("INFO", {
        uri = "sip:alice@" .. alice.address, from = callee.address,
        call_id = header(text, "Call-ID"), to = header(text, "From"),
      })
      info = info:gsub("\r\nFrom: [^\r]*", "\r\nFrom: <" .. target .. ">;tag=" .. tag)
      callee:send(info, alice.address)
      assert.matches("^SIP/2.0 200", assert(callee:receive(2)))
    end
    answer(text, "486 Busy Here", "a")
    assert(request:await(2))
    sip.sleep(0.01)
    assert.same({ "INFO for b", "INFO for a", "a rejected", "b rejected" }, notes)
  end)

  it("acknowledges all of those that accept, and ends all but the first", function()
    local accepted = {}
    local request, text = invite(nil, {
      on_accept = function(response) accepted[#accepted + 1] = response.session.remote_tag end,
    })
    for i, tag in ipairs { "a", "b", "c", "d" } do
      answer(text, "183 Session Progress", tag, {
        ("Contact: <sip:%s@%s>"):format(tag, callee.address), "Require: 100rel", "RSeq: " .. i,
      })
      assert.same({ "PRACK " .. tag }, requests(1))
    end
    local early = request.sessions
    for _, tag in ipairs { "c", "a", "e", "d" } do -- e has not rung
      answer(text, "200 OK", tag)
    end
    assert.same({ "ACK a", "ACK c", "ACK d", "ACK e", "BYE a", "BYE d", "BYE e" }, requests(7))
    sip.sleep(0.01)
    assert.same({ "c", "a", "e", "d" }, accepted)
    assert.equal(early[3], assert(request:await(0)).session)
    assert.equal("confirmed", early[3].state)
    assert.equal("bye sent", early[1].cause)
    assert.equal("bye sent", early[4].cause)
    assert.same({ "b early", "c confirmed" }, tags(request.sessions))
    answer(text, "200 OK", "d") -- again: the ACK again, and nothing else
    assert.same({ "ACK d" }, requests(1))
    nothing_comes()
  end)

  it("leaves them to the script with auto = { fork_bye = false }", function()
    local request, text = invite { auto = { fork_bye = false } }
    for _, tag in ipairs { "a", "b", "c" } do
      answer(text, "200 OK", tag)
    end
    assert.same({ "ACK a", "ACK b", "ACK c" }, requests(3))
    nothing_comes()
    assert.same({ "a confirmed", "b confirmed", "c confirmed" }, tags(request.sessions))
    for _, session in ipairs(request.sessions) do
      session:bye()
    end
    assert.same({ "BYE a", "BYE b", "BYE c" }, requests(3))
  end)

  it("ends early sessions that nobody chose 64*T1 after the 2xx", function()
    support.virtual()
    local request, text = invite()
    local ended
    answer(text, "180 Ringing", "a")
    answer(text, "180 Ringing", "b")
    assert(request:expect(180))
    assert(request:expect(180)).session.delegate = { on_end = function(cause) ended = cause end }
    answer(text, "200 OK", "a")
    assert(request:await(2))
    assert.same({ "ACK a" }, requests(1))
    sip.sleep(31)
    assert.is_nil(ended)
    assert.same({ "a confirmed", "b early" }, tags(request.sessions))
    sip.sleep(2)
    assert.equal("not chosen", ended)
    assert.same({ "a confirmed" }, tags(request.sessions))
  end)

  it("acknowledges what an early session sends reliably after the outcome", function()
    local request, text = invite { auto = { prack = false }, reliable = true }
    answer(text, "183 Session Progress", "b",
      { "Contact: <" .. target .. ">", "Require: 100rel", "RSeq: 3" })
    local response = assert(request:expect(183))
    answer(text, "200 OK", "a")
    assert(request:await(2))
    assert.same({ "ACK a" }, requests(1))
    local prack = assert(response:prack())
    assert.same({ "PRACK b" }, requests(1))
    assert(prack:expect "2xx")
  end)

  it("is cancelled as a whole", function()
    local request, text = invite()
    local causes = {}
    for _, tag in ipairs { "a", "b", "c" } do
      answer(text, "180 Ringing", tag)
      assert(request:expect(180)).session.delegate = {
        on_end = function(cause) causes[#causes + 1] = cause end,
      }
    end
    request:cancel()
    answer(assert(callee:receive(2)), "200 OK")
    answer(text, "487 Request Terminated", "p")
    assert.equal(487, assert(request:await(2)).status)
    sip.sleep(0.01)
    assert.same({ "rejected", "rejected", "rejected" }, causes)
  end)

  it("does not grow with a peer that makes up tags", function()
    local request, text = invite()
    for i = 1, 100 do
      answer(text, "180 Ringing", "t" .. i)
      assert.equal(i <= 64, assert(request:expect(180)).session ~= nil)
    end
    assert.equal(64, #request.sessions)
    answer(text, "200 OK", "t64")
    assert.same({ "ACK t64" }, requests(1))
    assert.equal("confirmed", assert(request:await(2)).session.state)
  end)
end)
