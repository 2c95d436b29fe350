-- SPDX-License-Identifier: MIT
-- SIP.js's tests of two cores back to back, as situations of ours: INVITE outside of
-- dialogs. What passes, in order, and how often whom is told.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

local OFFER <const> = sip.sdp { session_id = 1 }
local ANSWER <const> = sip.sdp { session_id = 2, port = 40002 }

--- How often a word is in a list.
local function count(list, word)
  local n = 0
  for _, each in ipairs(list) do
    n = n + (each == word and 1 or 0)
  end
  return n
end

describe("INVITE between two agents", function()
  local alice, bob, from_alice, from_bob, told, causes

  before_each(function()
    support.virtual()
    alice, bob = support.agent "alice", support.agent("bob", { hold = 0 })
    from_alice, from_bob, told, causes = wire.tap(alice), wire.tap(bob), {}, {}
  end)

  local function invite(options, more)
    return assert(alice:invite(support.uri(bob), options, wire.noting(told, more)))
  end

  --- Bob does this with each call.
  local function callee(f)
    bob.delegate = { on_invite = f }
  end

  local function ends_noted(session)
    session.delegate = { on_end = function(cause) causes[#causes + 1] = cause end }
    return session
  end

  describe("without an offer", function()
    it("send fails: on_reject once, with 503; the peer hears nothing", function()
      local request = invite { body = ("x"):rep(70000) }
      sip.sleep(40)
      assert.same({ "on_reject 503" }, told)
      assert.is_true(request:await(0).synthetic)
      assert.equal(1, request.attempts)
      assert.same({}, from_bob:got())
      assert.same({}, from_bob:sent())
    end)

    it("cancelled at once: 487, and one on_trying", function()
      callee(function() sip.sleep(1) end)
      local request = invite()
      assert(request:cancel())
      assert(request:await(5))
      sip.sleep(1)
      assert.same({ "INVITE", "CANCEL", "ACK" }, from_alice:sent())
      assert.same({ "100", "200", "487" }, from_bob:sent())
      assert.same({ "on_trying 100", "on_reject 487" }, told)
    end)

    it("302: on_redirect once", function()
      callee(function(incoming) incoming:redirect "sip:carol@127.0.0.1" end)
      local response = assert(invite():await(1))
      sip.sleep(1)
      assert.equal("<sip:carol@127.0.0.1>", response.message:header "Contact")
      assert.same({ "INVITE", "ACK" }, from_alice:sent())
      assert.same({ "302" }, from_bob:sent())
      assert.same({ "on_redirect 302" }, told)
    end)

    it("nobody at the callee's: 486 and nothing else", function()
      assert(invite():await(1))
      sip.sleep(1)
      assert.same({ "INVITE", "ACK" }, from_alice:sent())
      assert.same({ "486" }, from_bob:sent())
      assert.same({ "on_reject 486" }, told)
    end)

    it("100, 180, 486: each told once", function()
      callee(function(incoming)
        incoming:trying()
        incoming:progress(180)
        incoming:reject(486)
      end)
      assert(invite():await(1))
      sip.sleep(1)
      assert.same({ "INVITE", "ACK" }, from_alice:sent())
      assert.same({ "100", "180", "486" }, from_bob:sent())
      assert.same({ "on_trying 100", "on_progress 180", "on_reject 486" }, told)
    end)

    it("ACK with a wrong CSeq: it answers each 200, on_accept stays one", function()
      callee(function(incoming) incoming:accept() end)
      local request = invite({ auto = { ack = false } }, {
        on_accept = function(response) response:ack { cseq = 999 } end,
      })
      assert(request:await(1))
      sip.sleep(3)
      assert.same({ "INVITE", "ACK", "ACK", "ACK" }, from_alice:sent())
      assert.equal(from_alice.out[2], from_alice.out[3])
      assert.equal(from_alice.out[2], from_alice.out[4])
      assert.same({ "200", "200", "200" }, from_bob:sent())
      assert.same({ "on_accept 200" }, told)
      request:await(0).session:dispose()
    end)

    it("no ACK: 200 eleven times, then a BYE to the caller's Contact", function()
      callee(function(incoming) ends_noted(incoming:accept()) end)
      assert(invite({ auto = { ack = false } }):await(1))
      sip.sleep(40)
      assert.equal(11, count(from_bob:sent(), "200"))
      assert.equal(1, count(from_bob:sent(), "BYE"))
      assert.matches("^BYE sip:alice@" .. alice.address, from_bob.out[12])
      assert.same({ "INVITE", "200" }, from_alice:sent())
      assert.same({ "on_accept 200" }, told)
      assert.same({ "ack timeout" }, causes)
    end)

    it("no ACK, no BYE wanted: on_end once (differs: SIP.js has onAckTimeout)", function()
      bob = support.agent("bob", { auto = { ack_timeout_bye = false } })
      from_bob = wire.tap(bob)
      callee(function(incoming) ends_noted(incoming:accept()) end)
      assert(invite({ auto = { ack = false } }):await(1))
      sip.sleep(80)
      assert.equal(11, #from_bob:sent())
      assert.equal(11, count(from_bob:sent(), "200"))
      assert.same({ "ack timeout" }, causes)
    end)
  end)

  describe("with offer and answer", function()
    it("offer in the INVITE, answer in the 200", function()
      callee(function(incoming)
        assert.equal(OFFER, incoming.message.body)
        incoming:accept { body = ANSWER }
      end)
      local response = assert(invite { body = OFFER }:await(1))
      sip.sleep(1)
      assert.equal(ANSWER, response.message.body)
      assert.same({ "INVITE", "ACK" }, from_alice:sent())
      assert.same({ "200" }, from_bob:sent())
      assert.same({ "on_accept 200" }, told)
      assert.equal("confirmed", response.session.state)
      assert.equal("stable", response.session.signaling)
      assert.is_nil(wire.header(from_alice.out[2], "Content-Type"))
    end)

    it("answer in a 183, then a 200", function()
      local sessions = {}
      callee(function(incoming)
        incoming:progress(183, { body = ANSWER })
        sessions[1] = incoming.session
        sessions[2] = incoming:accept()
      end)
      local request = invite { body = OFFER }
      local early = assert(request:expect(183))
      assert.equal(ANSWER, early.message.body)
      local response = assert(request:await(1))
      sip.sleep(1)
      assert.equal(early.session, response.session)
      assert.equal(sessions[1], sessions[2])
      assert.same({ "INVITE", "ACK" }, from_alice:sent())
      assert.same({ "183", "200" }, from_bob:sent())
      assert.same({ "on_progress 183", "on_accept 200" }, told)
      assert.equal("confirmed", sessions[1].state)
      assert.equal("stable", response.session.signaling)
    end)

    it("answer in a reliable 183: PRACK between, 200 for both", function()
      local prack, session
      callee(function(incoming)
        incoming:trying()
        incoming:progress(183, { body = ANSWER, reliable = true })
        prack = incoming.session:expect("PRACK", { timeout = 5 })
        session = incoming:accept()
      end)
      assert(invite { body = OFFER }:await(1))
      sip.sleep(1)
      assert.same({ "INVITE", "PRACK", "ACK" }, from_alice:sent())
      assert.same({ "100", "183", "200", "200" }, from_bob:sent())
      assert.same({ "on_trying 100", "on_progress 183", "on_accept 200" }, told)
      assert.matches("^%d+ 1 INVITE$", prack.message:header "RAck")
      assert.equal("", from_alice.out[3]:match "\r\n\r\n(.*)$")
      assert.same({ "confirmed", "stable" }, { session.state, session.signaling })
    end)

    it("no offer in the INVITE: offer in the 200, answer in the ACK", function()
      local acked
      callee(function(incoming)
        assert.equal("", incoming.message.body)
        acked = incoming:accept { body = OFFER }
      end)
      local request = invite(nil, {
        on_accept = function(response) response:ack { body = ANSWER } end,
      })
      local session = assert(request:await(1)).session
      local ack = assert(acked:expect("ACK", { timeout = 1 }))
      assert.equal(ANSWER, ack.message.body)
      assert.equal("application/sdp", ack.message:header "Content-Type")
      assert.same({ "INVITE", "ACK" }, from_alice:sent())
      assert.same({ "200" }, from_bob:sent())
      assert.same({ "confirmed", "stable" }, { session.state, session.signaling })
      assert.same({ "confirmed", "stable" }, { acked.state, acked.signaling })
    end)
  end)
end)
