-- SPDX-License-Identifier: MIT
-- Incoming requests have the class of their method.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an incoming request of each method", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  local outside = {
    INFO = "IncomingInfoRequest", INVITE = "IncomingInviteRequest",
    MESSAGE = "IncomingMessageRequest", NOTIFY = "IncomingNotifyRequest",
    OPTIONS = "IncomingOptionsRequest", PRACK = "IncomingPrackRequest",
    PUBLISH = "IncomingPublishRequest", REFER = "IncomingReferRequest",
    REGISTER = "IncomingRegisterRequest", SUBSCRIBE = "IncomingSubscribeRequest",
    UPDATE = "IncomingUpdateRequest", FOO = "IncomingRequest", invite = "IncomingRequest",
  }
  for method, name in pairs(outside) do
    it(("is an %s for %s, and says so"):format(name, method), function()
      alice:request(method, support.uri(bob))
      local incoming = assert(bob:expect(method))
      assert.equal(name, sip.type(incoming))
      assert.equal(("%s (%s %s)"):format(name, method, support.uri(bob)), tostring(incoming))
      assert(incoming:reply(480))
      assert.equal(("%s (%s %s, answered 480)"):format(name, method, support.uri(bob)),
        tostring(incoming))
    end)
  end

  it("is one in a dialog as well: ACK, INFO, BYE", function()
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    local at_bob = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    local at_alice = assert(request:expect "2xx").session
    assert.equal("IncomingAckRequest", sip.type(assert(at_bob:expect "ACK")))
    assert(at_alice:info():expect "2xx")
    assert.equal("IncomingInfoRequest", sip.type(assert(at_bob:expect "INFO")))
    assert(at_alice:bye():expect "2xx")
    assert.equal("IncomingByeRequest", sip.type(assert(at_bob:expect "BYE")))
  end)

  it("is one for a CANCEL, by expect and by delegate", function()
    for _, how in ipairs { "expect", "delegate" } do
      local request = alice:invite(support.uri(bob))
      local incoming = assert(bob:expect "INVITE")
      local cancel
      if how == "delegate" then
        incoming.delegate = { on_cancel = function(c) cancel = c end }
      end
      incoming:progress(180)
      assert(request:expect(180))
      request:cancel()
      assert(request:expect(487))
      cancel = cancel or assert(incoming:expect "CANCEL")
      assert.equal("IncomingCancelRequest", sip.type(cancel))
    end
  end)

  it("has all of the members, whatever its class", function()
    alice:message(support.uri(bob), { body = "x" })
    local incoming = assert(bob:expect "MESSAGE")
    assert.equal("MESSAGE", incoming.method)
    assert.equal("x", incoming.message.body)
    assert.error_matches(function() incoming.delgate = {} end,
      'IncomingMessageRequest has no field "delgate" to set (did you mean "delegate"?)', 1, true)
    assert.error_matches(function() incoming.progress(5) end, "IncomingRequest expected", 1, true)
    assert(incoming:accept())
  end)
end)

describe("the switches of one incoming request", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair({}, { auto = { stray = false } })
  end)

  it("are the agent's at first, and change by name", function()
    alice:message(support.uri(bob))
    local incoming = assert(bob:expect "MESSAGE")
    local auto = incoming.auto
    assert.is_true(auto.cancel)
    assert.is_true(auto.merged)
    assert.is_false(auto.stray)
    assert.is_false(auto.redirect)
    incoming.auto = { cancel = false, redirect = true }
    assert.is_false(incoming.auto.cancel)
    assert.is_true(incoming.auto.redirect)
    assert.is_true(incoming.auto.merged)
    assert.is_true(auto.cancel) -- what was read is a table of its own
    incoming.auto = {}
    assert.is_false(incoming.auto.cancel)
    incoming:reply(200)
    alice:message(support.uri(bob))
    incoming = assert(bob:expect "MESSAGE")
    assert.is_true(incoming.auto.cancel) -- of the other request only
    incoming:reply(200)
  end)

  it("refuse what is none", function()
    alice:message(support.uri(bob))
    local incoming = assert(bob:expect "MESSAGE")
    assert.error_matches(function() incoming.auto = { cancle = false } end,
      'unknown option "cancle" (did you mean "cancel"?)', 1, true)
    assert.error_matches(function() incoming.auto = { cancel = 1 } end,
      'option "cancel" must be a boolean', 1, true)
    assert.has_error(function() incoming.auto = nil end)
    assert.is_true(incoming.auto.cancel)
    incoming:reply(200)
  end)

  it("keep a 100 back, and bring it", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming.auto = { trying = false }
    local none, err = request:expect(100, { timeout = 0.4 })
    assert.is_nil(none)
    assert.equal("timeout", err.code)
    incoming.auto = { trying = true }
    local begun = sip.now()
    assert(request:expect(100, { timeout = 1 }))
    assert.near(0.2, sip.now() - begun, 0.01)
    incoming:reject(486)
    assert(request:expect(486))
  end)

  it("leave a CANCEL to the script", function()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming.auto = { cancel = false }
    incoming:progress(180)
    assert(request:expect(180))
    local cancel = request:cancel()
    local at_bob = assert(incoming:expect "CANCEL")
    assert.is_nil((cancel:expect("2xx", { timeout = 1 })))
    assert.is_nil(incoming.status ~= 180 or nil)
    assert(at_bob:reply(200))
    assert(cancel:expect(200))
    assert(incoming:reject(487))
    assert(request:expect(487))
  end)

  it("leave a BYE unanswered by the engine", function()
    local at_alice, at_bob = support.call(alice, bob)
    at_bob.delegate = { on_bye = function(incoming) incoming.auto = { bye = false } end }
    local bye = at_alice:bye()
    local none, err = bye:expect("2xx", { timeout = 3 })
    assert.is_nil(none)
    assert.equal("timeout", err.code)
    assert.equal("ending", at_bob.state)
    at_alice:dispose()
  end)

  it("decide on the repeats of a 2xx, and on the BYE without an ACK", function()
    local raw = support.socket()
    raw:send(support.request_text("INVITE", { uri = support.uri(bob), from = raw.address }),
      bob.address)
    local incoming = assert(bob:expect "INVITE")
    incoming.auto = { retransmit = false, ack_timeout_bye = false }
    local session = incoming:accept { body = sip.sdp() }
    sip.advance(40)
    assert.equal("ack timeout", session.cause)
    assert.matches("^SIP/2.0 200", (raw:receive(0)))
    assert.is_nil((raw:receive(0)))
  end)

  it("leave an OPTIONS to the script", function()
    bob.delegate = { on_options = function(incoming) incoming.auto = { options = false } end }
    local request = alice:options(support.uri(bob))
    assert.is_nil((request:expect("2xx", { timeout = 5 })))
    request:dispose()
  end)
end)
