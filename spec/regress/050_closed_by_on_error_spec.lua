-- SPDX-License-Identifier: MIT
-- A function for errors that closed the agent whose delegate had failed left
-- the engine with a mailbox that was gone.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a function for errors that closes the agent", function()
  it("ends it in peace", function()
    local alice, bob = support.pair()
    local told = 0
    sip.on_error(function()
      told = told + 1
      bob:close()
    end)
    bob.delegate = { on_message = function() error "boom" end }
    alice:message(support.uri(bob))
    sip.sleep(0.05)
    assert.equal(1, told)
    assert.is_true(bob.closed)
  end)
end)
