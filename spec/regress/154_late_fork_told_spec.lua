-- SPDX-License-Identifier: MIT
-- The 2xx of another fork was told to on_accept only when it came together with
-- the first: once that was settled it was ended, or left open, in silence.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a 2xx of another fork, a second after the first,", function()
  for _, ended in ipairs { true, false } do
    it("is told to on_accept, the switch fork_bye being " .. tostring(ended), function()
      support.virtual()
      local alice = support.agent("alice", { auto = { fork_bye = ended } })
      local callee = support.socket()
      local accepted = {}
      alice:invite("sip:x@" .. callee.address, { body = sip.sdp() }, {
        on_accept = function(response) accepted[#accepted + 1] = response.session end,
      })
      local invite = assert(callee:receive(1))
      for _, tag in ipairs { "one", "two" } do
        callee:send(support.response_text(invite, "200 OK",
          { ("Contact: <sip:x@%s>"):format(callee.address) }, tag), alice.address)
        assert.matches("^ACK ", assert(callee:receive(1)))
        collectgarbage()
        sip.advance(1)
      end
      assert.equal(2, #accepted)
      assert.equal("one", accepted[1].remote_tag)
      assert.equal("two", accepted[2].remote_tag)
      assert.equal("confirmed", accepted[1].state)
      assert.equal(ended and "ending" or "confirmed", accepted[2].state)
      accepted[1]:dispose()
      accepted[2]:dispose()
    end)
  end
end)
