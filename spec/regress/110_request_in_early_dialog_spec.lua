-- SPDX-License-Identifier: MIT
-- A request of the callee's in an early dialog got 481 unless the script had
-- looked at the session of a 1xx before: the session was made by looking.

local support = require "spec.support.sip_support"

describe("an early dialog", function()
  it("takes requests though the script has not looked at its session", function()
    local alice = support.agent "alice"
    local callee = support.socket()
    local request = alice:invite("sip:bob@" .. callee.address)
    local text = assert(callee:receive(2))
    callee:send(support.response_text(text, "180 Ringing",
      { ("Contact: <sip:bob@%s>"):format(callee.address) }, "early"), alice.address)
    assert(request:expect(180))
    local info = support.request_text("INFO", {
      uri = "sip:alice@" .. alice.address, from = callee.address,
      call_id = text:match "\r\nCall%-ID: ([^\r]*)", to = text:match "\r\nFrom: ([^\r]*)",
    })
    info = info:gsub("tag=raw1", "tag=early", 1)
    callee:send(info, alice.address)
    assert.matches("^SIP/2.0 200", assert(callee:receive(2)))
    request:dispose()
  end)
end)
