-- SPDX-License-Identifier: MIT
-- A delegate that was cleared while responses waited behind it left all but the
-- first of them waiting for ever: the 200 of a call was never acknowledged.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("responses behind a delegate that is cleared", function()
  it("are all settled: the ACK goes out", function()
    support.virtual()
    local alice, bob = support.pair()
    local at_bob
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      incoming:progress(181)
      incoming:progress(183)
      at_bob = incoming:accept { body = sip.sdp() }
    end }
    local request
    request = alice:invite(support.uri(bob), { body = sip.sdp() }, {
      on_progress = function()
        sip.sleep(0.1)
        request.delegate = nil
      end,
    })
    assert(request:await(1))
    assert(at_bob:expect("ACK", { timeout = 1 }))
    assert.equal("confirmed", at_bob.state)
  end)
end)
