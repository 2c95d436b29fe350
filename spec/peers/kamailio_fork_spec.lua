-- SPDX-License-Identifier: MIT
-- One call that Kamailio forks to three phones, all of them registered as bob.

local kamailio = require "spec.peers.kamailio"
local sip = require "sipwright"
local support = require "spec.support.sip_support"
local world = require "spec.peers.world"

local PHONES <const> = 3

--- Alice calls; all three ring. Gives the call, what came to each phone, and
--- what alice's delegate was told, which grows.
local function ring(kam)
  local alice, bobs = support.keep(kam:phone "alice"), {}
  for i = 1, PHONES do
    bobs[i] = support.keep(kam:phone "bob")
  end
  assert.equal(PHONES, #kam:bindings "bob")

  local told = { accepted = {}, rejected = 0, errors = 0 }
  local call = alice:invite("sip:bob@sip.test", { body = sip.sdp() }, {
    on_accept = function(response) told.accepted[#told.accepted + 1] = response end,
    on_reject = function() told.rejected = told.rejected + 1 end,
    on_error = function() told.errors = told.errors + 1 end,
  })
  local early = {}
  for i, bob in ipairs(bobs) do
    told[i] = assert(bob:expect("INVITE", { timeout = 5 }))
    told[i]:progress(180)
  end
  for _ = 1, PHONES do
    local ringing = assert(call:expect(function(response)
      return response.status == 180 and not early[response.message.to_tag]
    end, { timeout = 5 }))
    assert.equal("early", ringing.session.state)
    early[ringing.message.to_tag] = ringing.session
  end
  return call, told
end

--- The phone got a CANCEL, and has answered its INVITE with 487.
local function was_cancelled(incoming)
  assert(incoming:expect("CANCEL", { timeout = 5 }))
  world.wait_until("487 is sent", 5, function() return incoming.status == 487 end)
end

local function hang_up(at_alice, at_bob)
  assert(at_alice:bye():expect("2xx", { timeout = 5 }))
  assert(at_bob:expect("BYE", { timeout = 5 }))
  world.wait_until("both have ended", 5, function()
    return at_alice.state == "ended" and at_bob.state == "ended"
  end)
  assert.equal("bye sent", at_alice.cause)
  assert.equal("bye received", at_bob.cause)
end

describe("a call forked to three phones", function()
  it("is the first one's who answers, and the others are cancelled", world.example(function(at)
    local kam = kamailio.start(at)
    local call, bobs = ring(kam)

    local at_bob = assert(bobs[2]:accept { body = sip.sdp { port = 40002 } })

    local outcome = assert(call:await(5))
    assert.equal(200, outcome.status)
    assert.equal(at_bob.local_tag, outcome.session.remote_tag)
    assert(at_bob:expect("ACK", { timeout = 5 }))
    was_cancelled(bobs[1])
    was_cancelled(bobs[3])
    assert.equal("confirmed", outcome.session.state)
    hang_up(outcome.session, at_bob)
    assert.equal(1, #bobs.accepted)
    assert.equal(0, bobs.rejected)
    assert.equal(0, kam:seen("CANCEL", "alice")) -- Kamailio's own, all of them
  end))

  it("gives two sessions when two answer at once, and ends the loser's", world.example(function(at)
    local kam = kamailio.start(at)
    local call, bobs = ring(kam)

    local answers = { -- in one turn: both are sent before Kamailio sees either
      assert(bobs[1]:accept { body = sip.sdp { port = 40002 } }),
      assert(bobs[2]:accept { body = sip.sdp { port = 40004 } }),
    }

    local won = assert(call:await(5)).session
    world.wait_until("alice has both answers", 5, function() return bobs.accepted[2] end)
    local lost = bobs.accepted[2].session
    local first = won.remote_tag == answers[1].local_tag and 1 or 2
    local winner, loser = answers[first], answers[3 - first]
    assert.equal(winner.local_tag, won.remote_tag)
    assert.equal(loser.local_tag, lost.remote_tag)

    assert(loser:expect("ACK", { timeout = 5 })) -- by the engine,
    assert(loser:expect("BYE", { timeout = 5 })) -- and so is this
    assert(winner:expect("ACK", { timeout = 5 }))
    was_cancelled(bobs[3])
    world.wait_until("the loser's session has ended", 5, function()
      return lost.state == "ended" and loser.state == "ended"
    end)
    assert.equal("confirmed", won.state)
    assert.equal("confirmed", winner.state)
    assert.equal(1, kam:seen("BYE", "alice"))

    hang_up(won, winner)
    assert.equal(2, #bobs.accepted)
    assert.equal(0, bobs.rejected + bobs.errors)
    assert.equal(2, kam:seen("ACK", "alice"))
    assert.equal(2, kam:seen("BYE", "alice"))
  end))
end)
