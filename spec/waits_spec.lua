-- SPDX-License-Identifier: MIT
-- Where a script may wait, and where a wait raises.

local sip = require "sipwright"
local support = require "spec.support.sip_support"

local REFUSAL <const> = "cannot wait here: use sip.spawn"

--- Each way to wait, as a function without arguments.
local function waits(alice, bob)
  local request = alice:request("OPTIONS", support.uri(bob))
  local raw = support.socket()
  local task = sip.spawn(function() sip.sleep(1) end)
  return {
    sleep = function() sip.sleep(0.01) end,
    await = function() request:await(0.01) end,
    expect = function() request:expect(299, { timeout = 0.01 }) end,
    ["agent:expect"] = function() bob:expect("INVITE", { timeout = 0.01 }) end,
    receive = function() raw:receive(0.01) end,
    join = function() task:join(0.01) end,
    all = function() sip.all { function() sip.sleep(0.01) end } end,
    any = function() sip.any { function() sip.sleep(0.01) end } end,
  }, task
end

describe("a wait", function()
  local alice, bob, ways, task

  before_each(function()
    alice, bob = support.pair({}, { hold = 30, auto = { options = false } })
    ways, task = waits(alice, bob)
  end)

  after_each(function()
    task:cancel()
    ways, task = nil, nil
  end)

  --- Each wait raises the refusal where `run` runs it.
  local function refused(run)
    for name, wait in pairs(ways) do
      local ok, err = run(wait)
      assert.is_false(ok, name)
      assert.is_truthy(tostring(err):find(REFUSAL, 1, true), name .. ": " .. tostring(err))
    end
  end

  it("is allowed on the main thread", function()
    for name, wait in pairs(ways) do
      local ok, err = pcall(wait)
      assert.is_true(ok, name .. ": " .. tostring(err))
    end
  end)

  it("is allowed in a task, through pcall and metamethods too", function()
    for name, wait in pairs(ways) do
      local ok, err = sip.spawn(wait):join(2)
      assert.is_true(ok, name .. ": " .. tostring(err))
      ok, err = sip.spawn(function() assert(pcall(wait)) end):join(2)
      assert.is_true(ok, name .. ": " .. tostring(err))
    end
    local lazy = setmetatable({}, { __index = function(_, key)
      sip.sleep(0.01)
      return key
    end })
    assert.same({ true, "x" }, { sip.spawn(function() return lazy.x end):join(2) })
  end)

  it("is allowed in a delegate", function()
    local results = {}
    bob.delegate = { on_message = function(incoming)
      for name, wait in pairs(ways) do
        results[name] = pcall(wait)
      end
      incoming:reply(200)
    end }
    assert(alice:message(support.uri(bob)):await(5))
    for name in pairs(ways) do
      assert.is_true(results[name], name)
    end
  end)

  it("raises in a coroutine of the user's own", function()
    refused(function(wait) return coroutine.resume(coroutine.create(wait)) end)
    refused(function(wait)
      return select(2, sip.spawn(function() return pcall(coroutine.wrap(wait)) end):join(2)),
        select(3, sip.spawn(function() return pcall(coroutine.wrap(wait)) end):join(2))
    end)
  end)

  it("raises in table.sort and gsub of a task, where Lua cannot yield", function()
    refused(function(wait)
      local _, ok, err = sip.spawn(function()
        return pcall(table.sort, { 3, 2, 1 }, function(a, b)
          wait()
          return a < b
        end)
      end):join(2)
      return ok, err
    end)
    refused(function(wait)
      local _, ok, err = sip.spawn(function() return pcall(string.gsub, "x", "x", wait) end):join(2)
      return ok, err
    end)
  end)

  it("raises in where", function()
    refused(function(wait)
      local ok, err
      alice:message(support.uri(bob), { body = "x" })
      bob:expect("MESSAGE", { timeout = 1, where = function()
        ok, err = pcall(wait)
        return true
      end })
      return ok, err
    end)
  end)

  it("raises in edit", function()
    refused(function(wait)
      local ok, err
      alice:message(support.uri(bob), { edit = function()
        ok, err = pcall(wait)
      end }):dispose()
      return ok, err
    end)
  end)

  it("raises in the where of faults", function()
    refused(function(wait)
      local ok, err
      alice:faults { drop = 0, where = function()
        ok, err = pcall(wait)
        return true
      end }
      alice:message(support.uri(bob))
      sip.sleep(0.01)
      alice:faults(nil)
      return ok, err
    end)
  end)

  it("raises in __gc", function()
    refused(function(wait)
      local ok, err
      setmetatable({}, { __gc = function() ok, err = pcall(wait) end })
      collectgarbage()
      return ok, err
    end)
  end)

  it("raises at the caller's line", function()
    local line
    local ok, err = coroutine.resume(coroutine.create(function()
      line = debug.getinfo(1, "l").currentline + 1
      sip.sleep(1)
    end))
    assert.is_false(ok)
    assert.matches(("spec/waits_spec.lua:%d: %s"):format(line, REFUSAL), err, 1, true)
  end)

  it("returns at once what is there already, even where none may wait", function()
    bob.delegate = { on_message = function(incoming) incoming:reply(200) end }
    local request = alice:message(support.uri(bob))
    assert(request:await(2))
    local ok, response = coroutine.resume(coroutine.create(function() return request:await(1) end))
    assert.is_true(ok)
    assert.equal(200, response.status)
  end)
end)
