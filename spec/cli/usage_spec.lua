-- SPDX-License-Identifier: MIT
-- The command line: help, version, and what is wrong with arguments.

local child = require "spec.cli.child"

local SCENARIO <const> = child.path "scenarios/load/basic_call.lua"

local function assert_usage(words, pattern)
  local ended = child.run(words)
  assert.equal(2, ended.code, ended.out .. ended.err)
  assert.matches("^sipwright: " .. pattern .. ".*\n$", ended.err)
  assert.equal(1, select(2, ended.err:gsub("\n", "")), ended.err)
end

describe("the command line", function()
  after_each(child.clean)

  it("tells its version", function()
    for _, words in ipairs { { "version" }, { "--version" } } do
      local ended = child.run(words)
      assert.equal(0, ended.code)
      assert.matches("^sipwright %d+%.%d+%.%d+ %(Lua 5%.4%)\n$", ended.out)
    end
  end)

  it("helps, in 80 columns", function()
    for _, words in ipairs { { "--help" }, { "-h" }, { "run", "--help" }, { "serve", "-h" } } do
      local ended = child.run(words)
      assert.equal(0, ended.code)
      assert.matches("^Usage: sipwright", ended.out)
      for line in ended.out:gmatch "[^\n]+" do
        assert.is_true(#line <= 80, line)
      end
    end
  end)

  it("must be complete", function()
    assert_usage({}, "a command is required")
    assert_usage({ "run" }, "missing argument 'file'")
    assert_usage({ "fly", "x.lua" }, "unknown command 'fly'")
    assert_usage({ "run", SCENARIO, "more" }, "too many arguments")
  end)

  it("names the nearest flag", function()
    assert_usage({ "run", SCENARIO, "--cals", "5" },
      "unknown option '%-%-cals'; did you mean '%-%-calls'%?")
  end)

  it("takes a positive number of calls, and a positive rate", function()
    assert_usage({ "run", SCENARIO, "--calls", "0" },
      '%-%-calls must be a whole number above 0, not "0"')
    assert_usage({ "run", SCENARIO, "--calls", "1.5" }, "%-%-calls must be a whole number")
    assert_usage({ "run", SCENARIO, "--rate", "-5" }, "%-%-rate must be a number of calls")
    assert_usage({ "run", SCENARIO, "--rate", "nan" }, "%-%-rate must be a number of calls")
  end)

  it("takes times with their units", function()
    assert_usage({ "run", SCENARIO, "--duration", "1x" },
      "%-%-duration must be a time like 10, 10s, 500ms, 2m or 1h")
  end)

  it("takes a SIP URI as target, and says how it should look", function()
    assert_usage({ "run", SCENARIO, "--target", "bob@127.0.0.1" },
      '%-%-target must be a SIP URI, not "bob@127.0.0.1" %(did you mean "sip:bob@127.0.0.1"%?%)')
  end)

  it("takes short run ids only", function()
    assert_usage({ "run", SCENARIO, "--run-id", "a b" }, "%-%-run%-id must be 1 to 16 letters")
    assert_usage({ "run", SCENARIO, "--run-id", ("x"):rep(17) }, "%-%-run%-id must be 1 to 16")
  end)

  it("takes only values that the script knows, of their type", function()
    assert_usage({ "run", SCENARIO, "--set", "tlk=4" },
      'unknown key in %-%-set: "tlk" %(did you mean "talk"%?%)')
    assert_usage({ "run", SCENARIO, "--set", "talk=long" },
      '%-%-set talk must be a number, not "long"')
    assert_usage({ "run", SCENARIO, "--set", "talk" }, "%-%-set needs KEY=VALUE")
  end)

  it("takes an address to listen on", function()
    assert_usage({ "serve", child.path "scenarios/examples/uas.lua", "--listen", "5060" },
      'listen "5060": not like udp:127.0.0.1:5060')
  end)
end)
