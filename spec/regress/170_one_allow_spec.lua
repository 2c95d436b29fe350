-- SPDX-License-Identifier: MIT
-- The Allow line of an INVITE had its name twice.

local support = require "spec.support.sip_support"

describe("the Allow line", function()
  it("of an INVITE and of its 200 lists methods", function()
    local alice, bob = support.pair()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    incoming:accept()
    local response = assert(request:await(2))
    for _, message in ipairs { incoming.message, response.message } do
      assert.matches("^INVITE, ACK, ", message:header "Allow")
    end
  end)
end)
