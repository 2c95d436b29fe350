-- SPDX-License-Identifier: MIT
-- The 2xx that crossed the BYE of an early session did not bring its route set:
-- the ACK went past the proxies (RFC 3261 13.2.2.4).

local support = require "spec.support.sip_support"
local raw_peer = require "spec.support.raw_peer"

describe("a 2xx that crosses the BYE of its early session", function()
  it("brings the route of its ACK", function()
    local alice, peer = support.agent "alice", raw_peer.new()
    local request, invite = peer:called(alice, { body = "v=0\r\n" })
    peer:answer(invite, "180 Ringing", { peer:contact() })
    assert(request:expect(180))
    request.sessions[1]:bye()
    local bye = peer:take "BYE"
    local route = ("<sip:%s;lr>"):format(peer.address)
    peer:answer(invite, "200 OK", { peer:contact(), "Record-Route: " .. route })
    assert.equal(route, raw_peer.header(peer:take "ACK", "Route"))
    peer:answer(bye, "200 OK")
    assert(request:await(2))
  end)
end)
