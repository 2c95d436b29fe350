-- SPDX-License-Identifier: MIT
-- An attended transfer among three phones at Kamailio: alice, who is in a call
-- with bob and in one with carol, connects the two (RFC 5589 section 7).

local kamailio = require "spec.peers.kamailio"
local sip = require "sipwright"
local support = require "spec.support.sip_support"
local world = require "spec.peers.world"

--- A call that stands; both of its sessions.
local function call(from, to)
  local request = from:invite(to.uri, { body = sip.sdp() })
  local there = assert(assert(to:expect("INVITE", { timeout = 5 })):accept { body = sip.sdp() })
  local here = assert(request:expect("2xx", { timeout = 5 })).session
  assert(there:expect("ACK", { timeout = 5 }))
  return here, there
end

local function ended(cause, ...)
  for _, session in ipairs { ... } do
    world.wait_until("a session has ended", 5, function() return session.state == "ended" end)
    assert.equal(cause, session.cause)
  end
end

local function example(body)
  return world.example(function(at)
    local kam = kamailio.start(at)
    local phones = {}
    for _, name in ipairs { "alice", "bob", "carol" } do
      phones[name] = support.keep(kam:phone(name))
    end
    body(kam, phones.alice, phones.bob, phones.carol)
  end)
end

describe("an attended transfer through Kamailio", function()
  it("connects two of three phones", example(function(kam, alice, bob, carol)
    local alice_bob, bob_alice = call(alice, bob)
    local alice_carol, carol_alice = call(alice, carol)

    local refer = assert(alice_bob:refer(alice_carol))
    local referred = assert(bob_alice:expect("REFER", { timeout = 5 }))
    assert.equal(kam.address, referred.remote)
    local progress = assert(referred:accept())
    assert(refer:expect(202, { timeout = 5 }))
    assert(progress:notify { body = "SIP/2.0 100 Trying" }:expect("2xx", { timeout = 5 }))

    local invite = assert(bob:invite(referred.refer_to, { body = sip.sdp() }))
    local incoming = assert(carol:expect("INVITE", { timeout = 5 }))
    assert.equal(2, invite.attempts) -- one for the 407
    assert.equal(carol_alice, incoming.replaces)
    local carol_bob = assert(incoming:accept { body = sip.sdp() })
    local bob_carol = assert(invite:expect("2xx", { timeout = 5 })).session
    assert(carol_bob:expect("ACK", { timeout = 5 }))
    ended("bye received", alice_carol) -- as it is replaced
    ended("bye sent", carol_alice)

    assert(progress:notify { state = "terminated", reason = "noresource", body = "SIP/2.0 200 OK" }
      :expect("2xx", { timeout = 5 }))
    for _, body in ipairs { "SIP/2.0 100 Trying", "SIP/2.0 200 OK" } do
      assert.equal(body, assert(refer:expect("NOTIFY", { timeout = 5 })).message.body)
    end
    assert.equal("terminated", refer.subscription.state)
    assert(alice_bob:bye():expect("2xx", { timeout = 5 }))
    ended("bye sent", alice_bob)
    ended("bye received", bob_alice)

    assert.equal("confirmed", bob_carol.state)
    assert.equal("confirmed", carol_bob.state)
    assert(bob_carol:bye():expect("2xx", { timeout = 5 }))
    ended("bye received", carol_bob)
  end))

  it("leaves both calls as they are when the third phone refuses", example(
    function(_, alice, bob, carol)
      local alice_bob, bob_alice = call(alice, bob)
      local alice_carol, carol_alice = call(alice, carol)

      local refer = assert(alice_bob:refer(alice_carol))
      local referred = assert(bob_alice:expect("REFER", { timeout = 5 }))
      local progress = assert(referred:accept())
      local invite = assert(bob:invite(referred.refer_to, { body = sip.sdp() }))
      assert(assert(carol:expect("INVITE", { timeout = 5 })):reject(486))
      assert(invite:expect(486, { timeout = 5 }))
      assert(progress:notify {
        state = "terminated", reason = "noresource", body = "SIP/2.0 486 Busy Here",
      }:expect("2xx", { timeout = 5 }))

      assert.equal("SIP/2.0 486 Busy Here",
        assert(refer:expect("NOTIFY", { timeout = 5 })).message.body)
      for _, session in ipairs { alice_bob, bob_alice, alice_carol, carol_alice } do
        assert.equal("confirmed", session.state)
      end
    end))

  it("is declined where the call to replace is over", example(function(_, alice, bob, carol)
    local alice_bob, bob_alice = call(alice, bob)
    local alice_carol, carol_alice = call(alice, carol)
    local refer = assert(alice_bob:refer(alice_carol))
    local referred = assert(bob_alice:expect("REFER", { timeout = 5 }))
    assert(referred:accept())
    assert(refer:expect(202, { timeout = 5 }))
    assert(alice_carol:bye():expect("2xx", { timeout = 5 }))
    ended("bye received", carol_alice)

    local invite = assert(bob:invite(referred.refer_to, { body = sip.sdp() }))

    assert(invite:expect(603, { timeout = 5 })) -- RFC 3891 section 3
    assert.equal("confirmed", alice_bob.state)
  end))
end)
