-- SPDX-License-Identifier: MIT
-- After some hundreds of provisional responses the outcome of a request was
-- passed over like one of them, and await never ended.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an INVITE with hundreds of provisional responses", function()
  it("still has its outcome, and its delegate hears of it", function()
    local alice, callee = support.agent "alice", support.socket()
    local accepted = 0
    local request = alice:invite("sip:x@" .. callee.address, { body = sip.sdp() }, {
      on_accept = function() accepted = accepted + 1 end,
    })
    local invite = assert(callee:receive(2))
    for i = 1, 400 do
      callee:send(support.response_text(invite, "180 Ringing", { "X-Ring: " .. i }), alice.address)
      if i % 50 == 0 then
        sip.sleep(0)
      end
    end
    callee:send(support.response_text(invite, "200 OK",
      { ("Contact: <sip:x@%s>"):format(callee.address) }), alice.address)
    local response = assert(request:await(2))
    assert.equal(200, response.status)
    sip.sleep(0.01)
    assert.equal(1, accepted)
    assert.matches("^ACK ", assert(callee:receive(2)))
  end)
end)
