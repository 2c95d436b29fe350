-- SPDX-License-Identifier: MIT
-- `where` of faults is asked in the middle of a send: closing the agent or sending
-- from there freed what the engine was using.

local sip = require "sipwright"

describe("the where of faults", function()
  after_each(function() sip.on_error(nil) end)

  for name, act in pairs {
    ["close the agent"] = function(agent) agent:close() end,
    ["send a request"] = function(agent) agent:request("OPTIONS", agent.uri) end,
    ["change the faults"] = function(agent) agent:faults(nil) end,
  } do
    it("cannot " .. name, function()
      local agent <close> = assert(sip.agent { username = "a", hold = 0 })
      local errors = {}
      sip.on_error(function(text) errors[#errors + 1] = text end)
      agent:faults { drop = 0, where = function() act(agent); return true end }

      local request = agent:request("OPTIONS", agent.uri)
      assert.equal(200, request:await(5).status)
      assert.matches("inside the `where` of faults", errors[1])
      assert.is_false(agent.closed)
      agent:faults(nil)
    end)
  end
end)
