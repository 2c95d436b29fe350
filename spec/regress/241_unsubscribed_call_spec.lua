-- SPDX-License-Identifier: MIT
-- A served call that ended with the SUBSCRIBE that takes its subscription away
-- failed as "left open", and the last NOTIFY came before the 200 with a wrong
-- reason: the engine answers only when the script has seen it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a served call whose subscriber unsubscribes", function()
  after_each(support.close_all)

  -- The call lasts until the request "DONE", which comes after the SUBSCRIBE.
  local function subscribed(alice, bob, on_subscribe)
    local load = sip.load { agent = bob, serve = true,
      scenario = function(call)
        local subscription = assert(call.incoming:accept { expires = 60 })
        subscription.delegate = { on_subscribe = on_subscribe }
        assert(subscription:notify():expect("2xx", { timeout = 2 }))
        assert(subscription:expect(on_subscribe and "DONE" or "SUBSCRIBE", { timeout = 2 }))
      end }
    local request = alice:subscribe(support.uri(bob), { event = "presence", expires = 60 })
    assert(request:expect("NOTIFY", { timeout = 2 }))
    return load, request.subscription
  end

  local function over(load)
    load:stop()
    assert.is_true(load:wait(2))
    local ended = load:snapshot()
    return { ended.succeeded, ended.failed, (ended.failures[1] or {}).cause }
  end

  it("passes, and the engine does the rest", function()
    local load, subscription = subscribed(support.pair())
    assert(subscription:unsubscribe():expect("2xx", { timeout = 2 }))
    local notify = assert(subscription:expect("NOTIFY", { timeout = 2 }))
    assert.equal("terminated;reason=timeout", notify.message:header "Subscription-State")
    assert.same({ 1, 0 }, over(load))
  end)

  it("is left open where that was refused", function()
    local alice, bob = support.pair()
    local load, subscription = subscribed(alice, bob, function(again) again:reject(400) end)
    assert(subscription:unsubscribe():expect(400, { timeout = 2 }))
    subscription:request "DONE"
    local notify = assert(subscription:expect("NOTIFY", { timeout = 2 }))
    assert.equal("terminated;reason=noresource", notify.message:header "Subscription-State")
    assert.same({ 0, 1, "left open" }, over(load))
  end)

  it("is left open where it was only renewed", function()
    local load, subscription = subscribed(support.pair())
    assert(subscription:subscribe():expect("2xx", { timeout = 2 }))
    assert(subscription:expect("NOTIFY", { timeout = 2 }))
    assert.same({ 0, 1, "left open" }, over(load))
  end)
end)
