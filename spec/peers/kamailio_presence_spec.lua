-- SPDX-License-Identifier: MIT
-- Kamailio as presence server: alice publishes, bob has subscribed to it.

local kamailio = require "spec.peers.kamailio"
local support = require "spec.support.sip_support"
local world = require "spec.peers.world"

local ALICE <const> = "sip:alice@sip.test"
local PIDF <const> = "application/pidf+xml"

local function document(basic)
  return { ([[<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="%s"><tuple id="t1">
<status><basic>%s</basic></status></tuple></presence>]]):format(ALICE, basic), PIDF }
end

local function subscribe(bob, options)
  options = options or {}
  options.event, options.extra_headers = "presence", { "Accept: " .. PIDF }
  options.expires = options.expires or 600
  return bob:subscribe(ALICE, options)
end

local function publish(alice, options)
  options.event, options.expires = "presence", options.expires or 600
  local request = alice:publish(ALICE, options)
  assert(request:expect("2xx", { timeout = 5 }))
  return request
end

--- The next NOTIFY, which must be of that state, and say that alice is `basic`.
local function notified(subscription, state, basic)
  local notify = assert(subscription:expect("NOTIFY", { timeout = 5 })).message
  assert.equal(state, notify:header "Subscription-State":match "^%w+")
  assert.equal("presence", notify:header "Event")
  assert.equal(basic, notify.body:match "<basic>(%w+)</basic>")
  return notify
end

local function example(body)
  return world.example(function(at)
    local kam = kamailio.start(at, { presence = true })
    body(kam, support.keep(kam:phone "alice"), support.keep(kam:phone "bob"))
  end)
end

describe("presence at Kamailio", function()
  it("is told from SUBSCRIBE to the end", example(function(kam, alice, bob)
    local request = subscribe(bob)
    assert(request:expect("2xx", { timeout = 5 }))
    assert.equal(2, request.attempts) -- one for the 407
    local subscription = assert(request:expect("NOTIFY", { timeout = 5 })).subscription
    assert.equal("active", subscription.state)
    assert.is_true(subscription.expires > 590 and subscription.expires <= 600)

    local first = publish(alice, { body = document "closed" })
    assert.is_nil(first.message:header "SIP-If-Match")
    notified(subscription, "active", "closed")

    local modified = publish(alice, { body = document "open" })
    assert.equal(first.etag, modified.message:header "SIP-If-Match")
    assert.not_equal(first.etag, modified.etag)
    notified(subscription, "active", "open")

    local refreshed = publish(alice, {})
    assert.equal("", refreshed.message.body)
    assert.equal(modified.etag, refreshed.message:header "SIP-If-Match")
    notified(subscription, "active", "open")

    local again = assert(subscription:subscribe())
    assert(again:expect("2xx", { timeout = 5 }))
    notified(subscription, "active", "open")

    local removed = publish(alice, { expires = 0 })
    assert.equal(refreshed.etag, removed.message:header "SIP-If-Match")
    notified(subscription, "active", "closed") -- which is what Kamailio makes of it

    local last = assert(subscription:unsubscribe())
    assert(last:expect("2xx", { timeout = 5 }))
    assert.equal("timeout", notified(subscription, "terminated", nil)
      :header "Subscription-State":match "reason=(%w+)")
    assert.equal("terminated", subscription.state)
    assert.equal(2 + 1 + 1, kam:seen("SUBSCRIBE", "bob"))
  end))

  it("tells of what was published before", example(function(_, alice, bob)
    publish(alice, { body = document "open" })

    local request = subscribe(bob)

    assert(request:expect("2xx", { timeout = 5 }))
    local notify = assert(request:expect("NOTIFY", { timeout = 5 }))
    assert.equal("open", notify.message.body:match "<basic>(%w+)</basic>")
    assert.equal(PIDF, notify.message:header "Content-Type")
  end))

  it("fetches with Expires: 0, and that is all", example(function(_, alice, bob)
    publish(alice, { body = document "open" })

    local request = subscribe(bob, { expires = 0 })

    assert(request:expect("2xx", { timeout = 5 }))
    local notify = assert(request:expect("NOTIFY", { timeout = 5 }))
    assert.equal("open", notify.message.body:match "<basic>(%w+)</basic>")
    assert.equal("terminated", notify.subscription.state)
  end))

  it("refuses an entity tag that holds no more with 412", example(function(_, alice)
    local first = publish(alice, { body = document "open" })
    publish(alice, { body = document "closed" })

    local late = alice:publish(ALICE, { event = "presence", expires = 600, etag = first.etag })

    assert(late:expect(412, { timeout = 5 }))
    assert.equal(first.etag, late.message:header "SIP-If-Match")
  end))

  it("refuses a package that it does not know with 489", example(function(_, alice, bob)
    local request = bob:subscribe(ALICE, { event = "invented", expires = 600 })
    local refused = assert(request:expect(489, { timeout = 5 }))
    assert.truthy(refused.message:header "Allow-Events")
    assert(alice:publish(ALICE, { event = "invented", body = document "open" })
      :expect(489, { timeout = 5 }))
  end))
end)
