-- SPDX-License-Identifier: MIT
-- A __gc of the script's that asked a response, a request or a session which
-- had been finalized before it read freed memory.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a __gc that asks finalized objects", function()
  it("gets an error that says so", function()
    local answers = {}
    local function play()
      local alice, bob = support.pair()
      local holder = setmetatable({}, { __gc = function(t)
        for name, ask in pairs(t.asks) do
          answers[name] = { pcall(ask) }
        end
      end })
      local at_alice, _, request = support.call(alice, bob)
      local response = assert(request:await(1))
      local message = alice:message(support.uri(bob))
      local incoming = assert(bob:expect "MESSAGE")
      incoming:reply(200)
      assert(message:await(1))
      assert(at_alice:bye():await(1))
      sip.sleep(0.02)
      holder.asks = {
        response = function() return response.status end,
        incoming = function() return incoming.method end,
        session = function() return at_alice.state end,
      }
    end
    play()
    support.close_all()
    for _ = 1, 3 do
      collectgarbage()
    end
    for name, text in pairs {
      response = "the request of this response is gone",
      incoming = "this request is gone",
      session = "this session is gone",
    } do
      assert.is_false(answers[name][1], name)
      assert.matches(text, answers[name][2], 1, true)
    end
  end)
end)
