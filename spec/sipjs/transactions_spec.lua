-- SPDX-License-Identifier: MIT
-- SIP.js's own transaction tests as situations of ours: what goes over the wire,
-- and whom the engine tells. Every cell of the machines stands in
-- spec/engine/tx_*_test.c; where SIP.js comes out otherwise, the name says so.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

local TOO_LONG <const> = ("x"):rep(70000) -- no datagram holds it: the send fails
local BY_HAND <const> = { ack = false, fork_bye = false, trying = false }

--- Instants, since now, at which a socket hears something in `seconds`.
local function instants(socket, seconds)
  local begun, times = sip.now(), {}
  repeat
    local left = begun + seconds - sip.now()
    local text = left > 0 and socket:receive(left)
    times[#times + 1] = text and ("%.1f"):format(sip.now() - begun) or nil
  until not text
  return times
end

--- How many messages no transaction had an arrow for, until now.
local function drops()
  return sip.drops().state or 0
end

describe("transactions:", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice = support.agent("alice", { auto = BY_HAND })
    bob = support.agent("bob", { auto = BY_HAND, hold = 60 })
  end)

  local function calling(options, more)
    return wire.callee(alice, "INVITE", options, more)
  end

  local function proceeding()
    local callee = calling()
    callee:answer "100 Trying"
    return callee
  end

  local function trying()
    return wire.callee(alice, "OPTIONS", { auto = { retransmit = false } })
  end

  describe("any", function()
    it("has its kind: each repeats as its machine does", function()
      local invite = support.socket()
      assert(alice:invite("sip:x@" .. invite.address))
      assert.same({ "0.0", "0.5", "1.5", "3.5", "7.5", "15.5" }, instants(invite, 20))
      local options = support.socket()
      assert(alice:options("sip:x@" .. options.address))
      assert.same({ "0.0", "0.5", "1.5", "3.5", "7.5", "11.5", "15.5", "19.5" },
        instants(options, 20))
      local caller = wire.caller(bob, "INVITE")
      caller.incoming:reject(486)
      assert.same({ "0.0", "0.5", "1.5", "3.5", "7.5", "11.5", "15.5", "19.5" },
        instants(caller.socket, 20))
      local asker = wire.caller(bob, "MESSAGE")
      asker.incoming:reject(480)
      assert.same({ "0.0" }, instants(asker.socket, 20))
    end)

    it("holds its transport: the answer goes the way that the request came", function()
      local callee = support.socket()
      alice:options("sip:bob@" .. callee.address)
      local text, from = assert(callee:receive(1))
      assert.equal(alice.address, from)
      assert.matches("SIP/2.0/UDP " .. alice.address, wire.header(text, "Via"), 1, true)
      local caller = wire.caller(bob, "OPTIONS")
      caller.incoming:reply(200)
      local _, answered = assert(caller.socket:receive(1))
      assert.equal(bob.address, answered)
    end)

    it("has an id that starts with z9hG4bK, and no two are alike", function()
      local callee, seen = support.socket(), {}
      for _ = 1, 200 do
        alice:options("sip:bob@" .. callee.address)
        local branch = wire.header(assert(callee:receive(1)), "Via"):match "branch=([^;]+)"
        assert.matches("^z9hG4bK.", branch)
        assert.is_nil(seen[branch])
        seen[branch] = true
      end
    end)

    it("tells of no state by being made", function()
      local callee = calling()
      wire.settle()
      assert.same({}, callee.told)
      assert.equal("trying", callee.request.state)
    end)
  end)

  describe("a client", function()
    it("holds its request", function()
      for _, callee in ipairs { calling(), trying() } do
        assert.equal(callee.text, callee.request.message:bytes())
      end
    end)

    it("sets one Via, with its own id and the transport's protocol", function()
      for _, callee in ipairs { calling(), trying() } do
        local vias = wire.headers(callee.text, "Via")
        assert.equal(1, #vias)
        assert.matches("^SIP/2.0/UDP [%d.:]+;.*branch=z9hG4bK", vias[1])
      end
    end)

    it("is serialised once and sent once: repeats are the same bytes", function()
      local edits = 0
      local callee = calling { edit = function(text)
        edits = edits + 1
        return text
      end }
      assert.same({ "INVITE" }, (function()
        sip.advance(0.6)
        return callee:heard()
      end)())
      assert.equal(callee.text, callee:latest "INVITE")
      assert.equal(1, edits)
    end)

    it("tells of a send that failed, once", function()
      for _, method in ipairs { "INVITE", "OPTIONS" } do
        local told, cause = {}, nil
        local request = alice:request(method, "sip:bob@127.0.0.1:9",
          { body = { TOO_LONG, "text/plain" } },
          wire.noting(told, { on_reject = function(response) cause = response.cause end }))
        assert.same({}, told) -- the script has had no chance to set a delegate yet
        wire.settle()
        sip.advance(40)
        assert.same({ "on_reject 503" }, told)
        assert.matches("^transport:", cause)
        assert.is_true(request:await(0).synthetic)
      end
    end)
  end)

  describe("an INVITE client", function()
    it("starts in Calling", function()
      local callee = calling()
      assert.equal("trying", callee.request.state)
      assert.equal(1, sip.objects().transactions)
    end)

    it("Calling + 1xx: delivered, Proceeding", function()
      local callee = calling()
      callee:answer "180 Ringing"
      assert.same({ "on_progress 180" }, callee.told)
      assert.equal("proceeding", callee.request.state)
      sip.advance(10)
      assert.same({}, callee:heard()) -- timer A has stopped
    end)

    it("Proceeding + 1xx: delivered again, stays", function()
      local callee = proceeding()
      callee:answer "180 Ringing"
      callee:answer "183 Session Progress"
      callee:answer("180 Ringing", { headers = { "X-Second: 1" } })
      assert.same({ "on_trying 100", "on_progress 180", "on_progress 183", "on_progress 180" },
        callee.told)
      assert.equal("proceeding", callee.request.state)
    end)

    it("Proceeding + 1xx of the same bytes: once (differs: SIP.js tells each copy)", function()
      local callee = proceeding()
      local absorbed = sip.counters().absorbed
      callee:answer "180 Ringing"
      callee:answer "180 Ringing"
      assert.same({ "on_trying 100", "on_progress 180" }, callee.told)
      assert.equal(absorbed + 1, sip.counters().absorbed)
    end)

    for _, status in ipairs { "200 OK", "202 Accepted" } do
      it("Proceeding + " .. status .. ": delivered, Accepted, no ACK of its own", function()
        local callee = proceeding()
        callee:answer(status)
        assert.same({ "on_trying 100", "on_accept " .. status:sub(1, 3) }, callee.told)
        assert.equal("done", callee.request.state)
        assert.same({}, callee:heard())
      end)
    end

    for _, status in ipairs { 300, 301, 404, 480, 500, 503, 603, 699 } do
      it(("Proceeding + %d: ACK with the Via of the INVITE, delivered, Completed"):format(status),
        function()
          local callee = proceeding()
          callee:answer(("%d Whatever"):format(status))
          assert.same({ "ACK" }, callee:heard())
          local ack = callee:latest "ACK"
          assert.same(wire.headers(callee.text, "Via"), wire.headers(ack, "Via"))
          assert.matches(";tag=rawtag", wire.header(ack, "To"), 1, true)
          local name = status < 400 and "on_redirect" or "on_reject"
          assert.same({ "on_trying 100", ("%s %d"):format(name, status) }, callee.told)
          assert.equal(1, sip.objects().lingering)
        end)
    end

    it("Calling + 2xx: delivered, Accepted, no ACK", function()
      local callee = calling()
      callee:answer "200 OK"
      assert.same({ "on_accept 200" }, callee.told)
      assert.same({}, callee:heard())
    end)

    it("Accepted + 1xx: not delivered, stays", function()
      local callee = calling()
      callee:answer "200 OK"
      local dropped = drops()
      callee:answer("180 Ringing", { tag = "other" })
      assert.same({ "on_accept 200" }, callee.told)
      assert.equal("done", callee.request.state)
      assert.equal(dropped + 1, drops())
    end)

    it("Accepted + 2xx of a new To tag: delivered, no ACK, stays", function()
      local callee = calling()
      callee:answer "200 OK"
      callee:answer("200 OK", { tag = "other" })
      assert.same({ "on_accept 200", "on_accept 200" }, callee.told)
      assert.same({}, callee:heard())
      assert.equal("rawtag", callee.request:await(0).session.remote_tag)
    end)

    it("Accepted + 2xx of the same To tag: not delivered, no ACK if there is none", function()
      local callee = calling()
      callee:answer "200 OK"
      callee:answer "200 OK"
      assert.same({ "on_accept 200" }, callee.told)
      assert.same({}, callee:heard())
    end)

    it("Accepted + 2xx of the same To tag: our ACK goes out again", function()
      local callee = calling(nil, { on_accept = function(response) response:ack() end })
      callee:answer "200 OK"
      assert.same({ "ACK" }, callee:heard())
      local first = callee:latest "ACK"
      callee:answer "200 OK"
      assert.same({ "ACK" }, callee:heard())
      assert.equal(first, callee:latest "ACK")
      assert.same({ "on_accept 200" }, callee.told)
    end)

    it("Accepted + 300-699: not delivered, stays", function()
      local callee = calling()
      callee:answer "200 OK"
      local dropped = drops()
      for _, status in ipairs { "302 Moved", "486 Busy Here", "603 Decline" } do
        callee:answer(status)
      end
      assert.same({ "on_accept 200" }, callee.told)
      assert.same({}, callee:heard())
      assert.equal(dropped + 3, drops())
    end)

    for _, status in ipairs { 300, 404, 503, 699 } do
      it(("Calling + %d: ACK, delivered, Completed"):format(status), function()
        local callee = calling()
        callee:answer(("%d Whatever"):format(status))
        assert.same({ "ACK" }, callee:heard())
        assert.equal(1, #callee.told)
        assert.equal(status, callee.request:await(0).status)
      end)
    end

    it("Completed + 1xx or 2xx: not delivered, stays", function()
      local callee = calling()
      callee:answer "486 Busy Here"
      callee:heard()
      local dropped = drops()
      callee:answer "180 Ringing"
      callee:answer "200 OK"
      assert.same({ "on_reject 486" }, callee.told)
      assert.same({}, callee:heard())
      assert.equal(dropped + 2, drops())
    end)

    it("Completed + 300-699: ACK again, not delivered, stays", function()
      local callee = calling()
      callee:answer "486 Busy Here"
      callee:answer "486 Busy Here"
      assert.same({ "ACK", "ACK" }, callee:heard())
      assert.same({ "on_reject 486" }, callee.told)
    end)

    it("Completed ends after timer D (differs: SIP.js has 0 seconds)", function()
      local callee = calling()
      callee:answer "486 Busy Here"
      callee:heard()
      sip.advance(31)
      callee:answer "486 Busy Here"
      assert.same({ "ACK" }, callee:heard())
      sip.advance(2)
      callee:answer "486 Busy Here"
      assert.same({}, callee:heard())
      assert.same({ "on_reject 486" }, callee.told)
    end)
  end)

  describe("a non-INVITE client", function()
    it("starts in Trying", function()
      assert.equal("trying", trying().request.state)
    end)

    it("Trying + 1xx: delivered, Proceeding", function()
      local callee = trying()
      callee:answer "100 Trying"
      assert.same({ "on_trying 100" }, callee.told)
      assert.equal("proceeding", callee.request.state)
    end)

    it("Proceeding + 1xx: delivered, stays", function()
      local callee = trying()
      callee:answer "100 Trying"
      callee:answer "180 Ringing"
      assert.same({ "on_trying 100", "on_progress 180" }, callee.told)
      assert.equal("proceeding", callee.request.state)
    end)

    for _, status in ipairs { 200, 202, 300, 404, 503, 699 } do
      local name = status < 300 and "on_accept" or status < 400 and "on_redirect" or "on_reject"
      it(("Proceeding + %d: delivered, Completed"):format(status), function()
        local callee = trying()
        callee:answer "100 Trying"
        callee:answer(("%d Whatever"):format(status))
        assert.same({ "on_trying 100", ("%s %d"):format(name, status) }, callee.told)
        assert.equal("done", callee.request.state)
      end)

      it(("Trying + %d: delivered, Completed"):format(status), function()
        local callee = trying()
        callee:answer(("%d Whatever"):format(status))
        assert.same({ ("%s %d"):format(name, status) }, callee.told)
        assert.same({}, callee:heard())
        assert.equal(1, sip.objects().lingering)
      end)
    end

    it("Completed + 100-699: not delivered, stays", function()
      local callee = trying()
      callee:answer "200 OK"
      for _, status in ipairs { 100, 180, 200, 302, 404, 503, 603 } do
        callee:answer(("%d Whatever"):format(status))
      end
      assert.same({ "on_accept 200" }, callee.told)
      assert.same({}, callee:heard())
    end)

    it("repeats itself until a final response (differs: SIP.js never does)", function()
      local callee = wire.callee(alice, "OPTIONS")
      sip.advance(0.6)
      assert.same({ "OPTIONS" }, callee:heard())
      callee:answer "100 Trying"
      sip.advance(8)
      assert.same({ "OPTIONS", "OPTIONS" }, callee:heard()) -- every T2 in Proceeding
      callee:answer "200 OK"
      sip.advance(40)
      assert.same({}, callee:heard())
    end)
  end)

  describe("a server", function()
    it("holds its request", function()
      for _, method in ipairs { "INVITE", "MESSAGE" } do
        local caller = wire.caller(bob, method)
        assert.equal(caller.text, caller.incoming.message:bytes())
      end
    end)

    it("has the id of the request's Via branch: a repeat is the same one", function()
      for _, method in ipairs { "INVITE", "MESSAGE" } do
        local caller = wire.caller(bob, method)
        caller:again()
        local none, err = bob:expect(method, { timeout = 0.1 })
        assert.is_nil(none)
        assert.equal("timeout", err.code)
        caller.incoming:reject(480)
        caller:heard()
        assert.equal(wire.header(caller.text, "Via"):match "branch=([^;]+)",
          wire.header(caller:latest "480", "Via"):match "branch=([^;]+)")
      end
    end)
  end)

  describe("an INVITE server", function()
    it("starts in Proceeding; a repeat before any response: nothing is sent", function()
      local caller = wire.caller(bob, "INVITE")
      caller:again()
      assert.same({}, caller:heard())
      assert.is_nil(caller.incoming.status)
    end)

    it("1xx from the TU: sent, stays; a repeat: it is sent again", function()
      local caller = wire.caller(bob, "INVITE")
      assert(caller.incoming:progress(180))
      assert.same({ "180" }, caller:heard())
      local first = caller:latest "180"
      caller:again()
      assert.same({ "180" }, caller:heard())
      assert.equal(first, caller:latest "180")
      assert(caller.incoming:progress(183))
      caller:heard()
      caller:again()
      assert.same({ "183" }, caller:heard())
    end)

    it("1xx from the TU that can't be sent: counted (differs: SIP.js tells it)", function()
      local caller = wire.caller(bob, "INVITE")
      local failed = sip.counters().send_errors
      caller.incoming:progress(183, { body = TOO_LONG })
      wire.settle()
      assert.equal(failed + 1, sip.counters().send_errors)
      assert(caller.incoming:reject(480)) -- still in Proceeding
      assert.same({ "480" }, caller:heard())
    end)

    it("2xx from the TU: sent, Accepted; a repeat is absorbed", function()
      local caller = wire.caller(bob, "INVITE")
      assert(caller.incoming:accept())
      assert.same({ "200" }, caller:heard())
      local absorbed = sip.counters().absorbed
      caller:again()
      assert.same({}, caller:heard())
      assert.equal(absorbed + 1, sip.counters().absorbed)
    end)

    it("Accepted, 1xx from the TU: nil, err (differs: SIP.js throws)", function()
      local caller = wire.caller(bob, "INVITE")
      assert(caller.incoming:accept())
      local sent, err = caller.incoming:progress(180)
      assert.is_nil(sent)
      assert.equal("state", err.code)
      assert.same({ "200" }, caller:heard())
    end)

    it("Accepted, 2xx from the TU again: with force (differs: SIP.js needs no word)", function()
      local caller = wire.caller(bob, "INVITE")
      local session = assert(caller.incoming:accept())
      local sent, err = caller.incoming:accept()
      assert.is_nil(sent)
      assert.equal("state", err.code)
      assert(caller.incoming:accept { force = true })
      assert.same({ "200", "200" }, caller:heard())
      assert.equal("accepted", session.state)
    end)

    it("Accepted, 300-699 from the TU: nil, err (differs: SIP.js throws)", function()
      local caller = wire.caller(bob, "INVITE")
      local session = assert(caller.incoming:accept())
      for _, status in ipairs { 302, 404, 603 } do
        local sent, err = caller.incoming:reply(status)
        assert.is_nil(sent)
        assert.equal("state", err.code)
      end
      assert.same({ "200" }, caller:heard())
      assert.equal("accepted", session.state)
    end)

    for _, status in ipairs { 300, 404, 503, 699 } do
      it(("%d from the TU: sent, Completed; a repeat: again; ACK: Confirmed"):format(status),
        function()
          local caller = wire.caller(bob, "INVITE")
          assert(caller.incoming:reply(status))
          assert.same({ tostring(status) }, caller:heard())
          caller:again()
          assert.same({ tostring(status) }, caller:heard())
          caller:ack(tostring(status))
          assert.same({}, caller:heard())
          sip.advance(4)
          caller:again() -- still there, for timer I
          assert.same({}, caller:heard())
        end)
    end

    it("300-699 without an ACK is repeated (differs: SIP.js sends it once)", function()
      local caller = wire.caller(bob, "INVITE")
      caller.incoming:reject(486)
      sip.advance(40)
      local copies = caller:heard()
      assert.equal(11, #copies) -- 0, 0.5, 1.5, 3.5, then every 4 s until timer H
    end)
  end)

  describe("a non-INVITE server", function()
    it("starts in Trying; a repeat is dropped", function()
      local caller = wire.caller(bob, "MESSAGE")
      caller:again()
      assert.same({}, caller:heard())
    end)

    it("Trying, 180 from the TU: sent (differs: SIP.js throws, after RFC 4320)", function()
      local caller = wire.caller(bob, "MESSAGE")
      assert(caller.incoming:progress(180))
      assert.same({ "180" }, caller:heard())
    end)

    it("a response that can't be sent: counted (differs: SIP.js tells it)", function()
      for _, before in ipairs { {}, { 100 }, { 100, 200 } } do
        local caller = wire.caller(bob, "MESSAGE", { call_id = "c" .. #before })
        for _, status in ipairs(before) do
          assert(caller.incoming:reply(status))
        end
        local failed = sip.counters().send_errors
        caller.incoming:reply(404, { body = { TOO_LONG, "text/plain" }, force = true })
        wire.settle()
        assert.equal(failed + 1, sip.counters().send_errors)
      end
    end)

    it("100 from the TU: sent, Proceeding; a repeat: it is sent again", function()
      local caller = wire.caller(bob, "MESSAGE")
      assert(caller.incoming:trying())
      caller:again()
      assert.same({ "100", "100" }, caller:heard())
    end)

    it("Proceeding, 180 from the TU: sent (differs: SIP.js throws)", function()
      local caller = wire.caller(bob, "MESSAGE")
      assert(caller.incoming:trying())
      assert(caller.incoming:progress(180))
      assert.same({ "100", "180" }, caller:heard())
    end)

    it("Proceeding, 100 from the TU again: sent (differs: SIP.js throws)", function()
      local caller = wire.caller(bob, "MESSAGE")
      assert(caller.incoming:trying())
      assert(caller.incoming:trying())
      assert.same({ "100", "100" }, caller:heard())
    end)

    for _, status in ipairs { 200, 202, 300, 404, 503, 699 } do
      for _, first in ipairs { "Trying", "Proceeding" } do
        it(("%d from the TU in %s: sent, Completed; a repeat: it is sent again"):format(
          status, first), function()
          local caller = wire.caller(bob, "MESSAGE")
          if first == "Proceeding" then
            assert(caller.incoming:trying())
            caller:heard()
          end
          assert(caller.incoming:reply(status))
          assert.same({ tostring(status) }, caller:heard())
          local sent = caller:latest(tostring(status))
          caller:again()
          assert.same({ tostring(status) }, caller:heard())
          assert.equal(sent, caller:latest(tostring(status)))
        end)
      end
    end

    it("absorbs repeats for 64*T1 (differs: SIP.js forgets at once)", function()
      local caller = wire.caller(bob, "MESSAGE")
      caller.incoming:reply(200)
      caller:heard()
      sip.advance(31)
      caller:again()
      assert.same({ "200" }, caller:heard())
      assert.is_nil((bob:expect("MESSAGE", { timeout = 0.01 })))
      sip.advance(2)
      caller:again() -- timer J has ended it: a new request
      assert.equal("MESSAGE", assert(bob:expect("MESSAGE", { timeout = 0.01 })).method)
    end)
  end)
end)
