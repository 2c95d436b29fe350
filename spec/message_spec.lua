-- SPDX-License-Identifier: MIT
-- agent:message(): pager-mode messages.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("agent:message", function()
  local alice, bob

  before_each(function()
    alice, bob = support.pair()
  end)

  it("arrives with its text and type, and is answered", function()
    bob.delegate = { on_message = function(incoming)
      assert.equal("hello", incoming.message.body)
      assert.equal("text/plain", incoming.message:header "Content-Type")
      incoming:reply(202)
    end }
    local request = alice:message(support.uri(bob), { body = "hello" })
    assert.equal("OutgoingMessageRequest", sip.type(request))
    assert.equal(202, assert(request:await(2)).status)
  end)

  it("has no Contact (RFC 3428 section 4)", function()
    local request = alice:message(support.uri(bob), { body = "x" })
    assert.is_nil(request.message:header "Contact")
  end)

  it("goes both ways inside a call", function()
    support.virtual()
    local a, b = support.call(alice, bob)
    local request = a:message { body = "in the call" }
    local incoming = assert(b:expect "MESSAGE")
    assert.equal("in the call", incoming.message.body)
    assert.equal(b, incoming.session)
    incoming:reply(200)
    assert.equal(200, assert(request:await(2)).status)
    assert.equal(200, assert(b:message { body = "back" }:await(4)).status)
    assert(a:bye():await(2))
  end)

  it("stays below what fits into a datagram and says so above", function()
    local text = ("x"):rep(60000)
    local request = assert(alice:message(support.uri(bob), { body = text }))
    assert.equal(text, assert(bob:expect "MESSAGE").message.body)
    request:dispose()
    local big = alice:message(support.uri(bob), { body = ("x"):rep(70000) })
    local response = big and assert(big:await(2))
    assert.is_true(not big or (response.synthetic and response.status == 503),
      tostring(response))
  end)
end)
