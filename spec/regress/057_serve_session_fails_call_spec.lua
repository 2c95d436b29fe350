-- SPDX-License-Identifier: MIT
-- The session that a served call made by call.incoming:accept belonged to no
-- call: an error in its delegate left the call as a success.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("an error in a delegate of a served call's session", function()
  it("fails the call", function()
    local alice, bob = support.pair()
    local load = sip.load { agent = bob, serve = true,
      scenario = function(call)
        local session = call.incoming:accept { body = sip.sdp() }
        session.delegate = { on_info = function() error "in the delegate" end }
        assert(session:expect("BYE", { timeout = 3 }))
      end }
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    local session = assert(request:await(2)).session
    assert.equal(500, session:request("INFO"):await(2).status)
    assert.equal(200, session:bye():await(2).status)
    load:stop()
    assert.is_true(load:wait(2))
    assert.matches("in the delegate", load:snapshot().failures[1].cause, 1, true)
  end)
end)
