-- SPDX-License-Identifier: MIT
-- An answer too long for a datagram vanished: nothing counted it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"
local wire = require "spec.support.wire"

describe("what is too long for a datagram", function()
  it("is counted among the send errors", function()
    support.virtual()
    local bob = support.agent "bob"
    local caller = wire.caller(bob, "MESSAGE")
    local before = sip.counters().send_errors
    caller.incoming:reply(200, { body = { ("x"):rep(70000), "text/plain" } })
    assert.same({}, caller:heard())
    assert.equal(before + 1, sip.counters().send_errors)
  end)
end)
