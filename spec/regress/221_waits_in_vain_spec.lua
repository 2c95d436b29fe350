-- SPDX-License-Identifier: MIT
-- A wait on what was disposed of ran into its timeout, and one for a response
-- among requests as well. A closed agent took a delegate.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a wait for what cannot come", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair()
  end)

  --- It ends with that error at once.
  local function ends_at_once(object, what)
    local before = sip.now()
    local found, err = object:expect(what, { timeout = 10 })
    assert.is_nil(found)
    assert.equal("disposed", err.code)
    assert.equal(before, sip.now())
  end

  it("ends at once on a session that was disposed of", function()
    local at_alice = support.call(alice, bob)
    at_alice:dispose()
    ends_at_once(at_alice, "INFO")
  end)

  it("ends at once on a subscription that was disposed of, on either side", function()
    local request = alice:subscribe(support.uri(bob), { event = "presence" })
    local notifier = assert(assert(bob:expect "SUBSCRIBE"):accept())
    notifier:notify { state = "active" }
    assert(request:expect "NOTIFY")
    local subscriber = request.subscription
    for _, each in ipairs { subscriber, notifier } do
      each:dispose()
      ends_at_once(each, "*")
    end
  end)

  it("ends at once on a request that was disposed of, with or without outcome", function()
    bob.delegate = { on_subscribe = function(incoming) incoming:accept() end }
    local request = alice:subscribe(support.uri(bob), { event = "presence" })
    assert(request:await(1))
    request:dispose()
    ends_at_once(request, "NOTIFY")
    request = alice:message(support.uri(bob))
    request:dispose()
    ends_at_once(request, 200)
  end)

  it("still finds what has come before", function()
    local at_alice, at_bob = support.call(alice, bob)
    at_bob:info()
    sip.sleep(0.01)
    at_alice:dispose()
    assert.equal("INFO", assert(at_alice:expect("INFO", { timeout = 1 })).method)
  end)

  it("raises where only requests come", function()
    for _, what in ipairs { 200, "200", "2xx" } do
      assert.error_matches(function() bob:expect(what, { timeout = 0 }) end,
        "requests come here, such as \"INVITE\", and no responses such as " .. what, 1, true)
    end
  end)

  it("a closed agent takes no delegate", function()
    alice:close()
    assert.error_matches(function() alice.delegate = {} end, "this agent is closed")
  end)

  it("a status beyond all integers of C is none", function()
    alice:message(support.uri(bob))
    local incoming = assert(bob:expect "MESSAGE")
    assert.error_matches(function() incoming:reply(2 ^ 32 + 200) end, "a status is 100 to 699")
    assert.is_nil(incoming.status)
    incoming:accept()
  end)
end)
