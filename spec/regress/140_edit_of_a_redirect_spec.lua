-- SPDX-License-Identifier: MIT
-- incoming:redirect called whatever stood where its `edit` had been: an error,
-- and the answer went out unedited.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a redirect", function()
  it("is edited at the last moment, as other answers are", function()
    local alice, bob = support.pair()
    local request = alice:invite(support.uri(bob), { body = sip.sdp() })
    assert(assert(bob:expect "INVITE"):redirect({ "sip:a@127.0.0.1:1", "sip:b@127.0.0.1:2" }, {
      edit = function(text) return (text:gsub("127.0.0.1:2", "127.0.0.1:3")) end,
    }))
    local response = assert(request:expect(302))
    assert.same({ "<sip:a@127.0.0.1:1>", "<sip:b@127.0.0.1:3>" },
      response.message:headers "Contact")
  end)
end)
