-- SPDX-License-Identifier: MIT
-- The delegate of a request that nobody else holds was not told of its CANCEL:
-- the 487 that went out just before let go of it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a CANCEL", function()
  it("is told to the delegate, once, though nobody holds the request", function()
    local alice, bob = support.pair()
    local told = 0
    bob.delegate = {
      on_invite = function(incoming)
        incoming:progress(180)
        incoming.delegate = { on_cancel = function() told = told + 1 end }
      end,
    }
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    assert(request:expect(180))
    collectgarbage()
    assert(request:cancel():expect "2xx")
    assert(request:expect(487))
    sip.run(1)
    assert.equal(1, told)
  end)
end)
