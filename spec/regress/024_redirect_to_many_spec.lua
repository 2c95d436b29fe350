-- SPDX-License-Identifier: MIT
-- Contacts of a redirection and extra headers together wrote past the end of
-- the list of header lines.

local support = require "spec.support.sip_support"

describe("a redirection to many contacts", function()
  it("takes as many lines as there is room for, and refuses more", function()
    local alice, bob = support.pair()
    local request = alice:invite(support.uri(bob))
    local incoming = assert(bob:expect "INVITE")
    local contacts, lines = {}, {}
    for i = 1, 47 do
      contacts[i] = ("sip:a@127.0.0.1:%d"):format(i)
      lines[i] = "X-Line: " .. i
    end
    assert.error_matches(function()
      incoming:redirect(contacts, { extra_headers = lines })
    end, "too many contacts", 1, true)
    assert(incoming:redirect({ contacts[1], contacts[2] }, { extra_headers = { lines[1] } }))
    local message = assert(request:await(2)).message
    assert.same({ "<sip:a@127.0.0.1:1>", "<sip:a@127.0.0.1:2>" }, message:headers "Contact")
    assert.equal("1", message:header "X-Line")
  end)
end)
