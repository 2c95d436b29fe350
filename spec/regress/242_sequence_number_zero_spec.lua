-- SPDX-License-Identifier: MIT
-- The option cseq = 0 was as good as none.

local support = require "spec.support.sip_support"

describe("a request of a script's own number", function()
  after_each(support.close_all)

  it("may have the number 0", function()
    local alice, bob = support.pair()
    local session, at_bob = support.call(alice, bob)
    assert.equal(500, assert(session:info({ cseq = 0 }):await(2)).status)
    local info = session:info()
    assert.same({ 200, 2 }, { assert(info:await(2)).status, info.message.cseq })
    assert(session:bye():expect("2xx", { timeout = 2 }))
    assert(at_bob:expect("BYE", { timeout = 2 }))
  end)
end)
