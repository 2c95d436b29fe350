-- SPDX-License-Identifier: MIT
-- A wait on a session or subscription that had ended ran its whole timeout.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a wait on what is over", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair()
  end)

  --- It ends with that error, without a second gone.
  local function in_vain(object, what)
    local before = sip.now()
    local found, err = object:expect(what, { timeout = 10 })
    assert.is_nil(found)
    assert.equal("ended", err.code)
    assert.matches("is over: no " .. what .. " comes any more", err.message, 1, true)
    assert.is_true(sip.now() - before < 1)
  end

  it("finds the BYE of a session that ended by it, and then nothing more", function()
    local at_alice, at_bob = support.call(alice, bob)
    assert(at_alice:bye():expect "2xx")
    assert.equal("BYE", assert(at_bob:expect "BYE").method)
    in_vain(at_bob, "BYE")
    in_vain(at_alice, "INFO")
    assert.equal("bye sent", at_alice.cause)
  end)

  it("is woken by the end, behind one who waits for the BYE", function()
    local at_alice, at_bob = support.call(alice, bob)
    local waiting = sip.spawn(function()
      local found, err = at_bob:expect("INFO", { timeout = 10 })
      return found == nil and err.code, sip.now()
    end)
    local hung_up = sip.spawn(function()
      return assert(at_bob:expect("BYE", { timeout = 10 })).method
    end)
    local before = sip.now()
    assert(at_alice:bye():expect "2xx")
    assert.equal("BYE", select(2, hung_up:join(1)))
    local _, code, at = waiting:join(1)
    assert.equal("ended", code)
    assert.is_true(at - before < 1)
  end)

  it("is woken where no answer to the BYE comes, once that is certain", function()
    local at_alice, at_bob = support.call(alice, bob)
    bob:faults { drop = 1 }
    at_alice:bye()
    local before = sip.now()
    local found, err = at_alice:expect("INFO", { timeout = 60 })
    assert.is_nil(found)
    assert.equal("ended", err.code)
    assert.is_true(math.abs(sip.now() - before - 32) < 0.1) -- 64*T1
    at_bob:dispose()
  end)

  it("finds the last NOTIFY of a subscription, and then nothing more", function()
    local request = alice:subscribe(support.uri(bob), { event = "presence" })
    local notifier = assert(assert(bob:expect "SUBSCRIBE"):accept())
    notifier:notify { state = "active" }
    assert(request:expect "NOTIFY")
    local subscriber = request.subscription
    assert(notifier:notify({ state = "terminated", reason = "noresource" }):expect "2xx")
    assert.equal("NOTIFY", assert(subscriber:expect "NOTIFY").method)
    in_vain(subscriber, "NOTIFY")
    in_vain(notifier, "SUBSCRIBE")
  end)
end)
