-- SPDX-License-Identifier: MIT
-- REGISTER with digest authentication, seen from both ends: what the script
-- gets, and what Kamailio has in its table.

local kamailio = require "spec.peers.kamailio"
local sip = require "sipwright"
local world = require "spec.peers.world"

local function phone(proxy, password, listen)
  return assert(sip.agent {
    uri = "sip:alice@sip.test", username = "alice", password = password,
    proxy = "sip:" .. proxy, listen = listen or "udp:127.0.0.1:0",
  })
end

local function binding_of(agent)
  return "sip:alice@" .. agent.address
end

describe("REGISTER at Kamailio", function()
  it("binds, refreshes and unbinds", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = phone(kam.address, "alicepw")

    local first = assert(alice:register({ expires = 600 }):await(5))
    assert.equal(200, first.status)
    assert.same({ binding_of(alice) }, kam:bindings "alice")
    assert.truthy(first.message:header "Contact":find(alice.address, 1, true))

    assert.equal(200, assert(alice:register({ expires = 900 }):await(5)).status)
    assert.same({ binding_of(alice) }, kam:bindings "alice")

    assert.equal(200, assert(alice:register({ expires = 0 }):await(5)).status)
    assert.same({}, kam:bindings "alice")
  end))

  it("ends with 401 after two attempts with a wrong password", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = phone(kam.address, "nonsense")
    local before = sip.counters().sent

    local response = assert(alice:register({ expires = 600 }):await(5))

    assert.equal(401, response.status)
    assert.is_false(response.ok)
    assert.is_falsy(response.synthetic)
    assert.equal(2, sip.counters().sent - before)
    assert.equal(2, kam:seen("REGISTER", "alice"))
    assert.same({}, kam:bindings "alice")
  end))

  it("ends with 401 after one attempt without a password", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = phone(kam.address, nil)

    local response = assert(alice:register({ expires = 600 }):await(5))

    assert.equal(401, response.status)
    assert.equal(1, kam:seen("REGISTER", "alice"))
  end))

  it("works over IPv6", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = phone("[::1]:" .. kam.port, "alicepw", "udp:[::1]:0")

    assert.equal(200, assert(alice:register({ expires = 600 }):await(5)).status)
    assert.truthy(alice.address:find("[::1]:", 1, true))
    assert.same({ binding_of(alice) }, kam:bindings "alice")

    assert.equal(200, assert(alice:register({ expires = 0 }):await(5)).status)
    assert.same({}, kam:bindings "alice")
  end))
end)
