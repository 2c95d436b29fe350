-- SPDX-License-Identifier: MIT
-- What was over had another object each time that it was asked for, and a
-- session's had forgotten its cause.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function collect()
  collectgarbage()
  collectgarbage()
end

describe("what is over", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair()
  end)

  it("is the same session, with its cause", function()
    local at_alice, at_bob, request = support.call(alice, bob)
    assert.equal(at_alice, request:await(0).session)
    assert(at_alice:bye():await(1))
    sip.sleep(0.1)
    collect()
    assert.equal(at_alice, request:await(0).session)
    assert.equal("bye sent", at_alice.cause)
    assert.equal("bye received", at_bob.cause)
  end)

  it("knows its cause, also when no variable has held it", function()
    local function call_and(ends)
      local at_alice, _, request = support.call(alice, bob)
      ends(at_alice)
      return request
    end
    local disposed = call_and(function(session) session:dispose() end)
    local ended = call_and(function(session) assert(session:bye():await(1)) end)
    collect()
    assert.equal("disposed", disposed:await(0).session.cause)
    assert.equal("bye sent", ended:await(0).session.cause)
  end)

  it("is the same subscription, whoever is asked for it", function()
    local request = alice:subscribe(support.uri(bob), { event = "presence" })
    local incoming = assert(bob:expect "SUBSCRIBE")
    local notifier = assert(incoming:accept())
    notifier:notify { state = "terminated", reason = "timeout" }
    local notify = assert(request:expect "NOTIFY")
    sip.advance(100)
    collect()
    assert.equal("terminated", notifier.cause)
    assert.equal(notifier, incoming.subscription)
    assert.equal(request.subscription, notify.subscription)
    assert.equal(request.subscription, request.subscriptions[1])
  end)
end)
