-- SPDX-License-Identifier: MIT
-- An early session whose BYE was refused counted as accepted: the refusal of
-- its INVITE did not end it.

local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

describe("a BYE in an early session", function()
  it("leaves it early where it is refused", function()
    local raw, bob = support.socket(), support.agent("bob", { auto = { bye = false } })
    local function send(method, cseq, to)
      raw:send(support.request_text(method, {
        uri = support.uri(bob), from = raw.address, cseq = cseq, to = to,
      }), bob.address)
    end

    send("INVITE", 1)
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    local session = incoming.session
    send("BYE", 2, RawCall.header(assert(raw:receive(2)), "To"))
    assert(session:expect "BYE"):reject(403)
    assert.equal("early", session.state)
    incoming:reject(486)
    assert.equal("ended", session.state)
    assert.equal("rejected", session.cause)
  end)
end)
