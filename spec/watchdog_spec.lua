-- SPDX-License-Identifier: MIT
-- A loop that never waits is stopped, and the others go on.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("the watchdog", function()
  before_each(function()
    sip.watchdog(0.1)
  end)

  after_each(function()
    sip.watchdog(1)
  end)

  it("stops a task that loops for ever, with its line", function()
    local ticks = 0
    local other = sip.spawn(function()
      for _ = 1, 10 do
        sip.sleep(0.01)
        ticks = ticks + 1
      end
    end)
    local runaway = sip.spawn(function()
      while true do end
    end)
    local ok, err = runaway:join(10)
    assert.is_nil(ok)
    assert.matches("spec/watchdog_spec.lua:%d+: ran 0.1 s of processor time without a wait",
      tostring(err))
    assert.is_true(other:join(10))
    assert.equal(10, ticks)
  end)

  it("is not to be caught by pcall", function()
    local task = sip.spawn(function()
      while true do
        pcall(function() while true do end end)
      end
    end)
    local ok, err = task:join(10)
    assert.is_nil(ok)
    assert.matches("an endless loop?", tostring(err), 1, true)
  end)

  it("stops a delegate, whose request goes on", function()
    local errors = support.errors()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    local request = alice:message(support.uri(bob), { body = "x" }, {
      on_accept = function() while true do end end,
    })
    assert.equal(200, assert(request:await(5)).status)
    sip.sleep(0.3)
    assert.equal(1, #errors)
    assert.matches("without a wait", errors[1], 1, true)
    assert.equal(200, assert(alice:message(support.uri(bob)):await(5)).status)
  end)

  it("stops a where that loops, and the wait goes on", function()
    local errors = support.errors()
    local alice, bob = support.pair()
    alice:message(support.uri(bob), { body = "x" })
    local incoming, err = bob:expect("MESSAGE", {
      timeout = 0.3, where = function() while true do end end,
    })
    assert.is_nil(incoming)
    assert.equal("timeout", err.code)
    assert.equal(1, #errors)
  end)

  it("lets a task compute as long as it waits now and then", function()
    local task = sip.spawn(function()
      local until_when = os.clock() + 0.4
      while os.clock() < until_when do
        for _ = 1, 1000 do end
        sip.sleep(0)
      end
      return "done"
    end)
    assert.same({ true, "done" }, { task:join(20) })
  end)
end)
