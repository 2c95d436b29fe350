-- SPDX-License-Identifier: MIT
-- An error in `edit` was printed, and the message went out as if it had none.

local support = require "spec.support.sip_support"

describe("an error in edit", function()
  it("is raised by the call that it belongs to", function()
    local alice, bob = support.pair()
    local errors = support.errors()
    local function broken() error "edit is broken" end
    assert.error_matches(function()
      alice:message(support.uri(bob), { edit = broken })
    end, "edit is broken", 1, true)
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    assert.error_matches(function() incoming:progress(180, { edit = broken }) end,
      "edit is broken", 1, true)
    assert(request:expect "1xx")
    assert.error_matches(function() request:cancel(nil, { edit = broken }) end,
      "edit is broken", 1, true)
    assert.same({}, errors)
    request:dispose()
  end)
end)
