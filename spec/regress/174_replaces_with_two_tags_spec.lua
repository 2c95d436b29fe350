-- SPDX-License-Identifier: MIT
-- A Replaces with two to-tags or two from-tags was read by the first one of them:
-- there may be one of each (RFC 3891 6.1).

local support = require "spec.support.sip_support"

describe("a Replaces", function()
  for _, name in ipairs { "to-tag", "from-tag", "To-Tag" } do
    it(("with another %s gets 400"):format(name), function()
      local alice, bob = support.pair()
      local a = support.call(alice, bob)
      local request = alice:invite(support.uri(bob), {
        extra_headers = { ("Replaces: %s;%s=other"):format(a.replaces, name) },
      })
      assert.equal(400, assert(request:await(2)).status)
      assert.equal("confirmed", a.state)
    end)
  end
end)
