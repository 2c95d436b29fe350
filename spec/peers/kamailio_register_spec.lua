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

  it("asks for longer after a 423, and renews it in time", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = phone(kam.address, "alicepw")
    assert.equal(423, assert(alice:register({ expires = 1 }):await(5)).status)
    assert.same({}, kam:bindings "alice")
    local seen = kam:seen("REGISTER", "alice")

    local refreshed = {}
    local request = alice:register({ expires = 1, auto = { refresh = true } }, {
      on_refresh = function(response) refreshed[#refreshed + 1] = response.status end,
    })
    assert.equal(200, assert(request:await(5)).status)
    assert.equal(4, request.expires)
    assert.same({ { uri = binding_of(alice), expires = 4, parameters = {} } }, request.bindings)
    world.wait_until("it was renewed twice", 8, function() return #refreshed == 2 end)

    assert.same({ 200, 200 }, refreshed)
    assert.same({ binding_of(alice) }, kam:bindings "alice")
    assert.equal(200, assert(alice:register({ expires = 0 }):await(5)).status)
    assert.same({}, kam:bindings "alice")
    -- 423, 200, twice renewed, away: each with the credentials that were asked for once
    assert.equal(5, kam:seen("REGISTER", "alice") - seen)
  end))

  it("keeps one Call-ID and a rising CSeq", world.example(function(at)
    local kam = kamailio.start(at)
    local alice <close> = phone(kam.address, "alicepw")
    local first = alice:register { expires = 600 }
    assert.equal(200, assert(first:await(5)).status)
    local second = alice:register {
      expires = 600, contacts = { alice.contact, "<sip:alice@127.0.0.1:9>;q=0.5" },
    }
    assert.equal(200, assert(second:await(5)).status)

    assert.equal(first.message.call_id, second.message.call_id)
    assert.equal(first.message.cseq + 1, second.message.cseq)
    assert.equal(2, #second.bindings)
    assert.same({ binding_of(alice), "sip:alice@127.0.0.1:9" }, kam:bindings "alice")
    assert.equal(200, assert(alice:register({ contact = "*", expires = 0 }):await(5)).status)
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
