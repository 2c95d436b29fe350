-- SPDX-License-Identifier: MIT
-- A predicate that cancelled another task that waited, or its own, left the
-- engine with a wait that was gone.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local function collect()
  for _ = 1, 3 do
    collectgarbage()
  end
end

describe("a predicate that cancels", function()
  for _, verdict in ipairs { true, false } do
    it("another waiter: " .. tostring(verdict), function()
      local alice, bob = support.pair()
      local second
      local first = sip.spawn(function()
        return bob:expect("MESSAGE", { timeout = 1, where = function()
          second:cancel()
          second = nil
          collect()
          return verdict
        end })
      end)
      second = sip.spawn(function()
        bob:expect("MESSAGE", { where = function() return true end })
      end)
      local third = sip.spawn(function()
        return bob:expect("MESSAGE", { timeout = 1 })
      end)
      sip.sleep(0)
      alice:message(support.uri(bob))
      local ok, incoming = (verdict and first or third):join(2)
      assert.is_true(ok)
      assert.equal("MESSAGE", incoming.method)
    end)

    it("its own task: " .. tostring(verdict), function()
      local alice, bob = support.pair()
      local own
      local asked = 0
      local function cancel()
        asked = asked + 1
        own:cancel()
        collect()
        return verdict
      end
      own = sip.spawn(function()
        bob:expect(cancel, { where = cancel })
      end)
      local other = sip.spawn(function()
        return bob:expect("MESSAGE", { timeout = 1 })
      end)
      sip.sleep(0)
      alice:message(support.uri(bob))
      local ok, incoming = other:join(2)
      assert.is_true(ok)
      assert.equal("MESSAGE", incoming.method)
      assert.equal(1, asked)
    end)
  end
end)
