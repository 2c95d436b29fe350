-- SPDX-License-Identifier: MIT
-- The To tag of an answer may be that of the early session before it, which is
-- freed when that is over.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a call whose early session was disposed of", function()
  it("is accepted all the same, with the same To tag", function()
    local alice, bob = support.pair()
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180, { to_tag = "mine" })
    assert(request:expect(180))
    incoming.session:dispose()
    collectgarbage()
    collectgarbage()
    local b = assert(incoming:accept { body = sip.sdp() })
    assert.equal("mine", b.local_tag)
    assert.equal("mine", assert(request:await(2)).message.to_tag)
    assert(b:expect "ACK")
  end)
end)
