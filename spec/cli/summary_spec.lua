-- SPDX-License-Identifier: MIT
-- The report: summary.json has the documented keys and no others, the terminal
-- gets 80 columns.

local child = require "spec.cli.child"
local dkjson = require "dkjson"

local TIMES <const> = { "count", "min", "mean", "p50", "p90", "p95", "p99", "p999", "max" }

--- The documented keys: those of the table, and those of each paragraph below.
local function documented()
  local file = assert(io.open("docs/summary.md"))
  local text = file:read "a"
  file:close()
  local keys = { [""] = {} }
  for cells in text:gmatch "\n| (`[^\n|]+) |" do
    for key in cells:gmatch "`([%w_]+)`" do
      keys[""][key] = true
    end
  end
  for paragraph in (text .. "\n\n"):gmatch "(.-)\n\n+" do
    local name, body = paragraph:match "^`([%w_]+)`: (.*)$"
    keys[name or paragraph] = {}
    for key in (body or ""):gmatch "`([%w_]+)`" do
      keys[name][key] = true
    end
  end
  return keys
end

local function assert_known(known, given, where)
  for key in pairs(given) do
    assert.is_true(known[key], ("%s.%s stands in no document"):format(where, key))
  end
end

local function assert_present(given, where, keys)
  for _, key in ipairs(keys) do
    assert.is_truthy(given[key] ~= nil, ("%s lacks %s"):format(where, key))
  end
end

local function assert_integers(given, except)
  for key, value in pairs(given) do
    if key ~= except then
      assert.equal("integer", math.type(value), key)
    end
  end
end

local function check(summary)
  local known = documented()
  assert_known(known[""], summary, "summary")
  assert_known(known.calls, summary.calls, "calls")
  assert_known(known.messages, summary.messages, "messages")
  for _, failure in ipairs(summary.failures) do
    assert_known(known.failures, failure, "failures")
    assert_present(failure, "failures", { "cause", "count", "detail" })
  end
  for _, outcome in ipairs(summary.outcomes) do
    assert_known(known.outcomes, outcome, "outcomes")
    assert_present(outcome, "outcomes", { "method", "status", "count" })
  end
  for name, trend in pairs(summary.times) do
    assert_present(trend, name, TIMES)
    assert.is_true(trend.min <= trend.p50 and trend.p50 <= trend.p99, name)
    assert.is_true(trend.p99 <= trend.max, name)
  end
  assert_present(summary, "summary", {
    "schema", "verdict", "exit", "command", "kind", "script", "seed", "run_id", "version",
    "calls", "messages", "times", "outcomes", "failures", "errors", "checks", "counts", "cpu",
    "wall",
  })
  assert_integers(summary.calls)
  assert_integers(summary.messages, "drops")
  assert.equal(1, summary.schema)
  assert.same({ system = "number", user = "number" },
    { system = type(summary.cpu.system), user = type(summary.cpu.user) })
end

local function read()
  return assert(dkjson.decode(assert(child.read "report/summary.json")))
end

describe("summary.json", function()
  after_each(child.clean)

  it("of a load that passes has the documented keys", function()
    local ended = child.run {
      "run", child.path "scenarios/load/basic_call.lua", "--calls", "50", "--out", "report",
      "--seed", "42", "--run-id", "abc",
    }
    assert.equal(0, ended.code, ended.out .. ended.err)
    local summary = read()
    check(summary)
    assert.same({ "passed", 0, "run", "load" },
      { summary.verdict, summary.exit, summary.command, summary.kind })
    assert.same({ 42, "abc" }, { summary.seed, summary.run_id })
    assert.same({
      wanted = 50, started = 50, succeeded = 50, failed = 0, dropped = 0, killed = 0, open = 0,
      max_open = summary.calls.max_open,
    }, summary.calls)
    assert.same({ { method = "INVITE", status = 200, count = 50 },
      { method = "BYE", status = 200, count = 50 } }, summary.outcomes)
    assert.equal(150, summary.messages.sent)
    assert.equal(150, summary.messages.received)
    assert.equal(150, summary.peer.messages.sent)
    assert.equal(summary.target, summary.peer.uri)
    assert.equal(50, summary.times["invite.answer"].count)
    assert.equal(200, summary.rate)
    assert.matches("\n  report    report/summary%.json\n", ended.out)
  end)

  it("of a load that fails has them, too", function()
    child.write("mine.lua", [[
local sip = require "sipwright"
local bob = sip.agent {}
bob.delegate = { on_request = function() error "outside" end }
return { options = { duration = 0.2, rate = 50 }, scenario = function(call)
  call:check("fine", true)
  call:count("things", 2)
  call:time("mine", 0.5)
  call:request("OPTIONS", "sip:" .. bob.address):await(1)
  assert(call:request("INVITE", "sip:nobody@" .. sip.host(call.target)):expect "2xx")
end }
]])
    local ended = child.run { "run", "mine.lua", "--out", "report" }
    assert.equal(1, ended.code)
    local summary = read()
    check(summary)
    assert.equal("failed", summary.verdict)
    assert.is_nil(summary.calls.wanted)
    assert.is_true(summary.errors > 0)
    assert.equal(0.2, summary.duration)
    local first = summary.failures[1]
    assert.same({ "wanted 2xx, got 404 Not Found", 1 }, { first.cause, first.call })
    assert.matches("404 Not Found %(INVITE%)", first.ladder)
    assert.equal(0, select(2, first.detail:gsub("|", "")))
    assert.matches("mine%.lua:9: in ", first.detail)
    assert.equal("mine.lua:3: outside", summary.failures[2].cause)
    assert.same({ passed = summary.calls.started, failed = 0 }, summary.checks.fine)
    assert.equal(2 * summary.calls.started, summary.counts.things)
    assert.equal(summary.calls.started, summary.times.mine.count)
  end)

  it("of a plain script has them, too", function()
    local ended = child.run {
      "run", child.path "scenarios/examples/two_phones.lua", "--out", "report/deep/er",
    }
    assert.equal(0, ended.code)
    local summary = dkjson.decode(child.read "report/deep/er/summary.json")
    check(summary)
    assert.same({ "script", 1, 1 },
      { summary.kind, summary.calls.started, summary.calls.succeeded })
  end)

  it("keeps empty lists and tables what they are", function()
    child.write("mine.lua", "return { scenario = function() end }")
    child.run { "run", "mine.lua", "--out", "report" }
    local text = child.read "report/summary.json"
    assert.matches('"outcomes":%[%s*%]', text)
    assert.matches('"failures":%[%s*%]', text)
    assert.matches('"checks":{%s*}', text)
    assert.matches('"drops":{%s*}', text)
  end)
end)

describe("the summary on the terminal", function()
  after_each(child.clean)

  local function assert_narrow(ended)
    for line in (ended.out .. ended.err):gmatch "[^\n]+" do
      assert.is_true((utf8.len(line) or #line) <= 80, line)
    end
  end

  it("keeps to 80 columns, whatever the script says", function()
    assert_narrow(child.run_text(([[
return { options = { calls = 3, rate = 100 }, scenario = function(call)
  call:time(("a long name "):rep(12), 1)
  call:check(("checked "):rep(20), call.number > 1)
  call:count(("x"):rep(100))
  assert(call:request("OPTIONS", "sip:%%s@" .. call.target:match "@(.*)"):expect "2xx")
  error(("words and "):rep(30) .. ("w"):rep(120) .. "\27[31m\255")
end }
]]):format(("u"):rep(90))))
  end)

  it("lets no control characters through", function()
    local ended = child.run_text 'error("\\27[31mred\\7 \\255")'
    assert.is_nil(ended.out:find "[\27\7\255]")
    assert.matches("%?%[31mred%? %?", ended.out)
  end)

  it("has no colours without a terminal", function()
    local ended = child.run_text "return { scenario = function() end }"
    assert.is_nil(ended.out:find "\27")
    assert.is_nil(ended.err:find "\27")
  end)

  it("shows times in the order in which things happen, each once", function()
    local ended = child.run {
      "run", child.path "scenarios/load/basic_call.lua", "--calls", "20", "--rate", "100",
    }
    local names = {}
    for name in ended.out:match("\n  time .-\n(.-)\n\n"):gmatch "  ([%w.]+) +%d+ " do
      if not name:find "%.actual$" then
        names[#names + 1] = name
      end
    end
    assert.same({ "invite.progress", "invite.answer", "bye.answer", "start.lateness" }, names)
  end)

  it("uses letters beyond ASCII only where the locale has them", function()
    local script = "return { scenario = function(call) call:time('x', 1e-5) end }"
    child.write("mine.lua", script)
    assert.matches("10 µs", child.run({ "run", "mine.lua" }, "LC_ALL=C.UTF-8").out)
    assert.matches("10 us", child.run({ "run", "mine.lua" }, "LC_ALL=C").out)
  end)
end)

describe("the summary on a terminal", function()
  after_each(child.clean)

  --- `script` gives the child a terminal.
  local function in_terminal(environment)
    child.write("mine.lua", [[
return { options = { calls = 40, rate = 100 }, scenario = function(call)
  call:request("OPTIONS", call.target):await(2)
end }
]])
    return child.run_program({ "script", "-qec",
      child.build .. "/bin/sipwright run mine.lua", "/dev/null" }, environment).out
  end

  it("is coloured, and has a line of progress that goes away", function()
    local out = in_terminal "-u NO_COLOR TERM=xterm LC_ALL=C.UTF-8"
    assert.matches("\27%[32m✓ passed: 40 calls", out)
    assert.matches("\r\27%[K.-━.-%d+/s  %d+ open  %d+ ok  0 failed  0 retrans%.", out)
    assert.matches("\r\27%[K  outcome", (out:gsub("\27%[%d*m", "")))
  end)

  it("is plain with NO_COLOR", function()
    local out = in_terminal "TERM=xterm LC_ALL=C NO_COLOR=1"
    assert.is_nil(out:find "\27%[%d*m")
    assert.matches("\npassed: 40 calls", out)
  end)
end)
