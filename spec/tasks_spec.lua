-- SPDX-License-Identifier: MIT
-- Tasks: spawn, join, cancel, sleep, run, all, any, the watchdog.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

describe("sip.spawn", function()
  it("runs a function with arguments and gives its results to join", function()
    local task = sip.spawn(function(...) return select("#", ...), ... end, 1, nil, "x", nil)
    assert.equal("Task", sip.type(task))
    assert.is_false(task.done)
    assert.same({ true, 4, 1, nil, "x", n = 6 }, table.pack(task:join(1)))
    assert.is_true(task.done)
    assert.same({ true, 4, 1, nil, "x", nil, n = 6 }, table.pack(task:join()))
  end)

  it("does not run before the caller waits", function()
    local ran = false
    local task = sip.spawn(function() ran = true end)
    assert.is_false(ran)
    sip.sleep(0)
    assert.is_true(ran)
    assert.is_true(task.done)
  end)

  it("gives nil and the error with its traceback to join", function()
    local task = sip.spawn(function() error "no luck" end)
    local ok, err = task:join(1)
    assert.is_nil(ok)
    assert.equal("error", err.code)
    assert.matches("spec/tasks_spec.lua:%d+: no luck\nstack traceback:\n", tostring(err))
    assert.has_error(function() assert(task:join()) end)
  end)

  it("reports an error that nobody joins, once", function()
    local errors = support.errors()
    sip.spawn(function() error "unheard" end)
    sip.sleep(0.01)
    assert.equal(1, #errors)
    assert.matches("spec/tasks_spec.lua:%d+: unheard", errors[1])
  end)

  it("leaves others alone when one fails", function()
    local errors = support.errors()
    local good = sip.spawn(function()
      sip.sleep(0.01)
      return "fine"
    end)
    sip.spawn(function() error "bad" end)
    assert.same({ true, "fine" }, { good:join(1) })
    assert.equal(1, #errors)
  end)

  it("says where it comes from and how it is", function()
    local task = sip.spawn(function() sip.sleep(10) end)
    assert.matches("^Task .*spec/tasks_spec.lua:%d+ %(queued%)$", tostring(task))
    sip.sleep(0)
    assert.matches("%(waiting%)$", tostring(task))
    task:cancel()
    assert.matches("%(cancelled%)$", tostring(task))
  end)

  it("is known inside as sip.current()", function()
    local inside
    local task = sip.spawn(function() inside = sip.current() end)
    task:join(1)
    assert.equal(task, inside)
    assert.is_nil(sip.current())
  end)
end)

describe("task:join", function()
  it("times out while the task goes on", function()
    local task = sip.spawn(function()
      sip.sleep(0.05)
      return "late"
    end)
    local ok, err = task:join(0.01)
    assert.is_nil(ok)
    assert.equal("timeout", err.code)
    assert.same({ true, "late" }, { task:join(1) })
  end)

  it("serves several at once, tasks and the main thread", function()
    local task = sip.spawn(function()
      sip.sleep(0.01)
      return 7
    end)
    local others = {}
    for i = 1, 3 do
      others[i] = sip.spawn(function() return select(2, task:join(1)) end)
    end
    assert.same({ true, 7 }, { task:join(1) })
    for _, other in ipairs(others) do
      assert.same({ true, 7 }, { other:join(1) })
    end
  end)

  it("refuses a task that joins itself", function()
    local task
    task = sip.spawn(function() task:join() end)
    local ok, err = task:join(1)
    assert.is_nil(ok)
    assert.matches("cannot join itself", tostring(err), 1, true)
  end)
end)

describe("task:cancel", function()
  it("closes pending <close> variables and tells who joins", function()
    local closed = {}
    local task = sip.spawn(function()
      local a <close> = setmetatable({}, { __close = function() closed[#closed + 1] = "a" end })
      local b <close> = setmetatable({}, { __close = function() closed[#closed + 1] = "b" end })
      sip.sleep(10)
      closed[#closed + 1] = "not reached" .. tostring(a) .. tostring(b)
    end)
    sip.sleep(0)
    task:cancel()
    task:cancel()
    assert.same({ "b", "a" }, closed)
    local ok, err = task:join(1)
    assert.is_nil(ok)
    assert.equal("cancelled", err.code)
    assert.is_true(task.done)
  end)

  it("prevents what has not begun", function()
    local ran = false
    sip.spawn(function() ran = true end):cancel()
    sip.sleep(0.01)
    assert.is_false(ran)
  end)

  it("happens at the end of a <close> variable", function()
    local kept
    do
      local task <close> = sip.spawn(function() sip.sleep(10) end)
      kept = task
    end
    assert.is_true(kept.done)
  end)

  it("is no way for a task to end itself", function()
    local task
    task = sip.spawn(function() task:cancel() end)
    local ok, err = task:join(1)
    assert.is_nil(ok)
    assert.matches("cannot cancel itself", tostring(err), 1, true)
  end)
end)

describe("sip.run", function()
  it("drives the loop until no task is left", function()
    local count = 0
    for i = 1, 5 do
      sip.spawn(function()
        sip.sleep(i / 100)
        count = count + 1
      end)
    end
    assert.is_true(sip.run())
    assert.equal(5, count)
    assert.is_true(sip.run())
  end)

  it("times out, and belongs to the main thread", function()
    local task <close> = sip.spawn(function() sip.sleep(10) end)
    local ok, err = sip.run(0.01)
    assert.is_nil(ok)
    assert.equal("timeout", err.code)
    assert.equal("1 task left", tostring(err))
    local inner = sip.spawn(function() sip.run() end)
    ok, err = inner:join(1)
    assert.is_nil(ok)
    assert.matches("belongs to the main thread", tostring(err), 1, true)
    assert.is_false(task.done)
  end)
end)

describe("sip.all", function()
  it("waits for all and returns one value of each, in order", function()
    local a, b, c = sip.all {
      function() sip.sleep(0.02) return "slow" end,
      function() return "quick" end,
      sip.spawn(function() return "task" end),
    }
    assert.same({ "slow", "quick", "task" }, { a, b, c })
    assert.is_nil((sip.all {}))
  end)

  it("raises the first error and cancels the rest", function()
    local ended = false
    local ok, err = pcall(sip.all, {
      function()
        sip.sleep(10)
        ended = true
      end,
      function() error "first" end,
    })
    assert.is_false(ok)
    assert.matches("first", tostring(err), 1, true)
    sip.run(1)
    assert.is_false(ended)
  end)

  it("takes requests, whose outcome is the value", function()
    local alice, bob = support.pair()
    bob.delegate = { on_message = function(incoming) incoming:reply(202) end }
    local one, two = sip.all {
      alice:message(support.uri(bob), { body = "1" }),
      alice:message(support.uri(bob), { body = "2" }),
    }
    assert.equal(202, one.status)
    assert.equal(202, two.status)
  end)

  it("ends at its timeout", function()
    local ok, err = pcall(sip.all, { function() sip.sleep(10) end, timeout = 0.02 })
    assert.is_false(ok)
    assert.matches("not over within 0.02 s", tostring(err), 1, true)
    assert.is_true(sip.run(1))
  end)

  it("refuses what cannot be waited for", function()
    assert.error_matches(function() sip.all { 5 } end, "element 1 is no function", 1, true)
    assert.error_matches(function() sip.all(5) end, "wants a table, got number", 1, true)
  end)

  it("works inside tasks", function()
    local task = sip.spawn(function()
      return select("#", sip.all { function() return 1 end, function() return 2 end })
    end)
    assert.same({ true, 2 }, { task:join(1) })
  end)
end)

describe("sip.any", function()
  it("returns index and value of the first and cancels the others", function()
    local ended = false
    local index, value = sip.any {
      function()
        sip.sleep(10)
        ended = true
      end,
      function() sip.sleep(0.01) return "me" end,
    }
    assert.equal(2, index)
    assert.equal("me", value)
    assert.is_true(sip.run(1))
    assert.is_false(ended)
  end)

  it("raises the error of the first", function()
    assert.error_matches(function()
      sip.any { function() error "broken" end, function() sip.sleep(10) end }
    end, "broken")
    assert.is_true(sip.run(1))
    assert.has_error(function() sip.any {} end)
  end)

  it("tells which of two phones rings", function()
    local alice, bob = support.pair()
    local carol = support.agent "carol"
    local request = alice:invite(support.uri(carol, "carol"))
    local index, incoming = sip.any {
      function() return bob:expect("INVITE", { timeout = 5 }) end,
      function() return carol:expect("INVITE", { timeout = 5 }) end,
    }
    assert.equal(2, index)
    incoming:reject(486)
    assert.equal(486, assert(request:await(2)).status)
  end)
end)
