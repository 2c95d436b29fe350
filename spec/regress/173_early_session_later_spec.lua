-- SPDX-License-Identifier: MIT
-- A provisional response that was looked at after the outcome had no session, though
-- its fork was the one that answered.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

it("the session of a 183 is there after the 200 too", function()
  support.virtual()
  local alice, bob = support.pair()
  bob.delegate = { on_invite = function(incoming)
    incoming:progress(183)
    incoming:accept()
  end }
  local request = alice:invite(support.uri(bob))
  assert(request:await(1))
  sip.sleep(1)
  local early = assert(request:expect(183))
  assert.equal("Session", sip.type(early.session))
  assert.equal(request:await(0).session, early.session)
end)
