-- SPDX-License-Identifier: MIT
-- An expect that took a request out of the mailbox did not stop the default
-- answer: a phone that rang was busy two seconds later.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a request taken from the mailbox", function()
  it("gets no default answer any more", function()
    support.virtual()
    local alice, bob = support.pair()
    local request = alice:invite(support.uri(bob))
    sip.sleep(1)
    local incoming = assert(bob:expect("INVITE", { timeout = 0 }))
    assert.is_nil((request:expect("2xx", { timeout = 5 })))
    assert.equal(100, incoming.status)
    assert(incoming:reject(404))
    assert.equal(404, assert(request:await(1)).status)
  end)
end)
