-- SPDX-License-Identifier: MIT
-- SIP.js's tests of two cores back to back, as situations of ours: requests inside a
-- dialog, of the caller and of the callee.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

for _, direction in ipairs { "caller", "callee" } do
  describe("inside a dialog, of the " .. direction .. ":", function()
    local us, them, sent, answered, contact, told

    before_each(function()
      support.virtual()
      local alice, bob = support.pair()
      local a, b = support.call(alice, bob)
      local tap_a, tap_b = wire.tap(alice), wire.tap(bob)
      told = {}
      if direction == "caller" then
        us, them, sent, answered, contact = a, b, tap_a, tap_b, bob.contact
      else
        us, them, sent, answered, contact = b, a, tap_b, tap_a, alice.contact
      end
    end)

    after_each(function() us, them = nil, nil end)

    local function assert_went(method)
      wire.settle()
      assert.same({ method }, sent:sent())
      assert.same({ "200" }, answered:sent())
      assert.matches(("^%s %s SIP/2.0\r\n"):format(method, contact:match "<(.*)>"), sent.out[1])
      assert.same({ "on_accept 200" }, told)
    end

    for _, method in ipairs { "INFO", "MESSAGE", "NOTIFY", "PRACK", "REFER" } do
      it(method .. " goes to the peer's Contact; its delegate is called once; 200", function()
        local called = {}
        them.delegate = {
          ["on_" .. method:lower()] = function(incoming)
            called[#called + 1] = incoming.method
            incoming:reply(200)
          end,
        }
        local options = method == "PRACK" and { rack = "1 1 INVITE" } or nil
        local request = assert(us:request(method, options, wire.noting(told)))
        assert(request:await(1))
        assert.same({ method }, called)
        assert_went(method)
        assert.equal("confirmed", us.state)
      end)
    end

    it("BYE goes to the peer's Contact; its delegate is called once; 200", function()
      local called = {}
      them.delegate = { on_bye = function(incoming) called[#called + 1] = incoming.method end }
      assert(us:bye(nil, wire.noting(told)):await(1))
      assert.same({ "BYE" }, called)
      assert_went "BYE"
      assert.equal("ended", us.state)
      assert.equal("ended", them.state)
    end)

    it("re-INVITE: 200 and ACK, on_accept once", function()
      them.delegate = { on_invite = function(incoming)
        sip.sleep(0.3)
        incoming:accept { body = sip.sdp { version = 2 } }
      end }
      local request = us:invite({ body = sip.sdp { version = 2 } }, wire.noting(told))
      assert(request:await(1))
      wire.settle()
      assert.same({ "INVITE", "ACK" }, sent:sent())
      assert.same({ "100", "200" }, answered:sent())
      assert.same({ "on_trying 100", "on_accept 200" }, told)
      assert.equal("confirmed", us.state)
      assert.equal("confirmed", them.state)
      assert.equal("stable", us.signaling)
      assert.equal("stable", them.signaling)
    end)

    it("a second re-INVITE while one is open: nil, err (differs: SIP.js throws)", function()
      local first = us:invite { body = sip.sdp { version = 2 } }
      local incoming = assert(them:expect "INVITE")
      local second, err = us:invite { body = sip.sdp { version = 3 } }
      assert.is_nil(second)
      assert.equal("pending", err.code)
      incoming:accept { body = sip.sdp { version = 2 } }
      assert(first:await(1))
      wire.settle()
      assert.same({ "INVITE", "ACK" }, sent:sent())
    end)
  end)
end

describe("re-INVITEs of both sides that cross", function()
  local a, b, tap_a, tap_b

  before_each(function()
    support.virtual()
    local alice, bob = support.pair()
    a, b = support.call(alice, bob)
    tap_a, tap_b = wire.tap(alice), wire.tap(bob)
  end)

  after_each(function() a, b = nil, nil end)

  it("each gets 491 and its ACK; both are stable again", function()
    local told, options = {}, { body = sip.sdp { version = 2 }, auto = { glare = false } }
    local first = a:invite(options, wire.noting(told))
    local second = b:invite(options, wire.noting(told))
    assert.equal("have-local-offer", a.signaling)
    assert.equal("have-local-offer", b.signaling)
    assert.equal(491, assert(first:await(1)).status)
    assert.equal(491, assert(second:await(1)).status)
    sip.sleep(10)
    assert.same({ "INVITE", "491", "ACK" }, tap_a:sent())
    assert.same({ "INVITE", "491", "ACK" }, tap_b:sent())
    assert.same({ "on_reject 491", "on_reject 491" }, told)
    assert.equal("stable", a.signaling)
    assert.equal("stable", b.signaling)
  end)

  it("are tried again by default, at different times (differs: SIP.js leaves it)", function()
    for _, session in ipairs { a, b } do
      session.delegate = { on_invite = function(incoming)
        incoming:accept { body = sip.sdp { version = 3 } }
      end }
    end
    local first = a:invite { body = sip.sdp { version = 2 } }
    local second = b:invite { body = sip.sdp { version = 2 } }
    assert.equal(200, assert(first:await(10)).status)
    assert.equal(200, assert(second:await(10)).status)
    assert.equal(2, first.attempts)
    assert.equal(2, second.attempts)
  end)
end)
