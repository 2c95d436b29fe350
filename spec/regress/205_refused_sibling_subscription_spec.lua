-- SPDX-License-Identifier: MIT
-- A SUBSCRIBE for another event in the dialog of a subscription ended that one
-- when it was refused.

local support = require "spec.support.sip_support"

describe("a subscription", function()
  it("stands when another one in its dialog is refused", function()
    local alice, bob = support.pair()
    local request = alice:subscribe(support.uri(bob), { event = "presence", expires = 600 })
    local at_bob = assert(bob:expect "SUBSCRIBE"):accept()
    assert(at_bob:notify { state = "active" })
    assert(request:expect "NOTIFY")
    local s = request.subscription
    local other = s:subscribe { event = "dialog" }
    assert(at_bob:expect "SUBSCRIBE"):reject(489)
    assert.equal(489, assert(other:await(2)).status)
    assert.equal("489", other.subscription.cause)
    assert.is_nil(s.cause)
    assert.equal("active", s.state)
    s:dispose()
    at_bob:dispose()
  end)
end)
