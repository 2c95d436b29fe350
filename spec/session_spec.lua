-- SPDX-License-Identifier: MIT
-- Sessions: what an accepted INVITE makes, on either side.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a session", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("has state, tags, Call-ID and target, and a text", function()
    local a, b = support.call(alice, bob)
    assert.equal("Session", sip.type(a))
    assert.equal("confirmed", a.state)
    assert.equal("confirmed", b.state)
    assert.equal(a.call_id, b.call_id)
    assert.equal(a.local_tag, b.remote_tag)
    assert.equal(a.remote_tag, b.local_tag)
    assert.equal(support.uri(bob), a.remote_target)
    assert.equal("sip:alice@" .. alice.address, b.remote_target)
    assert.is_nil(a.cause)
    assert.equal(("Session (caller, confirmed, Call-ID %s)"):format(a.call_id), tostring(a))
    assert.matches("^Session %(callee, confirmed", tostring(b))
    assert(a:bye():await(2))
  end)

  for _, side in ipairs { "caller", "callee" } do
    it("is ended by a BYE of the " .. side, function()
      local a, b = support.call(alice, bob)
      local first, second = a, b
      if side == "callee" then
        first, second = b, a
      end
      local causes = {}
      first.delegate = { on_end = function(cause) causes[#causes + 1] = cause end }
      second.delegate = { on_end = function(cause) causes[#causes + 1] = cause end }
      local bye = assert(first:bye())
      assert.equal("OutgoingByeRequest", sip.type(bye))
      assert.equal("ending", first.state)
      local incoming = assert(second:expect "BYE")
      assert.equal("BYE", incoming.method)
      assert.equal(second, incoming.session)
      assert.equal(200, assert(bye:await(2)).status)
      sip.sleep(0.01)
      assert.equal("ended", first.state)
      assert.equal("ended", second.state)
      assert.equal("bye sent", first.cause)
      assert.equal("bye received", second.cause)
      table.sort(causes)
      assert.same({ "bye received", "bye sent" }, causes)
    end)
  end

  it("cannot be ended twice", function()
    local a = support.call(alice, bob)
    assert(a:bye():await(2))
    local again, err = a:bye()
    assert.is_nil(again)
    assert.equal("state", err.code)
    assert.matches("over", tostring(err), 1, true)
    local info, info_err = a:request("INFO")
    assert.is_nil(info)
    assert.equal("state", info_err.code)
    assert.is_string(a.call_id)
    assert.is_string(tostring(a))
  end)

  it("lets on_bye answer itself, else the engine does when it has returned", function()
    support.virtual()
    local a, b = support.call(alice, bob)
    b.delegate = { on_bye = function(incoming)
      sip.sleep(0.2)
      incoming:reply(299)
    end }
    assert.equal(299, assert(a:bye():await(2)).status)
    local a2, b2 = support.call(alice, bob)
    local begun = sip.now()
    b2.delegate = { on_bye = function() sip.sleep(0.2) end }
    assert.equal(200, assert(a2:bye():await(2)).status)
    assert.near(0.2, sip.now() - begun, 0.01)
  end)

  it("calls on_end behind the delegates that still run", function()
    support.virtual()
    local a, b = support.call(alice, bob)
    local notes = {}
    b.delegate = {
      on_bye = function(incoming)
        incoming:reply(200)
        sip.sleep(0.3)
        notes[#notes + 1] = "on_bye is over"
      end,
      on_end = function(cause) notes[#notes + 1] = cause end,
    }
    assert(a:bye():await(2))
    sip.sleep(1)
    assert.same({ "on_bye is over", "bye received" }, notes)
  end)

  it("reports an error in on_end", function()
    local errors = support.errors()
    local a = support.call(alice, bob)
    a.delegate = { on_end = function() error "on_end is broken" end }
    assert(a:bye():await(2))
    sip.sleep(0.01)
    assert.equal(1, #errors)
    assert.matches("spec/session_spec.lua:%d+: on_end is broken", errors[1])
  end)

  it("carries requests of any method, with rising CSeq", function()
    local a, b = support.call(alice, bob)
    local seen = {}
    b.delegate = {
      on_info = function(incoming)
        seen[#seen + 1] = incoming.message.body
        incoming:reply(200)
      end,
      on_request = function(incoming) incoming:reply(288) end,
    }
    local numbers = {}
    for i = 1, 3 do
      local info = a:request("INFO", { body = { tostring(i), "text/plain" } })
      assert.equal(200, assert(info:await(2)).status)
      numbers[i] = info.message.cseq
    end
    assert.same({ "1", "2", "3" }, seen)
    assert.same({ numbers[1], numbers[1] + 1, numbers[1] + 2 }, numbers)
    assert.equal(288, assert(a:request("FOO"):await(2)).status)
    assert(a:bye():await(2))
  end)

  it("gets the engine's answers where the script gives none", function()
    local a, b = support.call(alice, bob)
    assert.equal(200, assert(a:request("INFO"):await(2)).status)
    assert.equal(200, assert(a:request("OPTIONS"):await(2)).status)
    assert.equal(200, assert(a:request("UPDATE"):await(2)).status)
    assert.equal(200, assert(a:request("NOTIFY"):await(2)).status)
    assert.equal("INFO", assert(b:expect("INFO", { timeout = 0 })).method)
    assert(a:bye():await(2))
  end)

  it("takes a re-INVITE, which keeps the session", function()
    local a, b = support.call(alice, bob)
    local again = a:request("INVITE", { body = sip.sdp { version = 2 } })
    assert.equal("OutgoingInviteRequest", sip.type(again))
    local incoming = assert(b:expect "INVITE")
    assert.equal(b, incoming:accept { body = sip.sdp { version = 2 } })
    local response = assert(again:await(2))
    assert.equal(a, response.session)
    assert(b:expect "ACK")
    assert.equal("confirmed", a.state)
    assert.equal("confirmed", b.state)
    assert(a:bye():await(2))
  end)

  it("survives a refused re-INVITE", function()
    local a, b = support.call(alice, bob)
    local again = a:request("INVITE", { body = sip.sdp { version = 2 } })
    assert(b:expect "INVITE"):reject(488)
    assert.equal(488, assert(again:await(2)).status)
    assert.equal("confirmed", a.state)
    assert.equal(200, assert(a:bye():await(2)).status)
  end)

  it("is not to be ended by the callee before it is accepted", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    local bye, err = incoming.session:bye()
    assert.is_nil(bye)
    assert.matches("reject it instead", tostring(err), 1, true)
    incoming:reject(480)
    assert(request:await(2))
  end)

  it("is ended by its caller early with a BYE (RFC 3261 15)", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    local early = assert(request:expect(180)).session
    local bye = assert(early:bye())
    assert(incoming.session:expect "BYE")
    assert.equal(200, assert(bye:await(2)).status)
    incoming:reject(487)
    assert.equal(487, assert(request:await(2)).status)
  end)

  it("repeats its 200 until the ACK: 11 copies, then ack timeout and BYE", function()
    support.virtual()
    local caller = support.socket()
    local causes = {}
    bob.delegate = { on_invite = function(incoming)
      local session = incoming:accept { body = sip.sdp() }
      session.delegate = { on_end = function(cause) causes[#causes + 1] = cause end }
    end }
    caller:send(support.request_text("INVITE", {
      uri = support.uri(bob), from = caller.address,
    }), bob.address)
    local copies, bye = 0, nil
    while not bye do
      local text = assert(caller:receive(40))
      if text:find "^BYE " then
        bye = text
      elseif text:find "^SIP/2.0 200 " then
        copies = copies + 1
      end
    end
    assert.equal(11, copies)
    assert.same({ "ack timeout" }, causes)
    caller:send(support.response_text(bye, "200 OK"), bob.address)
    sip.sleep(0.1)
  end)

  it("sends no BYE at the ack timeout with ack_timeout_bye = false", function()
    support.virtual()
    bob = support.agent("bob", { auto = { ack_timeout_bye = false } })
    local caller = support.socket()
    local sessions = support.answer(bob)
    caller:send(support.request_text("INVITE", {
      uri = support.uri(bob), from = caller.address,
    }), bob.address)
    sip.sleep(40)
    local methods = {}
    for text in function() return (caller:receive(0)) end do
      methods[text:match "^%S+ ?%d*"] = true
    end
    assert.is_nil(methods["BYE "])
    assert.is_true(methods["SIP/2.0 200"])
    assert.equal("ack timeout", sessions[1].cause)
  end)

  it("tells of the ACK by delegate as well", function()
    local acks = {}
    bob.delegate = { on_invite = function(incoming)
      local session = incoming:accept { body = sip.sdp() }
      session.delegate = { on_ack = function(ack) acks[#acks + 1] = ack.message.method end }
    end }
    local a = assert(alice:invite(support.uri(bob), { body = sip.sdp() }):await(2)).session
    sip.sleep(0.02)
    assert.same({ "ACK" }, acks)
    assert(a:bye():await(2))
  end)
end)
