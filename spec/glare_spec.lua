-- SPDX-License-Identifier: MIT
-- Requests that cross in a session: who refuses which, and who tries again when
-- (RFC 3261 14.1 and 14.2, RFC 3311 5.1 and 5.2).

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

local SDP <const> = "v=0\r\n"

--- Answers `request` of the agent, and takes the ACK if it is an INVITE.
local function refuse(peer, request, status_line)
  peer:answer(request, status_line)
  if request:find "^INVITE" then
    peer:receive "ACK"
  end
end

describe("a 491 to a request of ours", function()
  before_each(support.virtual)

  --- A call with a raw peer, in which we made the Call-ID or did not.
  local function call(ours, options)
    if ours then
      return RawCall.called_by(support.agent("alice", options))
    end
    return RawCall.calls(support.agent("bob", options))
  end

  for _, method in ipairs { "INVITE", "UPDATE" } do
    for _, ours in ipairs { true, false } do
      local name = ("lets %s try again, three times at most, with a Call-ID of %s"):format(
        method, ours and "ours" or "theirs")
      it(name, function()
        local least, most = ours and 2.1 or 0, ours and 4.0 or 2.0
        local peer = call(ours)
        local rejected = {}
        local request = peer.session:request(method, { body = SDP }, {
          on_reject = function(response) rejected[#rejected + 1] = response.status end,
        })
        local cseq, branch, begun
        for attempt = 1, 4 do
          local text = peer:receive(method)
          if attempt > 1 then
            local waited = sip.now() - begun
            assert.is_true(waited >= least - 0.001 and waited <= most + 0.001, waited)
            assert.near(0.5, (waited * 100 + 0.5) % 1, 0.01) -- in steps of 10 ms
            assert.equal(cseq + 1, tonumber(RawCall.header(text, "CSeq"):match "%d+"))
            assert.not_equal(branch, text:match "branch=([^;\r]+)")
          end
          cseq = tonumber(RawCall.header(text, "CSeq"):match "%d+")
          branch = text:match "branch=([^;\r]+)"
          assert.matches("\r\n\r\n" .. SDP, text, 1, true)
          assert.same({}, rejected)
          assert.equal("have-local-offer", peer.session.signaling)
          begun = sip.now()
          refuse(peer, text, "491 Request Pending")
        end
        assert.equal(491, assert(request:await(5)).status)
        assert.equal("stable", peer.session.signaling)
        sip.sleep(10)
        assert.same({ 491 }, rejected)
        assert.equal(4, request.attempts)
        assert.equal("confirmed", peer.session.state)
        peer.session:dispose()
      end)
    end
  end

  it("is told at once with glare = false, of the request or of the agent", function()
    local peer = call(true)
    local request = peer.session:invite { auto = { glare = false } }
    refuse(peer, peer:receive "INVITE", "491 Request Pending")
    assert.equal(491, assert(request:await(0.1)).status)
    assert.equal(1, request.attempts)
    peer.session:dispose()
    peer = call(true, { auto = { glare = false } })
    request = peer.session:update { body = SDP }
    refuse(peer, peer:receive "UPDATE", "491 Request Pending")
    assert.equal(491, assert(request:await(0.1)).status)
    peer.session:dispose()
  end)

  it("is no matter of other methods", function()
    local peer = call(true)
    local info = peer.session:info()
    refuse(peer, peer:receive "INFO", "491 Request Pending")
    assert.equal(491, assert(info:await(0.1)).status)
    peer.session:dispose()
  end)

  --- A re-INVITE that waits for its next attempt.
  local function waiting()
    local peer = call(true)
    local rejected = {}
    local request = peer.session:invite({ body = SDP }, {
      on_reject = function(response) rejected[#rejected + 1] = response.status end,
    })
    refuse(peer, peer:receive "INVITE", "491 Request Pending")
    sip.sleep(0.01)
    assert.same({}, rejected)
    assert.equal("stable", peer.session.signaling)
    return peer, request, rejected
  end

  it("leaves nothing to come after dispose", function()
    local peer, request, rejected = waiting()
    request:dispose()
    sip.sleep(10)
    assert.same({}, peer:received())
    assert.same({}, rejected)
    peer.session:dispose()
  end)

  it("leaves nothing to come after the agent's end", function()
    local peer, request, rejected = waiting()
    peer.agent:close()
    sip.sleep(10)
    assert.same({}, peer:received())
    assert.same({}, rejected)
    assert.equal("disposed", request.state)
  end)

  it("is the outcome when it is cancelled meanwhile", function()
    local peer, request, rejected = waiting()
    assert(request:cancel())
    assert.equal(491, assert(request:await(0.1)).status)
    sip.sleep(10)
    assert.same({}, peer:received())
    assert.same({ 491 }, rejected)
    peer.session:dispose()
  end)

  it("is the outcome when the session ends meanwhile", function()
    local peer, request, rejected = waiting()
    peer:send "BYE"
    assert.equal(491, assert(request:await(0.1)).status)
    assert.equal("ended", peer.session.state)
    sip.sleep(10)
    assert.same({ "SIP/2.0 200" }, peer:received())
    assert.same({ 491 }, rejected)
  end)

  it("keeps the session pending for another INVITE", function()
    local peer, request = waiting()
    local again, err = peer.session:invite()
    assert.is_nil(again)
    assert.equal("pending", err.code)
    refuse(peer, peer:receive "INVITE", "200 OK")
    assert.equal(200, assert(request:await(5)).status)
    peer.session:dispose()
  end)

  it("sends the next attempt to where the peer has moved meanwhile", function()
    local peer, request = waiting()
    local moved = support.socket()
    local text = support.request_text("INVITE", {
      uri = peer.target, from = peer.socket.address, call_id = peer.call_id, cseq = 7,
      to = peer.remote,
    }):gsub("From: [^\r]*", "From: " .. peer.local_side)
      :gsub("Contact: [^\r]*", ("Contact: <sip:moved@%s>"):format(moved.address))
    peer.socket:send(text, peer.agent.address)
    assert(peer.session:expect "INVITE"):accept { body = SDP }
    local again, from = assert(moved:receive(5))
    assert.matches("^INVITE sip:moved@", again)
    moved:send(support.response_text(again, "200 OK", {
      ("Contact: <sip:moved@%s>"):format(moved.address),
    }), from)
    assert.equal(200, assert(request:await(1)).status)
    assert.same({ "SIP/2.0 200" }, { peer:receive("SIP/2.0 200"):match "^SIP/2.0 %d+" })
    peer.session:dispose()
  end)
end)

describe("two of ours that cross", function()
  before_each(support.virtual)

  for _, method in ipairs { "INVITE", "UPDATE" } do
    it(("both have their %s accepted in the end"):format(method), function()
      local alice, bob = support.pair()
      local a, b = support.call(alice, bob)
      local accept = { on_request = function(incoming) incoming:accept { body = SDP } end }
      a.delegate, b.delegate = accept, accept
      local one = assert(a:request(method, { body = SDP }))
      local two = assert(b:request(method, { body = SDP }))
      assert.equal(200, assert(one:await(10)).status)
      assert.equal(200, assert(two:await(10)).status)
      assert.equal(2, one.attempts)
      assert.equal(2, two.attempts)
      sip.sleep(1)
      assert.same({ "stable", "stable" }, { a.signaling, b.signaling })
      assert.same({ "confirmed", "confirmed" }, { a.state, b.state })
    end)
  end
end)

describe("a request of theirs that crosses", function()
  before_each(support.virtual)

  local function assert_retry_after(text)
    local seconds = tonumber(RawCall.header(text, "Retry-After"))
    assert.is_true(seconds >= 0 and seconds <= 10, text)
  end

  local function expect_nothing(session, method)
    local incoming = session:expect(method, { timeout = 0.1 })
    assert.is_nil(incoming)
  end

  it("gets 491 while an INVITE of ours is pending, with an offer or without", function()
    local peer = RawCall.calls(support.agent "bob")
    local ours = peer.session:invite()
    local text = peer:receive "INVITE"
    for _, body in ipairs { SDP, false } do
      peer:send("INVITE", nil, body or nil)
      peer:receive "SIP/2.0 491"
      peer:send("ACK", nil, nil, peer.cseq)
    end
    expect_nothing(peer.session, "INVITE")
    peer:answer(text, "488 No")
    assert.equal(488, assert(ours:await(1)).status)
    peer:send("INVITE", nil, SDP)
    assert(peer.session:expect "INVITE"):accept { body = SDP }
    peer.session:dispose()
  end)

  it("gets 500 while an INVITE of theirs is unanswered", function()
    local peer = RawCall.calls(support.agent "bob")
    peer:send("INVITE", nil, SDP)
    local first = assert(peer.session:expect "INVITE")
    peer:send("INVITE", nil, SDP)
    assert_retry_after(peer:receive "SIP/2.0 500")
    expect_nothing(peer.session, "INVITE")
    assert(first:accept { body = SDP })
    peer:receive "SIP/2.0 200"
    peer.session:dispose()
  end)

  it("gets 500 while the very first INVITE is unanswered", function()
    local bob, raw = support.agent "bob", support.socket()
    local function send(cseq, to)
      raw:send(support.request_text("INVITE", {
        uri = support.uri(bob), from = raw.address, cseq = cseq, to = to,
      }), bob.address)
    end
    send(1)
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    send(2, "<sip:bob@127.0.0.1>;tag=" .. incoming.session.local_tag)
    assert.matches("^SIP/2.0 180", (raw:receive(1)))
    local refusal = raw:receive(1)
    assert.matches("^SIP/2.0 500", refusal)
    assert_retry_after(refusal)
    incoming:reject(480)
  end)

  it("gets 491 if it offers in UPDATE while our offer is open", function()
    for _, method in ipairs { "INVITE", "UPDATE" } do
      local peer = RawCall.calls(support.agent "bob")
      local ours = peer.session:request(method, { body = SDP })
      local text = peer:receive(method)
      peer:send("UPDATE", nil, SDP)
      peer:receive "SIP/2.0 491"
      peer:send "UPDATE" -- without an offer it may come
      peer:receive "SIP/2.0 200"
      peer:answer(text, "488 No")
      assert.equal(488, assert(ours:await(1)).status)
      peer.session:dispose()
    end
  end)

  it("gets 500 if it offers in UPDATE while theirs is unanswered", function()
    for _, method in ipairs { "INVITE", "UPDATE" } do
      local peer = RawCall.calls(support.agent "bob")
      peer:send(method, nil, SDP)
      local first = assert(peer.session:expect(method))
      peer:send("UPDATE", nil, SDP)
      assert_retry_after(peer:receive "SIP/2.0 500")
      expect_nothing(peer.session, "UPDATE")
      first:accept { body = SDP }
      peer.session:dispose()
    end
  end)

  it("gets 500 if it is an UPDATE behind an unanswered one, offer or not", function()
    local peer = RawCall.calls(support.agent("bob", { auto = { update = false } }))
    peer:send "UPDATE"
    local first = assert(peer.session:expect "UPDATE")
    peer:send "UPDATE"
    assert_retry_after(peer:receive "SIP/2.0 500")
    first:accept()
    peer:receive "SIP/2.0 200"
    peer:send "UPDATE"
    assert(peer.session:expect "UPDATE"):accept()
    peer.session:dispose()
  end)

  it("gets 491 if it is an INVITE with an offer while our UPDATE has one open", function()
    local peer = RawCall.calls(support.agent "bob")
    peer.session:update { body = SDP }
    peer:receive "UPDATE"
    peer:send("INVITE", nil, SDP)
    peer:receive "SIP/2.0 491"
    peer:send("ACK", nil, nil, peer.cseq)
    peer:send "INVITE"
    assert(peer.session:expect "INVITE"):reject(488)
    peer.session:dispose()
  end)

  it("comes to the script with glare = false", function()
    local peer = RawCall.calls(support.agent("bob", { auto = { glare = false } }))
    peer.session:invite { body = SDP }
    peer:receive "INVITE"
    for _ = 1, 2 do
      peer:send("INVITE", nil, SDP)
      assert(peer.session:expect "INVITE"):reject(488)
    end
    peer:send("UPDATE", nil, SDP)
    assert(peer.session:expect "UPDATE"):reject(488)
    peer.session:dispose()
  end)
end)
