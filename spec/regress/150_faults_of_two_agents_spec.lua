-- SPDX-License-Identifier: MIT
-- Faults belonged to the socket: of agents that share one, the second took those
-- of the first off, and a plan that was refused took the old one along.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("the faults of agents that share a port", function()
  local one, two, raw

  before_each(function()
    one = support.agent("one", { shared = true })
    two = support.agent("two", { shared = true })
    raw = support.socket()
    assert.equal(one.address, two.address)
  end)

  local function arrives(text)
    one:request("OPTIONS", "sip:x@" .. raw.address, {
      extra_headers = { "X-Text: " .. text }, auto = { retransmit = false },
    }):dispose()
    sip.sleep(0.02)
    local count = 0
    while raw:receive(0) do
      count = count + 1
    end
    return count
  end

  it("stand beside each other, and come off one by one", function()
    one:faults { duplicate = 1 }
    two:faults { duplicate = 1, where = function(bytes) return bytes:find "hit" ~= nil end }
    assert.equal(2, arrives "x")
    assert.equal(4, arrives "hit")
    assert.equal(2, one:faults().seen)
    assert.equal(2, two:faults().seen)
    one:faults(nil)
    assert.is_nil(one:faults())
    assert.equal(2, arrives "hit")
    two:close()
    assert.equal(1, arrives "hit")
  end)

  it("stay as they are when a plan that makes no sense is refused", function()
    one:faults { drop = 1 }
    for _, plan in ipairs { { drop = 2 }, { drop = 0, where = 1 }, { delay = { 2, 1 } } } do
      assert.has_error(function() one:faults(plan) end)
      assert.equal(0, arrives "x")
    end
    assert.equal(3, one:faults().dropped)
  end)

  it("let go of a `where` that is no longer asked", function()
    local held = setmetatable({}, { __mode = "v" })
    for i = 1, 3 do
      local function where() return i > 0 end
      held[i] = where
      one:faults { drop = 0, where = where }
    end
    one:faults(nil)
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
  end)
end)
