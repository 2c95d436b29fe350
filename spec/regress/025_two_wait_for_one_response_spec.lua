-- SPDX-License-Identifier: MIT
-- Of two who expected the same final response one was told that another had
-- come: "wanted 200, got 200 OK".

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("two who wait for one response", function()
  it("both have it, at once and one after the other", function()
    local alice, bob = support.pair()
    support.answer(bob)
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    local one, two = sip.all {
      function() return assert(request:expect "2xx").status end,
      function() return assert(request:expect(200)).status end,
    }
    assert.same({ 200, 200 }, { one, two })
    assert.equal(200, assert(request:expect { 200, 202 }).status)
    assert(request:await(0).session:bye():await(2))
  end)
end)
