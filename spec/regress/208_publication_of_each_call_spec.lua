-- SPDX-License-Identifier: MIT
-- The publication that a load call left behind was taken up by a later call that
-- had the same place in memory.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("the PUBLISH of a load call", function()
  it("knows nothing of those of calls that are over", function()
    local server, seen = support.server(function(incoming)
      incoming:reply(200, { extra_headers = { "Expires: 600", "SIP-ETag: tag" } })
    end)
    support.virtual()
    local load = sip.load {
      agent = support.agent "alice", target = support.uri(server), rate = 200, calls = 20,
      scenario = function(call)
        assert(call:publish(call.target, { event = "presence", body = "x" }):await(2))
      end,
    }
    assert(load:wait(10))
    assert.equal(20, #seen)
    for _, value in ipairs(support.each(seen, "SIP-If-Match")) do
      assert.is_false(value)
    end
  end)
end)
