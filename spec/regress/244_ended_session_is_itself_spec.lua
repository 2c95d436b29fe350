-- SPDX-License-Identifier: MIT
-- A session that had ended came as another object: `incoming.replaces` was not
-- the session that it had replaced.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a session that has been replaced", function()
  after_each(support.close_all)

  it("equals what its INVITE names, and no other session", function()
    local alice, bob = support.pair()
    local carol = support.agent "carol"
    local at_alice, at_bob = support.call(alice, bob)
    local request = carol:invite(support.uri(bob), { body = sip.sdp(), replaces = at_alice })
    local incoming = assert(bob:expect("INVITE", { timeout = 2 }))
    local new = assert(incoming:accept { body = sip.sdp() })
    local session = assert(request:expect("2xx", { timeout = 2 })).session
    assert(at_alice:expect("BYE", { timeout = 2 }))
    assert(new:expect("ACK", { timeout = 2 }))

    assert.equal("ended", at_bob.state)
    assert.is_true(incoming.replaces == at_bob)
    assert.is_false(incoming.replaces == new)
    assert.is_false(at_bob == incoming)
    assert(session:bye():expect("2xx", { timeout = 2 }))
  end)
end)
