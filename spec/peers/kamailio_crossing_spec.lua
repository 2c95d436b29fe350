-- SPDX-License-Identifier: MIT
-- A CANCEL and a 200 that are under way at the same moment, through Kamailio:
-- either may win, and whoever does, the call ends at both ends.

local kamailio = require "spec.peers.kamailio"
local sip = require "sipwright"
local support = require "spec.support.sip_support"
local world = require "spec.peers.world"

local ROUNDS <const> = 40
local LONGEST <const> = 20

--- One call that rings, and `cross(call, incoming)`, which cancels and accepts
--- in one turn. Gives the outcome's status.
local function round(alice, bob, cross)
  local call = alice:invite("sip:bob@sip.test", { body = sip.sdp() })
  local incoming = assert(bob:expect("INVITE", { timeout = 5 }))
  incoming:progress(180)
  assert(call:expect(180, { timeout = 5 }))

  local at_bob = cross(call, incoming)

  local outcome = assert(call:await(5))
  assert.is_falsy(outcome.synthetic)
  assert.equal(200, assert(call:cancel():await(5)).status)
  if outcome.ok then
    assert(at_bob, "alice has a 2xx that bob did not send")
    assert(at_bob:expect("ACK", { timeout = 5 }))
    assert.equal("confirmed", outcome.session.state)
    assert(outcome.session:bye():expect("2xx", { timeout = 5 }))
    world.wait_until("the call has ended at both ends", 5, function()
      return outcome.session.state == "ended" and at_bob.state == "ended"
    end)
  else
    assert.equal(487, outcome.status)
    world.wait_until("bob's end is over", 5, function()
      return incoming.status == 487 and not at_bob
    end)
  end
  return outcome.status
end

local function rounds(at, cross)
  local kam = kamailio.start(at)
  local alice, bob = support.keep(kam:phone "alice"), support.keep(kam:phone "bob")
  local counts = { [200] = 0, [487] = 0 }
  for _ = 1, ROUNDS do
    local status = round(alice, bob, cross)
    counts[status] = counts[status] + 1
  end
  assert.equal(ROUNDS, kam:seen("CANCEL", "alice"))
  return counts
end

describe("a CANCEL that crosses", function()
  it("a 200 sent just before it comes too late", world.example(function(at)
    local counts = rounds(at, function(call, incoming)
      local at_bob = assert(incoming:accept { body = sip.sdp { port = 40002 } })
      call:cancel()
      return at_bob
    end)
    assert.equal(ROUNDS, counts[200])
  end))

  it("a 200 sent just after it comes too late, too", world.example(function(at)
    local counts = rounds(at, function(call, incoming)
      call:cancel()
      return (assert(incoming:accept { body = sip.sdp { port = 40002 } }))
    end)
    assert.equal(ROUNDS, counts[200])
  end))

  it("a 200 of some turns later wins or loses", world.example(function(at)
    local turns = 0
    local counts = rounds(at, function(call, incoming)
      call:cancel()
      turns = turns % LONGEST + 1
      for _ = 1, turns ^ 3 do -- up to some tens of milliseconds
        sip.sleep(0)
      end
      return (incoming:accept { body = sip.sdp { port = 40002 } })
    end)
    assert.equal(ROUNDS, counts[200] + counts[487])
    assert.is_true(counts[487] > 0)
  end))

  it("no 200, as bob got it first, wins", world.example(function(at)
    local counts = rounds(at, function(call, incoming)
      call:cancel()
      assert(incoming:expect("CANCEL", { timeout = 5 }))
      local session, err = incoming:accept { body = sip.sdp { port = 40002 } }
      assert.is_nil(session)
      assert.equal("cancelled", err.code)
      return nil
    end)
    assert.equal(ROUNDS, counts[487])
  end))
end)
