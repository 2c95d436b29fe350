-- SPDX-License-Identifier: MIT
-- An ACK that could not be sent was silent, and a 408 inside a dialog ended only
-- our side.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("trouble around a call", function()
  it("is told when the ACK can't be sent", function()
    local alice, bob = support.pair()
    bob.delegate = {
      on_invite = function(incoming)
        incoming:accept { body = sip.sdp(), contact = "<sip:bob@127.0.0.1;transport=tcp>" }
      end,
    }
    local told
    local request = alice:invite(support.uri(bob), { body = sip.sdp() },
      { on_error = function(err) told = tostring(err) end })
    assert(request:expect "2xx")
    sip.sleep(0.05)
    assert.matches("the ACK could not be sent", told)
  end)

  it("says BYE after a 408 inside the dialog", function()
    local alice, bob = support.pair()
    local theirs
    bob.delegate = {
      on_invite = function(incoming)
        theirs = incoming:accept { body = sip.sdp() }
        theirs.delegate = { on_info = function(info) info:reply(408) end }
      end,
    }
    local ours = assert(alice:invite(support.uri(bob), { body = sip.sdp() }):expect "2xx").session
    sip.sleep(0.05)
    assert(ours:request("INFO"):expect(408))
    sip.sleep(0.05)
    assert.equal("408", ours.cause)
    assert.equal("bye received", theirs.cause)
  end)
end)
