-- SPDX-License-Identifier: MIT
-- Calls between two phones that are registered at Kamailio, through it.

local kamailio = require "spec.peers.kamailio"
local sip = require "sipwright"
local world = require "spec.peers.world"

--- A request within the dialog came by the proxy, which got it with the route
--- that its Record-Route had set.
local function came_by_route(kam, request)
  local via = request.message:headers "Via"
  assert.equal(kam.address, request.remote)
  assert.equal(2, #via)
  assert.truthy(via[1]:find(kam.address, 1, true), via[1])
  local route = request.message:header "X-Route-Seen"
  assert.truthy(route:find("^<sip:127%.0%.0%.1:" .. kam.port .. ";.*lr"), route)
  assert.truthy(route:find(";ftag=", 1, true), route)
end

local function ring(alice, bob)
  local call = alice:invite(bob.uri, { body = sip.sdp() })
  local incoming = assert(bob:expect("INVITE", { timeout = 5 }))
  incoming:progress(180)
  assert(call:expect(180, { timeout = 5 }))
  return call, incoming
end

describe("a call through Kamailio", function()
  it("keeps to Record-Route in ACK and in BYE of the caller", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = kam:phone "alice"
    local bob <close> = kam:phone "bob"

    local call, incoming = ring(alice, bob)
    assert.equal(kam.address, incoming.remote)
    local at_bob = incoming:accept { body = sip.sdp { port = 40002 } }
    local at_alice = assert(call:expect("2xx", { timeout = 5 })).session
    came_by_route(kam, assert(at_bob:expect("ACK", { timeout = 5 })))

    local bye = at_alice:bye()
    assert.equal(200, assert(bye:await(5)).status)
    came_by_route(kam, assert(at_bob:expect("BYE", { timeout = 5 })))
    assert.equal("sip:bob@" .. bob.address, bye.message.uri)
    assert.truthy(bye.message:header "Route":find(kam.address, 1, true))
    assert.equal(2, kam:seen("INVITE", "alice")) -- one for the 407
    assert.equal(1, kam:seen("ACK", "alice")) -- that of the 407 is absorbed before
    assert.equal(1, kam:seen("BYE", "alice"))
  end))

  it("keeps to Record-Route in a BYE of the callee", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = kam:phone "alice"
    local bob <close> = kam:phone "bob"

    local call, incoming = ring(alice, bob)
    local at_bob = incoming:accept { body = sip.sdp { port = 40002 } }
    local at_alice = assert(call:expect("2xx", { timeout = 5 })).session
    assert(at_bob:expect("ACK", { timeout = 5 }))

    assert.equal(200, assert(at_bob:bye():await(5)).status)
    came_by_route(kam, assert(at_alice:expect("BYE", { timeout = 5 })))
  end))

  it("can be cancelled while it rings", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = kam:phone "alice"
    local bob <close> = kam:phone "bob"

    local call, incoming = ring(alice, bob)
    call:cancel()

    local cancel = assert(incoming:expect("CANCEL", { timeout = 5 }))
    assert.equal(kam.address, cancel.remote)
    local outcome = assert(call:await(5))
    assert.equal(487, outcome.status)
    assert.is_falsy(outcome.synthetic)
    assert.equal(1, kam:seen("CANCEL", "alice"))
  end))

  it("ends with 404 when nobody has that name", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = kam:phone "alice"

    local outcome = assert(alice:invite("sip:nobody@sip.test", { body = sip.sdp() }):await(5))

    assert.equal(404, outcome.status)
    assert.is_falsy(outcome.synthetic)
  end))
end)
