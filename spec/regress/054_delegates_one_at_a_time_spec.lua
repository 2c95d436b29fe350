-- SPDX-License-Identifier: MIT
-- A request that came between the end of a delegate and the start of the next
-- one's ran at once with it, and before it.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function message(bob, out, id)
  return table.concat({
    "MESSAGE sip:bob@" .. bob.address .. " SIP/2.0",
    "Via: SIP/2.0/UDP " .. out.address .. ";branch=z9hG4bKturn" .. id,
    "From: <sip:x@y>;tag=1", "To: <sip:bob@z>", "Call-ID: " .. id,
    "CSeq: 1 MESSAGE", "Content-Length: 0", "", "",
  }, "\r\n")
end

describe("delegates of one object", function()
  -- Which of the two sockets the loop serves first is left open: try both.
  for _, go_first in ipairs { true, false } do
    it("run one at a time, in order: " .. tostring(go_first), function()
      for _, gate_first in ipairs { true, false } do
        local gate = gate_first and support.socket()
        local bob = support.agent "bob"
        gate = gate or support.socket()
        local out = support.socket()
        local order, running, most = {}, 0, 0
        bob.delegate = { on_message = function(incoming)
          running = running + 1
          most = math.max(most, running)
          order[#order + 1] = incoming.message.call_id
          if #order == 1 then
            gate:receive(2)
          else
            sip.sleep(0.01)
          end
          running = running - 1
        end }
        for i = 1, 2 do
          out:send(message(bob, out, tostring(i)), bob.address)
          sip.sleep(0.01)
        end
        if go_first then
          out:send("go", gate.address)
        end
        out:send(message(bob, out, "3"), bob.address)
        if not go_first then
          out:send("go", gate.address)
        end
        sip.sleep(0.1)
        assert.equal("1 2 3", table.concat(order, " "))
        assert.equal(1, most)
      end
    end)
  end
end)
