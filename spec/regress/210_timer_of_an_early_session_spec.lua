-- SPDX-License-Identifier: MIT
-- A session timer that an UPDATE had started in an early session threw that away
-- in silence while its INVITE still rang.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

describe("a session timer of an early session", function()
  it("does not end it", function()
    support.virtual()
    local raw, bob = support.socket(), support.agent "bob"
    local function send(method, cseq, to, headers)
      raw:send(support.request_text(method, {
        uri = support.uri(bob), from = raw.address, cseq = cseq, to = to, headers = headers,
      }), bob.address)
    end

    send("INVITE", 1)
    local incoming = assert(bob:expect "INVITE")
    incoming:progress(180)
    local session = incoming.session
    send("UPDATE", 2, RawCall.header(assert(raw:receive(2)), "To"),
      { "Session-Expires: 90;refresher=uac", "Supported: timer" })
    assert.matches("^SIP/2.0 200", (raw:receive(2)))
    assert.equal(90, session.session_expires)
    sip.sleep(200)
    assert.equal("early", session.state)
    assert.equal(session, incoming:accept { body = sip.sdp() })
    assert.is_nil(session.session_expires)
    session:dispose()
  end)
end)
