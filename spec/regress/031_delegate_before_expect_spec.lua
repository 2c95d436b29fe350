-- SPDX-License-Identifier: MIT
-- A request for which there was a delegate woke an expect as well: two parts of
-- a script answered it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a request with a delegate", function()
  it("wakes nobody else; one without does, whatever runs", function()
    support.virtual()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function(incoming)
      sip.sleep(1)
      incoming:reply(200)
    end }
    local any = sip.spawn(function() return bob:expect("*", { timeout = 10 }) end)
    sip.sleep(0)
    local first = alice:message(support.uri(bob))
    sip.sleep(0.1)
    assert.is_false(any.done)
    local second = alice:request("FOO", support.uri(bob))
    local _, incoming = any:join(0.1)
    assert.equal("FOO", incoming.method)
    incoming:reply(299)
    assert.equal(299, assert(second:await(0.1)).status)
    assert.equal(200, assert(first:await(2)).status)
  end)
end)
