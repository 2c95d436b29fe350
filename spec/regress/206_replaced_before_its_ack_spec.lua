-- SPDX-License-Identifier: MIT
-- A session that was replaced between its 2xx and the ACK of that got its BYE at
-- once: a callee has to wait for the ACK (RFC 3261 15).

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local RawCall = require "spec.support.raw_call"

describe("a session that is replaced before its ACK", function()
  it("gets its BYE behind that", function()
    support.virtual()
    local bob, carol, raw = support.agent "bob", support.agent "carol", support.socket()
    local function send(method, to)
      raw:send(support.request_text(method, {
        uri = support.uri(bob), from = raw.address, to = to,
      }), bob.address)
    end
    local function receive(start)
      for text in function() return (raw:receive(0)) end do
        if text:sub(1, #start) == start then
          return text
        end
      end
    end

    send "INVITE"
    local session = assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    local ok = assert(receive "SIP/2.0 200")
    local request = carol:invite(support.uri(bob), {
      body = sip.sdp(),
      replaces = ("raw-call-1;to-tag=%s;from-tag=raw1"):format(session.local_tag),
    })
    assert(bob:expect "INVITE"):accept { body = sip.sdp() }
    assert(request:await(2))
    sip.sleep(1)
    assert.is_nil(receive "BYE")
    send("ACK", RawCall.header(ok, "To"))
    sip.sleep(0.1)
    local bye = assert(receive "BYE")
    raw:send(support.response_text(bye, "200 OK"), bob.address)
    sip.sleep(0.1)
    assert.equal("bye sent", session.cause)
  end)
end)
