-- SPDX-License-Identifier: MIT
-- An error in a delegate that had closed its own agent was reported to nobody.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a delegate that closes its agent and then fails", function()
  it("is reported like any other", function()
    local errors = support.errors()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function()
      bob:close()
      error "after the close"
    end }
    alice:message(support.uri(bob))
    sip.sleep(0.05)
    assert.equal(1, #errors)
    assert.matches("030_error_after_close_spec.lua:%d+: after the close", errors[1])
  end)
end)
