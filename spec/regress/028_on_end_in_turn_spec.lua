-- SPDX-License-Identifier: MIT
-- on_end ran beside the other delegates of its session, and an error in it
-- failed no call and went to stderr alone.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("on_end", function()
  it("waits for the delegates before it", function()
    support.virtual()
    local alice, bob = support.pair()
    local a, b = support.call(alice, bob)
    local notes = {}
    b.delegate = {
      on_bye = function(incoming)
        incoming:reply(200)
        sip.sleep(0.2)
        notes[#notes + 1] = "on_bye"
      end,
      on_end = function() notes[#notes + 1] = "on_end" end,
    }
    assert(a:bye():await(1))
    sip.sleep(1)
    assert.same({ "on_bye", "on_end" }, notes)
  end)

  it("fails its call of a load by an error", function()
    support.virtual()
    local alice, bob = support.pair()
    support.answer(bob)
    local load = sip.load {
      agent = alice, target = support.uri(bob), calls = 1, rate = 1,
      scenario = function(call)
        local session = assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx").session
        session.delegate = { on_end = function() error "on_end is broken" end }
        assert(session:bye():expect "2xx")
        sip.sleep(0.1)
      end,
    }
    assert.is_true(load:wait(10))
    local failures = load:snapshot().failures
    assert.equal(1, #failures)
    assert.matches("on_end is broken", failures[1].cause, 1, true)
  end)
end)
