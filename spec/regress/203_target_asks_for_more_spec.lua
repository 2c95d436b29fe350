-- SPDX-License-Identifier: MIT
-- The targets of a redirection were gone through before the same target got
-- what it had asked for with its 422.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a target of a redirection that asks for a longer interval", function()
  it("gets it before the next one is tried", function()
    local asked = {}
    local first = support.server(function(incoming)
      asked[#asked + 1] = incoming.message:header "Session-Expires"
      if #asked == 1 then
        incoming:reply(422, { extra_headers = { "Min-SE: 300" } })
      else
        incoming:reply(486)
      end
    end)
    local second, at_second = support.server(function(incoming) incoming:reply(603) end)
    local server = support.server(function(incoming)
      incoming:reply(302, { extra_headers = {
        ("Contact: <sip:b@%s>;q=1"):format(first.address),
        ("Contact: <sip:b@%s>;q=0.5"):format(second.address),
      } })
    end)
    local request = support.agent("alice"):invite(support.uri(server), {
      auto = { redirect = true }, session_expires = 100, body = sip.sdp(),
    })
    assert.equal(603, assert(request:await(3)).status)
    assert.same({ "100", "300" }, asked)
    assert.same({ "300" }, support.each(at_second, "Session-Expires"))
  end)
end)
