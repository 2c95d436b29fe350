-- SPDX-License-Identifier: MIT
-- Each scenario that comes with sipwright does what its first sentence says,
-- against the peer in the process or against each other.

local child = require "spec.cli.child"
local dkjson = require "dkjson"

local function run(name, words)
  local all = { "run", child.path("scenarios/" .. name), "--out", "report" }
  local ended = child.run(table.move(words or {}, 1, #(words or {}), #all + 1, all))
  assert.equal(0, ended.code, ended.out .. ended.err)
  return dkjson.decode(child.read "report/summary.json"), ended
end

--- { ["INVITE 200"] = 5 }
local function outcomes(summary)
  local counts = {}
  for _, outcome in ipairs(summary.outcomes) do
    counts[("%s %d"):format(outcome.method, outcome.status)] = outcome.count
  end
  return counts
end

local function assert_calm(summary)
  local messages = summary.messages
  assert.same({ 0, 0, 0, 0 },
    { messages.retransmitted, messages.absorbed, messages.timeouts, messages.dropped })
end

describe("the scenario", function()
  after_each(child.clean)

  it("basic_call makes calls", function()
    local summary = run("load/basic_call.lua", { "--calls", "40" })
    assert.same({ ["INVITE 200"] = 40, ["BYE 200"] = 40 }, outcomes(summary))
    assert_calm(summary)
  end)

  it("basic_call makes calls over IPv6, too", function()
    local served = child.start {
      "serve", child.path "scenarios/examples/uas.lua", "--listen", "udp:[::1]:0",
    }
    served:says "listening at "
    local uri = "sip:x@" .. served:output():match "listening at ([^%s,]+)"
    local summary = run("load/basic_call.lua", { "--calls", "10", "--target", uri })
    served:signal "INT"
    assert.equal(0, served:finish(10).code)
    assert.same({ ["INVITE 200"] = 10, ["BYE 200"] = 10 }, outcomes(summary))
  end)

  it("cancelled_call gives up while it rings", function()
    local summary = run("load/cancelled_call.lua", { "--calls", "40", "--rate", "200" })
    assert.same({ ["INVITE 487"] = 40 }, outcomes(summary))
    assert.same({}, summary.counts)
    assert_calm(summary)
    assert.is_true(summary.times["invite.progress"].p90 < 0.1) -- none waits for another
  end)

  it("cancelled_call hangs up where the answer is faster", function()
    local served = child.start {
      "serve", child.path "scenarios/examples/uas.lua", "--listen", "udp:127.0.0.1:0",
    }
    served:says "listening at "
    local summary = run("load/cancelled_call.lua", {
      "--calls", "10", "--target", "sip:x@" .. served:output():match "listening at ([%d.:]+)",
    })
    served:signal "INT"
    assert.equal(0, served:finish(10).code)
    assert.same({ ["INVITE 200"] = 10, ["BYE 200"] = 10 }, outcomes(summary))
    assert.same({ ["answered before the CANCEL"] = 10 }, summary.counts)
  end)

  it("options_ping asks", function()
    local summary = run("load/options_ping.lua", { "--calls", "40" })
    assert.same({ ["OPTIONS 200"] = 40 }, outcomes(summary))
    assert_calm(summary)
  end)

  it("register binds and unbinds a user a call", function()
    local summary = run("load/register.lua", { "--calls", "40" })
    assert.same({ ["REGISTER 200"] = 80 }, outcomes(summary))
    assert_calm(summary)
  end)

  it("register_auth registers, refreshes and takes it away with digest", function()
    local summary = run("load/register_auth.lua", { "--calls", "20" })
    assert.same({ ["REGISTER 200"] = 60 }, outcomes(summary))
    assert.is_true(summary.messages.sent > 60) -- challenged at least once
    assert_calm(summary)
  end)

  it("register_auth fails on a wrong password, without a loop", function()
    local ended = child.run {
      "run", child.path "scenarios/load/register_auth.lua", "--calls", "5", "--set", "password=no",
    }
    assert.equal(1, ended.code)
    assert.matches("\n  REGISTER 403 +5\n", ended.out)
    assert.matches("\n  5 calls: wanted 2xx, got 403 Forbidden\n", ended.out)
    local sent = tonumber(ended.out:match "messages  (%d+) sent")
    assert.is_true(sent <= 10, sent)
  end)

  it("two_phones calls from one phone to the other", function()
    local summary = run "examples/two_phones.lua"
    assert_calm(summary)
    assert.equal("script", summary.kind)
  end)

  it("registrar does without a PBX", function()
    local ended = child.run { "run", child.path "scenarios/examples/registrar.lua" }
    assert.equal(0, ended.code, ended.out .. ended.err)
  end)

  -- The scripts assert each step; the messages show that they took them all.
  it("attended_transfer puts one call into the place of another", function()
    local summary = run "examples/attended_transfer.lua"
    assert_calm(summary)
    assert.equal(21, summary.messages.sent) -- 3 calls, REFER, 2 NOTIFYs, 3 BYEs
  end)

  it("hold_and_resume changes the direction four times", function()
    local summary = run "examples/hold_and_resume.lua"
    assert_calm(summary)
    assert.equal(15, summary.messages.sent) -- 3 INVITEs, 2 UPDATEs, BYE
  end)

  it("presence_server tells of each change", function()
    local summary = run "examples/presence_server.lua"
    assert_calm(summary)
    -- 2 SUBSCRIBEs, 2 PUBLISHs, 4 NOTIFYs; the script may end before the last 200
    assert.is_true(summary.messages.sent >= 15, summary.messages.sent)
  end)

  it("uas answers what comes, and refuses the rest", function()
    local served = child.start {
      "serve", child.path "scenarios/examples/uas.lua", "--listen", "udp:127.0.0.1:0",
      "--calls", "4",
    }
    served:says "listening at "
    child.write("mine.lua", [[
local sip = require "sipwright"
local alice <close> = assert(sip.agent { uri = "sip:alice@" .. sip.host(sip.target()) })
assert(alice:request("OPTIONS", sip.target()):expect(200))
assert(alice:register({ expires = 60 }):expect(200))
assert(alice:message(sip.target()):expect(405))
local session = assert(alice:invite(sip.target(), { body = sip.sdp() }):expect(200)).session
assert(session:bye():expect(200))
]])
    local uri = "sip:x@" .. served:output():match "listening at ([%d.:]+)"
    local ended = child.run { "run", "mine.lua", "--target", uri }
    assert.equal(0, ended.code, ended.out .. ended.err)
    ended = served:finish(10)
    assert.equal(0, ended.code, ended.out .. ended.err)
    assert.matches("passed: 4 calls, 0 failed", ended.out)
  end)
end)

describe("every scenario", function()
  it("opens with a sentence about itself, and is short", function()
    local pipe = assert(io.popen "ls scenarios/*/*.lua")
    local count = 0
    for path in pipe:lines() do
      local lines = 0
      for line in io.lines(path) do
        lines = lines + 1
        if lines == 1 then
          assert.matches("^%-%- %u.+", line, path)
        end
      end
      assert.is_true(lines <= 45, path)
      count = count + 1
    end
    pipe:close()
    assert.equal(11, count)
  end)

  it("stands in the README", function()
    local file = assert(io.open "README.md")
    local text = file:read "a"
    file:close()
    local pipe = assert(io.popen "cd scenarios && ls */*.lua")
    for path in pipe:lines() do
      assert.is_truthy(text:find("`" .. path .. "`", 1, true), path)
    end
    pipe:close()
  end)
end)
