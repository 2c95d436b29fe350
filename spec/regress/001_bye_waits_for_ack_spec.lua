-- SPDX-License-Identifier: MIT
-- A caller that hangs up in the line after the 2xx sent its BYE before the ACK:
-- `sipp -sn uas` takes the late ACK for unexpected and drops the call.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a caller that hangs up at once", function()
  it("sends the ACK before the BYE (RFC 3261 13.2.2.4)", function()
    local alice, raw = support.agent "alice", support.socket()
    local call = alice:invite("sip:bob@" .. raw.address, { body = sip.sdp() })
    local invite, from = raw:receive(5)
    raw:send(support.response_text(invite, "200 OK", {
      ("Contact: <sip:bob@%s>"):format(raw.address),
    }), from)

    assert(call:expect("2xx", { timeout = 5 })).session:bye()

    assert.equal("ACK", raw:receive(5):match "^%u+")
    local bye = raw:receive(5)
    assert.equal("BYE", bye:match "^%u+")
    raw:send(support.response_text(bye, "200 OK"), from)
  end)
end)
