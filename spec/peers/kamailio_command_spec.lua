-- SPDX-License-Identifier: MIT
-- The scenarios that come with the command, run against Kamailio.

local command = require "spec.peers.command"
local kamailio = require "spec.peers.kamailio"
local world = require "spec.peers.world"

local function run(at, kam, file, ...)
  local done = command.run(at, file, { "--target", "sip:" .. kam.address, ... })
  assert.equal(0, done.code, done.output)
  assert.equal(0, done.summary.messages.retransmitted)
  return done.summary
end

describe("against Kamailio, the scenario", function()
  it("register_auth passes", world.example(function(at)
    local kam = kamailio.start(at)

    local summary = run(at, kam, "scenarios/load/register_auth.lua",
      "--calls", "100", "--rate", "100", "--set", "domain=sip.test")

    assert.equal(100, summary.calls.succeeded)
    assert.same({}, kam:bindings "alice")
  end))

  it("register_auth passes where the domain is the registrar's address",
    world.example(function(at)
      local kam = kamailio.start(at)

      local summary = run(at, kam, "scenarios/load/register_auth.lua", "--calls", "1")

      assert.equal(1, summary.calls.succeeded)
      assert.same({}, kam:bindings "alice")
    end))

  it("register passes", world.example(function(at)
    local kam = kamailio.start(at)

    local summary = run(at, kam, "scenarios/load/register.lua",
      "--calls", "200", "--set", "domain=sip.test")

    assert.equal(200, summary.calls.succeeded)
    assert.equal(2, kam:seen("REGISTER", "user200"))
    assert.same({}, kam:bindings "user200")
  end))

  it("options_ping passes", world.example(function(at)
    local kam = kamailio.start(at)

    local summary = run(at, kam, "scenarios/load/options_ping.lua", "--calls", "200")

    assert.same({ { method = "OPTIONS", status = 200, count = 200 } }, summary.outcomes)
  end))

  it("two_phones passes", world.example(function(at)
    local kam = kamailio.start(at)

    local summary = run(at, kam, "scenarios/examples/two_phones.lua",
      "--set", "domain=sip.test")

    assert.equal("passed", summary.verdict)
    assert.equal(1, kam:seen("BYE", "alice"))
    assert.same({}, kam:bindings "bob")
  end))
end)
