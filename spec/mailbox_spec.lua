-- SPDX-License-Identifier: MIT
-- The mailbox: who gets an incoming request, and what becomes of one that
-- nobody wants.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("the mailbox", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("keeps a request for two seconds, then gives the default answer", function()
    support.virtual()
    for method, status in pairs { INVITE = 486, MESSAGE = 200, SUBSCRIBE = 480, FOO = 405 } do
      local begun = sip.now()
      local request = alice:request(method, support.uri(bob))
      assert.equal(status, assert(request:await(10)).status, method)
      assert.near(2, sip.now() - begun, 0.01, method)
    end
  end)

  it("keeps it as long as hold says", function()
    support.virtual()
    bob = support.agent("bob", { hold = 5 })
    local begun = sip.now()
    assert.equal(200, assert(alice:message(support.uri(bob)):await(10)).status)
    assert.near(5, sip.now() - begun, 0.01)
  end)

  it("answers at once with hold = 0", function()
    support.virtual()
    bob = support.agent("bob", { hold = 0 })
    local begun = sip.now()
    assert.equal(486, assert(alice:invite(support.uri(bob)):await(10)).status)
    assert.near(0, sip.now() - begun, 0.01)
  end)

  it("gives a request to an expect that comes later, with no default answer", function()
    support.virtual()
    local request = alice:invite(support.uri(bob))
    sip.sleep(1.9)
    local incoming = assert(bob:expect("INVITE", { timeout = 0 }))
    local none = request:expect("2xx", { timeout = 3 })
    assert.is_nil(none)
    incoming:reject(404)
    assert.equal(404, assert(request:await(2)).status)
  end)

  it("still shows what the engine has answered by itself", function()
    bob = support.agent("bob", { hold = 0 })
    assert.equal(200, assert(alice:message(support.uri(bob), { body = "seen" }):await(2)).status)
    local incoming = assert(bob:expect("MESSAGE", { timeout = 0 }))
    assert.equal("seen", incoming.message.body)
    assert.equal(200, incoming.status)
    local sent, err = incoming:reply(202)
    assert.is_nil(sent)
    assert.equal("state", err.code)
  end)

  it("gives a request to the delegate and to no expect", function()
    local delegated = 0
    bob.delegate = { on_message = function(incoming)
      delegated = delegated + 1
      incoming:reply(200)
    end }
    local waiting = sip.spawn(function() return bob:expect("MESSAGE", { timeout = 0.1 }) end)
    sip.sleep(0)
    assert.equal(200, assert(alice:message(support.uri(bob)):await(2)).status)
    local ok, incoming, err = waiting:join(1)
    assert.is_true(ok)
    assert.is_nil(incoming)
    assert.equal("timeout", err.code)
    assert.equal(1, delegated)
  end)

  it("gives what the delegate has no function for to an expect", function()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    local request = alice:request("OPTIONS", support.uri(bob))
    assert(bob:expect "OPTIONS"):reply(298)
    assert.equal(298, assert(request:await(2)).status)
  end)

  it("holds back no request for a delegate that runs for another", function()
    support.virtual()
    bob.delegate = { on_message = function(incoming)
      sip.sleep(1)
      incoming:reply(200)
    end }
    local slow = alice:message(support.uri(bob))
    sip.sleep(0.1)
    local quick = alice:request("OPTIONS", support.uri(bob))
    assert(bob:expect("OPTIONS", { timeout = 0.1 })):reply(200)
    assert.equal(200, assert(quick:await(0.1)).status)
    assert.equal(200, assert(slow:await(2)).status)
  end)

  it("runs the delegate calls of one agent one after the other", function()
    support.virtual()
    local notes = {}
    bob.delegate = { on_message = function(incoming)
      notes[#notes + 1] = "in " .. incoming.message.body
      sip.sleep(0.1)
      incoming:reply(200)
      notes[#notes + 1] = "out " .. incoming.message.body
    end }
    local first = alice:message(support.uri(bob), { body = "1" })
    local second = alice:message(support.uri(bob), { body = "2" })
    assert(first:await(2))
    assert(second:await(2))
    assert.same({ "in 1", "out 1", "in 2", "out 2" }, notes)
  end)

  it("keeps 64 requests, drops the oldest and counts them", function()
    bob = support.agent("bob", { hold = 0 })
    for i = 1, 70 do
      assert(alice:message(support.uri(bob), { body = tostring(i) }):await(2))
    end
    sip.sleep(0.01)
    assert.equal(6, bob.lost)
    for i = 7, 70 do
      assert.equal(tostring(i), assert(bob:expect("MESSAGE", { timeout = 0 })).message.body)
    end
    assert.is_nil((bob:expect("MESSAGE", { timeout = 0 })))
    assert.equal(6, bob.lost)
  end)

  it("keeps what comes in a call for its session", function()
    local a, b = support.call(alice, bob)
    assert(a:request("INFO", { body = { "1", "text/plain" } }):await(2))
    assert(a:request("INFO", { body = { "2", "text/plain" } }):await(2))
    assert(a:bye():await(2))
    assert.equal("1", assert(b:expect("INFO", { timeout = 0 })).message.body)
    assert(b:expect("BYE", { timeout = 0 }))
    assert.equal("2", assert(b:expect("INFO", { timeout = 0 })).message.body)
  end)
end)
