-- SPDX-License-Identifier: MIT
-- A re-INVITE that waited after its 491 went out behind the BYE of its session.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

describe("a re-INVITE that waits for another attempt", function()
  it("gets none behind a BYE", function()
    support.virtual()
    local peer = RawCall.called_by(support.agent "alice")
    local request = peer.session:invite { body = "v=0\r\n" }
    peer:answer(peer:receive "INVITE", "491 Request Pending")
    peer:receive "ACK"
    sip.sleep(0)
    peer.session:bye()
    local bye = peer:receive "BYE"
    assert.equal(491, assert(request:await(5)).status)
    for _, word in ipairs(peer:received()) do
      assert.equal("BYE", word)
    end
    peer:answer(bye, "200 OK")
    sip.sleep(0.1)
    assert.equal("ended", peer.session.state)
  end)
end)
