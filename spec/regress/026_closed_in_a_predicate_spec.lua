-- SPDX-License-Identifier: MIT
-- A `where` that closed its agent, or a predicate that disposed of its request,
-- left the engine with a mailbox that was gone.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a predicate that closes what it is asked about", function()
  for _, verdict in ipairs { true, false } do
    it("ends the wait with closed: " .. tostring(verdict), function()
      local alice, bob = support.pair()
      local function close()
        bob:close()
        return verdict
      end
      for _, first in ipairs { "message first", "wait first" } do
        if bob.closed then
          bob = support.agent "bob"
        end
        local waiting
        local function wait()
          waiting = sip.spawn(function()
            return bob:expect("MESSAGE", { timeout = 1, where = close })
          end)
        end
        if first == "wait first" then
          wait()
          sip.sleep(0)
        end
        alice:message(support.uri(bob))
        sip.sleep(0.02)
        if first == "message first" then
          wait()
        end
        local ok, incoming, err = waiting:join(2)
        assert.is_true(ok)
        assert.is_nil(incoming)
        assert.equal("closed", err.code, first)
      end
    end)
  end

  it("ends all waits when it disposes of the request", function()
    local alice, bob = support.pair()
    local request = alice:invite(support.uri(bob))
    local waits = {}
    for i = 1, 3 do
      waits[i] = sip.spawn(function()
        return request:expect(function()
          request:dispose()
          return false
        end, { timeout = 2 })
      end)
    end
    sip.sleep(0)
    assert(bob:expect "INVITE"):progress(180)
    for _, task in ipairs(waits) do
      local ok, response, err = task:join(1)
      assert.is_true(ok)
      assert.is_nil(response)
      assert.equal("disposed", err.code)
    end
  end)
end)
