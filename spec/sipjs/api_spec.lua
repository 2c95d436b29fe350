-- SPDX-License-Identifier: MIT
-- SIP.js's tests of its upper layer that say something about requests, as situations
-- of ours: INVITE and what crosses it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

describe("calls:", function()
  local alice

  before_each(function()
    support.virtual()
    alice = support.agent("alice", { username = "alice", password = "secret" })
  end)

  local function calling(options, more)
    return wire.callee(alice, "INVITE", options, more)
  end

  local function called()
    local callee = calling { body = sip.sdp() }
    callee:answer "200 OK"
    callee:heard()
    callee.session = callee.request:await(0).session
    return callee
  end

  it("a timeout is told as a 408 that is synthetic, with its cause", function()
    local causes = {}
    local callee = calling(nil, { on_reject = function(response)
      causes[#causes + 1] = { response.status, response.synthetic, response.cause }
      assert(not response.message)
    end })
    sip.sleep(40)
    assert.same({ { 408, true, "timeout:B" } }, causes)
    assert.same({ "on_reject 408" }, callee.told)
  end)

  it("a transport that fails is told as a 503 that is synthetic", function()
    local told, cause = {}, nil
    alice:invite("sip:bob@127.0.0.1;transport=udp", { body = ("x"):rep(70000) },
      wire.noting(told, { on_reject = function(response) cause = response.cause end }))
    sip.sleep(40)
    assert.same({ "on_reject 503" }, told)
    assert.equal("transport:too_big", cause)
  end)

  it("cancelled after a 180: CANCEL at once", function()
    local callee = calling()
    callee:answer "180 Ringing"
    callee.request:cancel()
    assert.same({ "CANCEL" }, callee:heard())
    callee:answer("200 OK", { text = callee:latest "CANCEL" })
    callee:answer "487 Request Terminated"
    assert.same({ "ACK" }, callee:heard())
    assert.same({ "on_progress 180", "on_reject 487" }, callee.told)
  end)

  it("cancelled before any 1xx: CANCEL when the first one comes", function()
    local callee = calling { auto = { retransmit = false } }
    callee.request:cancel()
    assert.same({}, callee:heard())
    callee:answer "100 Trying"
    assert.same({ "CANCEL" }, callee:heard())
  end)

  it("accept and cancel cross, the callee was faster: on_accept, the session ends", function()
    local callee = calling()
    callee:answer "180 Ringing"
    callee.request:cancel()
    assert.same({ "CANCEL" }, callee:heard())
    callee:answer "200 OK"
    callee:answer("481 Call Does Not Exist", { text = callee:latest "CANCEL" })
    assert.same({ "on_progress 180", "on_accept 200" }, callee.told)
    assert.is_true(callee.request.cancelled)
    local bye = assert(callee.request:await(0).session:bye())
    assert.same({ "ACK", "BYE" }, callee:heard())
    callee:answer("200 OK", { text = callee:latest "BYE" })
    assert.equal(200, bye:await(0).status)
  end)

  it("accept and cancel cross, the caller was faster: accept is nil, err", function()
    local bob = support.agent("bob", { hold = 60 })
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    assert(request:expect(180))
    request:cancel()
    wire.settle()
    local session, err = incoming:accept()
    assert.is_nil(session)
    assert.equal("cancelled", err.code)
    assert.equal(487, assert(request:await(1)).status)
  end)

  it("two callees accept: ACK for both, BYE for the later", function()
    local callee = calling()
    callee:answer("200 OK", { tag = "one" })
    callee:answer("200 OK", { tag = "two" })
    assert.same({ "ACK", "ACK", "BYE" }, callee:heard())
    assert.matches("tag=two", wire.header(callee:latest "BYE", "To"), 1, true)
    assert.same({ "on_accept 200", "on_accept 200" }, callee.told)
  end)

  describe("a reliable 183", function()
    local function ring(callee, rseq, tag)
      callee:answer("183 Session Progress", {
        tag = tag, headers = { "Require: 100rel", "RSeq: " .. rseq },
      })
    end

    local function pracks(callee)
      assert.same({ "PRACK" }, callee:heard())
      local prack = callee:latest "PRACK"
      callee:answer("200 OK", { text = prack })
      return wire.header(prack, "RAck"), wire.header(prack, "To"):match "tag=(%w+)"
    end

    it("gets its PRACK, a second one another", function()
      local callee = calling()
      ring(callee, 7)
      assert.equal("7 1 INVITE", (pracks(callee)))
      ring(callee, 8)
      assert.equal("8 1 INVITE", (pracks(callee)))
      assert.same({ "on_progress 183", "on_progress 183" }, callee.told)
    end)

    it("that comes again is not told again, and no PRACK more is made of it", function()
      local callee = calling()
      ring(callee, 7)
      pracks(callee)
      ring(callee, 7)
      assert.same({ "on_progress 183" }, callee.told)
      for _, word in ipairs(callee:heard()) do
        assert.equal("PRACK", word)
        assert.equal("7 1 INVITE", wire.header(callee:latest "PRACK", "RAck"))
      end
    end)

    it("of each of two callees gets a PRACK in its own dialog", function()
      local callee = calling()
      ring(callee, 100, "one")
      assert.same({ "100 1 INVITE", "one" }, { pracks(callee) })
      ring(callee, 7, "two")
      assert.same({ "7 1 INVITE", "two" }, { pracks(callee) })
      ring(callee, 101, "one")
      assert.same({ "101 1 INVITE", "one" }, { pracks(callee) })
    end)
  end)

  it("re-INVITE, 407, then 200: one on_accept, ACK with the second CSeq", function()
    local callee, told = called(), {}
    local again = callee.session:invite({ body = sip.sdp { version = 2 } }, wire.noting(told))
    callee:heard()
    local first = callee:latest "INVITE"
    callee:answer("407 Proxy Authentication Required", {
      text = first, headers = { 'Proxy-Authenticate: Digest realm="p", nonce="p1"' },
    })
    assert.same({ "ACK", "INVITE" }, callee:heard())
    local second = callee:latest "INVITE"
    callee:answer("200 OK", { text = second })
    assert.same({ "ACK" }, callee:heard())
    assert.equal(wire.header(second, "CSeq"):match "%d+",
      wire.header(callee:latest "ACK", "CSeq"):match "%d+")
    assert.same({ "on_accept 200" }, told)
    assert.equal(2, again.attempts)
    assert.equal(callee.session, again:await(0).session)
  end)

  it("re-INVITE and the peer's BYE cross: BYE gets 200, the re-INVITE its 481", function()
    local callee, told = called(), {}
    local again = callee.session:invite(nil, wire.noting(told))
    callee:heard()
    callee:send(callee:in_dialog "BYE")
    assert.same({ "200" }, callee:heard())
    assert.equal("ended", callee.session.state)
    callee:answer("481 Call Does Not Exist", { text = callee:latest "INVITE" })
    assert.same({ "ACK" }, callee:heard())
    assert.same({ "on_reject 481" }, told)
    assert.equal(481, again:await(0).status)
  end)

  describe("a re-INVITE of the peer", function()
    local bob, caller, session

    before_each(function()
      bob = support.agent("bob", { hold = 60, auto = { trying = false } })
      caller = wire.caller(bob, "INVITE")
      session = assert(caller.incoming:accept())
      assert.same({ "200" }, caller:heard())
    end)

    after_each(function() session, caller = nil, nil end)

    local function again(cseq)
      caller:send(support.request_text("INVITE", {
        uri = support.uri(bob), from = caller.socket.address, cseq = cseq,
        to = wire.header(caller:latest "200", "To"),
        call_id = wire.header(caller.text, "Call-ID"),
      }))
    end

    it("before the ACK of our 200: served (differs: SIP.js answers 500)", function()
      again(2)
      assert(assert(session:expect("INVITE", { timeout = 1 })):accept())
      local heard = caller:heard()
      assert.equal("200", heard[#heard])
      assert.equal("2 INVITE", wire.header(caller:latest "200", "CSeq"))
    end)

    it("before our answer to another one: 500, with Retry-After", function()
      caller:ack("200", { branch = "z9hG4bKack" })
      again(2)
      local first = assert(session:expect("INVITE", { timeout = 1 }))
      again(3)
      assert.same({ "500" }, caller:heard())
      assert.matches("^%d%d?$", wire.header(caller:latest "500", "Retry-After"))
      assert(first:accept())
      assert.same({ "200" }, caller:heard())
    end)
  end)

  it("our BYE crosses the peer's re-INVITE: that gets its answer, the BYE its 200", function()
    local callee = called()
    local bye = callee.session:bye()
    assert.same({ "BYE" }, callee:heard())
    callee:send(callee:in_dialog "INVITE")
    sip.sleep(2.1)
    assert.same({ "100", "BYE", "BYE", "488" }, callee:heard())
    callee:answer("200 OK", { text = callee:latest "BYE" })
    assert.equal(200, bye:await(0).status)
  end)
end)
