-- SPDX-License-Identifier: MIT
-- Calls of a load that fail: each for itself, with its cause.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("a call of a load", function()
  local alice, bob

  before_each(function()
    support.virtual()
    alice, bob = support.pair()
  end)

  local function run(scenario, options)
    options = options or {}
    options.agent, options.target = alice, support.uri(bob)
    options.calls, options.rate = options.calls or 3, 10
    options.scenario = scenario
    local load = sip.load(options)
    assert.is_true(load:wait(1000))
    return load:snapshot()
  end

  it("fails by an error in its scenario, with the line, and leaves the others", function()
    local line = debug.getinfo(1, "l").currentline + 3
    local snapshot = run(function(call)
      if call.number == 2 then
        error "broken on purpose"
      end
    end)
    assert.equal(2, snapshot.succeeded)
    assert.equal(1, snapshot.failed)
    local failure = snapshot.failures[1]
    assert.matches(("spec/load_failures_spec.lua:%d: broken on purpose$"):format(line),
      failure.cause)
    assert.equal(1, failure.count)
    assert.equal(2, failure.number)
    assert.matches("\nstack traceback:\n", failure.detail, 1, true)
    assert.matches(("spec/load_failures_spec.lua:%d: in "):format(line), failure.detail, 1, true)
  end)

  it("fails by an error in a delegate of its own, and leaves the others", function()
    support.answer(bob)
    local errors = support.errors()
    local line = debug.getinfo(1, "l").currentline + 4
    local snapshot = run(function(call)
      local request = call:invite(call.target, { body = sip.sdp() }, {
        on_accept = function()
          assert(call.number ~= 2, "delegate broken")
        end,
      })
      local session = assert(request:expect "2xx").session
      sip.sleep(0.1)
      assert(session:bye():expect "2xx")
    end)
    assert.equal(2, snapshot.succeeded)
    assert.equal(1, snapshot.failed)
    assert.equal(2, snapshot.failures[1].number)
    assert.matches("delegate broken", snapshot.failures[1].cause, 1, true)
    assert.matches(("spec/load_failures_spec.lua:%d: in "):format(line),
      snapshot.failures[1].detail, 1, true)
    assert.same({}, errors)
  end)

  it("fails by an error in a delegate of its session", function()
    bob.delegate = { on_invite = function(incoming)
      local session = incoming:accept { body = sip.sdp() }
      session:expect "ACK"
      session:request "INFO"
    end }
    local snapshot = run(function(call)
      local session = assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx").session
      session.delegate = { on_info = function() error "on_info broken" end }
      sip.sleep(0.5)
      assert(session:bye():expect "2xx")
    end, { calls = 1 })
    assert.equal(1, snapshot.failed)
    assert.matches("on_info broken", snapshot.failures[1].cause, 1, true)
  end)

  it("fails by an expectation that does not come true, with what came", function()
    bob.delegate = { on_invite = function(incoming) incoming:reject(486) end }
    local snapshot = run(function(call)
      assert(call:invite(call.target):expect "2xx")
    end)
    assert.equal(3, snapshot.failed)
    assert.equal(1, #snapshot.failures)
    assert.equal(3, snapshot.failures[1].count)
    assert.matches("wanted 2xx, got 486 Busy Here", snapshot.failures[1].cause, 1, true)
    assert.is_string(snapshot.failures[1].call_id)
    assert.matches("INVITE", sip.ladder(snapshot.failures[1].call_id), 1, true)
  end)

  it("that leaves a session open fails with left open, and is ended with BYE", function()
    local ended = {}
    bob.delegate = { on_invite = function(incoming)
      incoming:accept({ body = sip.sdp() }).delegate = {
        on_end = function(cause) ended[#ended + 1] = cause end,
      }
    end }
    local snapshot = run(function(call)
      assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx")
    end)
    assert.equal(3, snapshot.failed)
    assert.equal("left open", snapshot.failures[1].cause)
    sip.sleep(1)
    assert.same({ "bye received", "bye received", "bye received" }, ended)
    assert.equal(0, sip.objects().dialogs)
  end)

  it("that leaves an INVITE ringing fails with left open, and is cancelled", function()
    local cancelled = 0
    bob.delegate = { on_invite = function(incoming)
      incoming:progress(180)
      if incoming:expect("CANCEL", { timeout = 5 }) then
        cancelled = cancelled + 1
      end
    end }
    local snapshot = run(function(call)
      assert(call:invite(call.target):expect(180))
    end, { calls = 1 })
    assert.equal(1, snapshot.failed)
    assert.equal("left open", snapshot.failures[1].cause)
    sip.sleep(1)
    assert.equal(1, cancelled)
  end)

  it("that fails otherwise keeps its own cause, and is ended all the same", function()
    local sessions = support.answer(bob)
    local snapshot = run(function(call)
      assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx")
      error("my own reason", 0)
    end, { calls = 1 })
    assert.equal("my own reason", snapshot.failures[1].cause)
    sip.sleep(1)
    assert.equal("bye received", sessions[1].cause)
  end)

  it("that is killed in the middle is ended too", function()
    local sessions = support.answer(bob)
    local load = sip.load {
      agent = alice, target = support.uri(bob), calls = 1, rate = 1,
      scenario = function(call)
        assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx")
        sip.sleep(1000)
      end,
    }
    sip.sleep(1)
    load:kill()
    assert.is_true(load:wait(1))
    assert.equal(1, load:snapshot().killed)
    sip.sleep(1)
    assert.equal("bye received", sessions[1].cause)
  end)

  it("that loops for ever is stopped, and the others go on", function()
    sip.watchdog(0.1)
    local snapshot = run(function(call)
      while call.number == 2 do end
    end)
    sip.watchdog(1)
    assert.equal(2, snapshot.succeeded)
    assert.equal(1, snapshot.failed)
    assert.matches("without a wait", snapshot.failures[1].cause, 1, true)
  end)

  it("groups causes, the most frequent first", function()
    local snapshot = run(function(call)
      error(call.number % 4 == 0 and "rare" or "common", 0)
    end, { calls = 20 })
    assert.equal("common", snapshot.failures[1].cause)
    assert.equal(15, snapshot.failures[1].count)
    assert.equal(1, snapshot.failures[1].number)
    assert.equal("rare", snapshot.failures[2].cause)
    assert.equal(5, snapshot.failures[2].count)
    assert.equal(4, snapshot.failures[2].number)
  end)

  it("counts a synthetic outcome by its cause", function()
    local silent = support.socket()
    local load = sip.load {
      agent = alice, target = "sip:x@" .. silent.address, calls = 2, rate = 10,
      scenario = function(call)
        assert.equal(408, assert(call:request("OPTIONS", call.target):await(60)).status)
      end,
    }
    assert.is_true(load:wait(100))
    local outcome = load:snapshot().outcomes[1]
    assert.equal("OPTIONS", outcome.method)
    assert.equal(408, outcome.status)
    assert.equal(2, outcome.count)
    assert.equal("timeout:F", outcome.cause)
  end)
end)

describe("a load that serves", function()
  it("runs one scenario for each request that comes", function()
    support.virtual()
    local alice, bob = support.pair()
    local methods = {}
    local load = sip.load { agent = bob, serve = true, scenario = function(call)
      methods[#methods + 1] = call.incoming.method
      if call.incoming.method ~= "INVITE" then
        return call.incoming:reply(200)
      end
      local session = assert(call.incoming:accept { body = sip.sdp() })
      assert(session:expect("BYE", { timeout = 10 }))
    end }
    local a = assert(alice:invite(support.uri(bob), { body = sip.sdp() }):expect "2xx").session
    assert(alice:message(support.uri(bob)):expect "2xx")
    assert.equal(1, load:snapshot().open)
    assert(a:bye():expect "2xx")
    load:stop()
    assert.is_true(load:wait(10))
    assert.same({ "INVITE", "MESSAGE" }, methods)
    assert.equal(2, load:snapshot().succeeded)
    local refused = alice:message(support.uri(bob))
    assert.equal(503, assert(refused:await(5)).status)
  end)

  it("answers a request that its scenario leaves, and a call by BYE", function()
    support.virtual()
    local alice, bob = support.pair()
    local load = sip.load { agent = bob, serve = true, scenario = function(call)
      if call.incoming.method == "INVITE" then
        call.incoming:accept { body = sip.sdp() }
      end
    end }
    assert.equal(200, assert(alice:message(support.uri(bob)):await(10)).status)
    local a = assert(alice:invite(support.uri(bob), { body = sip.sdp() }):expect "2xx").session
    assert(a:expect("BYE", { timeout = 10 }))
    local failures = load:snapshot().failures
    assert.equal("left open", failures[1].cause)
    load:stop()
    assert.is_true(load:wait(10))
  end)
end)
