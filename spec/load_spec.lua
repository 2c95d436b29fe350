-- SPDX-License-Identifier: MIT
-- sip.load: schedules, limits and counts, on the virtual clock.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("sip.load", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair()
    support.answer(bob)
  end)

  local function run(options)
    options.agent = options.agent or alice
    options.target = options.target or support.uri(bob)
    local load = sip.load(options)
    assert.is_true(load:wait(1000))
    return load:snapshot(), load
  end

  --- A whole call that takes `seconds`.
  local function talk(seconds)
    return function(call)
      local request = call:invite(call.target, { body = sip.sdp() })
      local session = assert(request:expect "2xx").session
      sip.sleep(seconds)
      assert(session:bye():expect "2xx")
    end
  end

  it("begins each call at its instant, k / rate", function()
    local begun = sip.now()
    local times = {}
    local snapshot = run { calls = 20, rate = 10, scenario = function(call)
      times[call.number] = sip.now() - begun
    end }
    for k = 1, 20 do
      assert.near((k - 1) / 10, times[k], 1e-6)
    end
    assert.equal(20, snapshot.started)
    assert.equal(20, snapshot.succeeded)
    assert.equal(0, snapshot.failed + snapshot.dropped + snapshot.killed + snapshot.open)
    assert.equal(1, snapshot.max_open_seen)
    assert.near(1.9, snapshot.elapsed, 0.01)
  end)

  it("drops what finds max_open calls open, and counts it", function()
    local numbers = {}
    local snapshot = run { calls = 20, rate = 10, max_open = 5, scenario = function(call)
      numbers[#numbers + 1] = call.number
      sip.sleep(0.95)
    end }
    assert.same({ 1, 2, 3, 4, 5, 11, 12, 13, 14, 15 }, numbers)
    assert.equal(10, snapshot.started)
    assert.equal(10, snapshot.dropped)
    assert.equal(10, snapshot.succeeded)
    assert.equal(5, snapshot.max_open_seen)
  end)

  it("keeps max_open calls open where there is no rate", function()
    local begun = sip.now()
    local snapshot = run { calls = 20, max_open = 5, scenario = function() sip.sleep(1) end }
    assert.equal(20, snapshot.succeeded)
    assert.equal(0, snapshot.dropped)
    assert.equal(5, snapshot.max_open_seen)
    assert.near(4, sip.now() - begun, 0.01)
  end)

  it("starts calls for duration, and lets them end", function()
    local snapshot = run { rate = 10, duration = 1, scenario = function() sip.sleep(0.5) end }
    assert.equal(10, snapshot.started)
    assert.equal(10, snapshot.succeeded)
    assert.near(1.4, snapshot.elapsed, 0.11)
  end)

  it("kills what is still open after graceful_stop", function()
    local closed = 0
    local snapshot = run { rate = 10, duration = 1, graceful_stop = 2, scenario = function(call)
      local done <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
      sip.sleep(call.number <= 4 and 1 or 1000)
      assert(done)
    end }
    assert.equal(10, snapshot.started)
    assert.equal(4, snapshot.succeeded)
    assert.equal(6, snapshot.killed)
    assert.equal(0, snapshot.failed)
    assert.equal(10, closed)
    assert.near(3, snapshot.elapsed, 0.01)
  end)

  it("fails a call that takes longer than call_timeout", function()
    local snapshot = run { calls = 3, rate = 10, call_timeout = 0.5, scenario = function(call)
      sip.sleep(call.number == 2 and 5 or 0.4)
    end }
    assert.equal(2, snapshot.succeeded)
    assert.equal(1, snapshot.failed)
    assert.equal("call timeout after 0.5 s", snapshot.failures[1].cause)
    assert.equal(2, snapshot.failures[1].number)
  end)

  it("measures times and outcomes of whole calls", function()
    local snapshot = run { calls = 10, rate = 100, scenario = talk(0.2) }
    assert.equal(10, snapshot.succeeded)
    assert.equal(10, snapshot.trends["invite.answer"].count)
    assert.equal(10, snapshot.trends["bye.answer"].count)
    assert.near(0, snapshot.trends["invite.answer"].p99, 0.001)
    local outcomes = {}
    for _, outcome in ipairs(snapshot.outcomes) do
      outcomes[outcome.method .. " " .. outcome.status] = outcome.count
    end
    assert.same({ ["INVITE 200"] = 10, ["BYE 200"] = 10 }, outcomes)
  end)

  it("measures the answer of a phone that rings", function()
    bob.delegate = { on_invite = function(incoming)
      sip.sleep(0.1)
      incoming:progress(180)
      sip.sleep(0.4)
      incoming:accept { body = sip.sdp() }
    end }
    local snapshot = run { calls = 2, rate = 1, scenario = talk(0) }
    local progress, answer = snapshot.trends["invite.progress"], snapshot.trends["invite.answer"]
    assert.near(0.1, progress.mean, 0.005)
    assert.near(0.5, answer.mean, 0.005)
    for _, field in ipairs { "min", "p50", "p90", "p95", "p99", "p999", "max" } do
      assert.near(0.5, answer[field], 0.005)
    end
  end)

  it("gives a call its number, target, set and agent, and nothing afterwards", function()
    local kept
    run { calls = 1, rate = 1, set = { talk = 3 }, scenario = function(call)
      kept = call
      assert.equal("Call", sip.type(call))
      assert.equal("Call (number 1)", tostring(call))
      assert.equal(1, call.number)
      assert.equal(support.uri(bob), call.target)
      assert.equal(3, call.set.talk)
      assert.equal(alice, call.agent)
      assert.is_nil(call.incoming)
    end }
    assert.equal("Call (over)", tostring(kept))
    for _, f in ipairs {
      function() kept:invite(support.uri(bob)) end, function() kept:check("x", true) end,
      function() kept:count "x" end, function() kept:time "x" end,
    } do
      assert.has_error(f, "this call is over")
    end
  end)

  it("counts checks, counters and times of the script's own", function()
    local snapshot = run { calls = 4, rate = 10, scenario = function(call)
      assert.is_true(call:check("even", call.number % 2 == 0) == (call.number % 2 == 0))
      call:count "seen"
      call:count("weight", call.number)
      local stop = call:time "nap"
      sip.sleep(0.25)
      assert.near(0.25, stop(), 1e-6)
      call:time("given", 2)
    end }
    assert.same({ passed = 2, failed = 2 }, snapshot.checks.even)
    assert.equal(4, snapshot.counts.seen)
    assert.equal(10, snapshot.counts.weight)
    assert.equal(4, snapshot.trends.nap.count)
    assert.near(0.25, snapshot.trends.nap.mean, 0.002)
    assert.near(2, snapshot.trends.given.max, 0.02)
    assert.equal(4, snapshot.succeeded)
  end)

  it("stops: no new calls, the open ones end", function()
    local load = sip.load { agent = alice, rate = 10, scenario = function() sip.sleep(0.5) end }
    sip.sleep(1.05)
    assert.is_false(load.over)
    load:stop()
    assert.is_true(load:wait(10))
    assert.is_true(load.over)
    local snapshot = load:snapshot()
    assert.equal(11, snapshot.started)
    assert.equal(11, snapshot.succeeded)
  end)

  it("kills: the open ones end at once", function()
    local load = sip.load { agent = alice, calls = 5, rate = 100, scenario = function()
      sip.sleep(1000)
    end }
    sip.sleep(1)
    assert.equal(5, load:snapshot().open)
    load:kill()
    assert.is_true(load:wait(1))
    assert.equal(5, load:snapshot().killed)
    assert.equal(0, load:snapshot().open)
  end)

  it("waits with a timeout", function()
    local load = sip.load { agent = alice, calls = 1, rate = 1, scenario = function()
      sip.sleep(10)
    end }
    local ok, err = load:wait(1)
    assert.is_nil(ok)
    assert.equal("timeout", err.code)
    assert.is_true(load:wait())
    assert.equal("Load", sip.type(load))
  end)

  it("refuses options that make no sense", function()
    local scenario = function() end
    for text, options in pairs {
      ['option "scenario" must be a function'] = { agent = alice, rate = 1 },
      ["UserAgent expected"] = { scenario = scenario, rate = 1 },
      ["needs a rate"] = { scenario = scenario, agent = alice },
      ['option "calls" must be'] = { scenario = scenario, agent = alice, rate = 1, calls = -1 },
      ['option "rate" must be a number'] = { scenario = scenario, agent = alice, rate = "fast" },
    } do
      local ok, err = pcall(sip.load, options)
      assert.is_false(ok, text)
      assert.is_truthy(tostring(err):find(text, 1, true), tostring(err))
    end
    local closed = support.agent "closed"
    closed:close()
    assert.has_error(function()
      sip.load { agent = closed, rate = 1, scenario = scenario }
    end)
  end)
end)
