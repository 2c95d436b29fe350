-- SPDX-License-Identifier: MIT
-- The virtual clock, and time in general.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("the clock", function()
  it("is real unless it is told otherwise", function()
    assert.equal("real", sip.clock())
    local before = sip.now()
    sip.sleep(0.02)
    assert.is_true(sip.now() - before >= 0.02)
    assert.error_matches(function() sip.advance(1) end, "the clock is real")
  end)

  it("counts a sleep from its own beginning, not from the latest wake-up", function()
    for _, where in ipairs { "main", "task" } do
      local slept
      local function work()
        local busy = os.clock() + 0.05
        while os.clock() < busy do end
        local before = sip.now()
        sip.sleep(0.03)
        slept = sip.now() - before
      end
      if where == "main" then
        work()
      else
        assert(sip.spawn(work):join(5))
      end
      assert.is_true(slept >= 0.03, where .. ": " .. slept)
    end
  end)

  it("starts the timers of a request when it is sent", function()
    local alice, silent = support.agent "alice", support.socket()
    local busy = os.clock() + 0.3
    while os.clock() < busy do end
    local begun = sip.now()
    alice:request("OPTIONS", "sip:x@" .. silent.address, { timers = { t1 = 0.2 } })
    assert(silent:receive(1))
    assert(silent:receive(1))
    assert.is_true(sip.now() - begun >= 0.19, tostring(sip.now() - begun))
  end)

  it("advances at once when virtual, exactly as far as asked", function()
    assert.equal("virtual", sip.clock "virtual")
    local cpu = os.clock()
    local before = sip.now()
    sip.advance(86400)
    assert.near(86400, sip.now() - before, 1e-6)
    sip.sleep(0.5)
    assert.near(86400.5, sip.now() - before, 1e-6)
    assert.is_true(os.clock() - cpu < 5)
  end)

  it("wakes sleepers in the order of their times", function()
    support.virtual()
    local begun = sip.now()
    local notes = {}
    for _, seconds in ipairs { 30, 0.001, 7, 7.5, 0 } do
      sip.spawn(function()
        sip.sleep(seconds)
        notes[#notes + 1] = ("%g at %.3f"):format(seconds, sip.now() - begun)
      end)
    end
    sip.run()
    assert.same({
      "0 at 0.000", "0.001 at 0.001", "7 at 7.000", "7.5 at 7.500", "30 at 30.000",
    }, notes)
  end)

  it("does not advance by itself: only a wait moves it", function()
    support.virtual()
    local before = sip.now()
    local cpu = os.clock()
    while os.clock() - cpu < 0.02 do end
    assert.equal(before, sip.now())
  end)

  it("lets datagrams arrive before time passes", function()
    support.virtual()
    local alice, bob = support.pair()
    local before = sip.now()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    for _ = 1, 20 do
      assert(alice:message(support.uri(bob)):await(1))
    end
    assert.near(0, sip.now() - before, 0.001)
  end)

  it("shows timer A of a request to nobody, at its instants", function()
    support.virtual()
    local alice, silent = support.agent "alice", support.socket()
    local begun = sip.now()
    local request = alice:invite("sip:x@" .. silent.address)
    local times = {}
    while silent:receive(40) do
      times[#times + 1] = sip.now() - begun
    end
    for i, at in ipairs { 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 } do
      assert.near(at, times[i] or -1, 0.01)
    end
    assert.equal(7, #times)
    assert.equal(408, assert(request:await(0)).status)
  end)

  it("refuses to go back, to stand still is fine", function()
    support.virtual()
    assert.has_error(function() sip.advance(-1) end)
    assert.has_error(function() sip.advance(0 / 0) end)
    assert.has_error(function() sip.advance() end)
    local before = sip.now()
    sip.advance(0)
    assert.equal(before, sip.now())
  end)

  it("waits for ever with math.huge, until something happens", function()
    support.virtual()
    local alice, bob = support.pair()
    sip.spawn(function()
      sip.sleep(1000)
      alice:message(support.uri(bob), { body = "at last" })
    end)
    local begun = sip.now()
    local incoming = assert(bob:expect("MESSAGE", { timeout = math.huge }))
    assert.near(1000, sip.now() - begun, 0.01)
    incoming:reply(200)
  end)
end)
