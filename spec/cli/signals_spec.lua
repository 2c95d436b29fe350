-- SPDX-License-Identifier: MIT
-- A run that is interrupted ends its calls, reports in full, and says so with
-- its exit code.

local child = require "spec.cli.child"
local dkjson = require "dkjson"

local LONG <const> = [[
local sip = require "sipwright"
return { options = { calls = 100000, rate = 100 }, scenario = function(call)
  local session = assert(call:invite(call.target, { body = sip.sdp() }):expect "2xx").session
  if call.number == 10 then io.stderr:write "ten\n" end
  sip.sleep(60)
  session:bye()
end }
]]

local function interrupted(signal)
  child.write("mine.lua", LONG)
  local run = child.start { "run", "mine.lua", "--out", "report" }
  run:says "ten\n"
  run:signal(signal)
  local ended = run:finish(20)
  return ended, dkjson.decode(child.read "report/summary.json")
end

describe("a run", function()
  after_each(child.clean)

  it("ends with 130 and a full report on SIGINT, its calls hung up", function()
    local ended, summary = interrupted "INT"
    assert.equal(130, ended.code)
    assert.matches("interrupted: %d+ calls, 0 failed, %d+ cut short, in ", ended.out)
    assert.equal("interrupted", summary.verdict)
    assert.equal(130, summary.exit)
    assert.is_true(summary.calls.killed >= 10)
    assert.equal(summary.calls.started, summary.calls.killed, ended.out .. ended.err)
    -- INVITE, ACK and BYE of each, 180 and two 200 for each; the latest call may
    -- have needed a CANCEL as well.
    local least = 3 * summary.calls.started
    assert.is_true(summary.messages.sent >= least and summary.messages.sent <= least + 1)
    assert.is_true(summary.messages.received >= least)
    assert.equal(0, summary.messages.retransmitted)
  end)

  it("ends with 143 on SIGTERM", function()
    local ended, summary = interrupted "TERM"
    assert.equal(143, ended.code)
    assert.equal(143, summary.exit)
  end)
end)

describe("a plain script", function()
  after_each(child.clean)

  it("ends with 130 on SIGINT, its <close> variables closed", function()
    child.write("mine.lua", [[
local sip = require "sipwright"
local guard <close> = setmetatable({}, { __close = function() print "closed" end })
io.stderr:write "here\n"
sip.sleep(60)
]])
    local run = child.start { "run", "mine.lua" }
    run:says "here\n"
    run:signal "INT"
    local ended = run:finish(10)
    assert.equal(130, ended.code)
    assert.matches("^closed\n", ended.out)
    assert.matches("interrupted: mine%.lua, in %d%.%d s\n$", ended.out)
  end)
end)

describe("serve", function()
  after_each(child.clean)

  local function serve()
    local run = child.start {
      "serve", child.path "scenarios/examples/uas.lua", "--listen", "udp:127.0.0.1:0",
      "--out", "report",
    }
    run:says "listening at "
    return run, "sip:x@" .. run:output():match "listening at ([%d.:]+)"
  end

  it("ends normally on SIGINT", function()
    local run, uri = serve()
    local calls = child.run {
      "run", child.path "scenarios/load/basic_call.lua", "--target", uri, "--calls", "10",
    }
    assert.equal(0, calls.code, calls.out)
    run:signal "INT"
    local ended = run:finish(10)
    assert.equal(0, ended.code, ended.out .. ended.err)
    assert.matches("\npassed: 10 calls, 0 failed, in %d+%.%d s\n$", ended.out)
    local summary = dkjson.decode(child.read "report/summary.json")
    assert.equal(10, summary.calls.succeeded)
    assert.equal("serve", summary.command)
    assert.is_nil(summary.target)
  end)

  it("ends with 143 on SIGTERM", function()
    local run = serve()
    run:signal "TERM"
    assert.equal(143, run:finish(10).code)
  end)
end)
