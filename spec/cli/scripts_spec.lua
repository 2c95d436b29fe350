-- SPDX-License-Identifier: MIT
-- Scripts that cannot work: each ends with its exit code and one sentence.

local child = require "spec.cli.child"

--- One sentence of the command's own, and nothing of its inside.
local function assert_sentence(ended, code, pattern)
  assert.equal(code, ended.code, ended.out .. ended.err)
  assert.matches(pattern, ended.err)
  assert.equal("sipwright: ", ended.err:sub(1, 11))
  assert.equal(1, select(2, ended.err:gsub("\n", "")), ended.err)
  assert.is_nil(ended.err:find("stack traceback", 1, true))
end

describe("a script", function()
  after_each(child.clean)

  it("that is missing is named", function()
    assert_sentence(child.run { "run", "nowhere.lua" }, 2,
      "cannot read the script: nowhere%.lua: No such file or directory\n$")
  end)

  it("that is a folder cannot be read", function()
    assert_sentence(child.run { "run", "/tmp" }, 2, "cannot read the script: /tmp: Is a directory")
  end)

  it("that may not be read says so", function()
    child.write("shut.lua", "return 1")
    os.execute("chmod 000 " .. child.folder() .. "/shut.lua")
    local readable = io.open(child.folder() .. "/shut.lua") -- root may read all
    if readable then
      readable:close()
      return
    end
    assert_sentence(child.run { "run", "shut.lua" }, 2,
      "cannot read the script: shut%.lua: Permission denied")
  end)

  it("that does not parse is named with its line", function()
    assert_sentence(child.run_text "local x = 1\nlocal y = = 2\n", 2,
      "does not parse: mine%.lua:2: unexpected symbol near '='")
  end)

  it("that is no text does not parse", function()
    local ended = child.run_text("\27Lua" .. ("\0\1\2"):rep(50))
    assert.equal(2, ended.code)
    assert.matches("does not parse", ended.err)
  end)

  it("that needs a module which is missing names it", function()
    assert_sentence(child.run_text 'require "sipwrigt"', 2,
      "mine%.lua:1: module 'sipwrigt' not found")
  end)

  it("that returns something else than a table or nothing is refused", function()
    assert_sentence(child.run_text "return 5", 2, "mine%.lua returns a number")
  end)

  it("that raises has failed, with its line", function()
    local ended = child.run_text "local function f() error 'at load' end\nf()\n"
    assert.equal(1, ended.code)
    assert.equal("", ended.err)
    assert.matches("What failed\n  mine%.lua:1: at load\n      mine%.lua:2: in main chunk\n",
      ended.out)
    assert.matches("failed: mine%.lua, in 0%.%d s\n$", ended.out)
  end)

  it("may raise anything", function()
    assert.matches("%(error object is a table value%)", child.run_text("error({})").out)
    assert.matches("%(error object is a nil value%)", child.run_text("error()").out)
  end)

  it("that reaches its end has passed", function()
    local ended = child.run_text "print 'here'"
    assert.equal(0, ended.code)
    assert.matches("^here\n.*passed: mine%.lua, in 0%.%d s\n$", ended.out)
  end)

  it("for serve must return a scenario", function()
    child.write("plain.lua", "")
    assert_sentence(child.run { "serve", "plain.lua" }, 2,
      "plain%.lua returns no table, and serve needs a scenario for each request")
  end)
end)

describe("a key in a script's table", function()
  after_each(child.clean)

  it("that is wrong is named with the nearest", function()
    assert_sentence(child.run_text "return { scenaro = function() end }", 2,
      'mine%.lua: unknown key .-"scenaro" %(did you mean "scenario"%?%)')
    assert_sentence(
      child.run_text "return { options = { cals = 3 }, scenario = function() end }", 2,
      'unknown key in options: "cals" %(did you mean "calls"%?%)')
    assert_sentence(child.run_text(
        "return { options = { agent = { lissten = 'x' } }, scenario = function() end }"), 2,
      'options%.agent: unknown option "lissten" %(did you mean "listen"%?%)')
  end)

  it("that has a wrong value is named with what it should be", function()
    assert_sentence(
      child.run_text "return { options = { rate = 'fast' }, scenario = function() end }", 2,
      'options%.rate must be a number of calls a second above 0, not "fast"')
    assert_sentence(child.run_text "return { options = 1, scenario = function() end }", 2,
      "options must be a table, not a number")
    assert_sentence(child.run_text "return { scenario = 'x' }", 2,
      "returns a table without a scenario function")
  end)
end)

describe("an option with a typo", function()
  after_each(child.clean)

  local TYPO <const> = [[
return {
  options = { calls = 1000, rate = 200 },
  scenario = function(call)
    call:invite(call.target, { exta_headers = { "X: 1" } })
  end,
}
]]

  it("in a request of a load ends the run at once, with its line", function()
    assert_sentence(child.run_text(TYPO), 2,
      '^sipwright: mine%.lua:4: unknown option "exta_headers" '
      .. '%(did you mean "extra_headers"%?%)\n$')
  end)

  it("in a request of a plain script does, too", function()
    assert_sentence(child.run_text [[
local sip = require "sipwright"
local a <close> = sip.agent {}
a:request("OPTIONS", "sip:127.0.0.1", { exta_headers = {} })
]], 2, '^sipwright: mine%.lua:3: unknown option "exta_headers"')
  end)

  it("of a wrong type does, too", function()
    assert_sentence(child.run_text [[
return { scenario = function(call)
  call:invite(call.target, { extra_headers = "X: 1" })
end }
]], 2, 'mine%.lua:2: option "extra_headers" must be a list of strings, got string')
  end)

  it("in a delegate of a call does, too", function()
    assert_sentence(child.run_text [[
local sip = require "sipwright"
return { options = { calls = 50, rate = 50 }, scenario = function(call)
  call:invite(call.target, { body = sip.sdp() }, {
    on_accept = function(response) response.session:bye { hedders = {} } end,
  }):await(2)
  sip.sleep(0.2)
end }
]], 2, 'mine%.lua:4: unknown option "hedders" %(did you mean "headers"%?%)')
  end)

  it("in a delegate of an agent does, too", function()
    assert_sentence(child.run_text [[
local sip = require "sipwright"
local bob = sip.agent {}
bob.delegate = { on_invite = function(incoming) incoming:accept { bdy = "x" } end }
local alice = sip.agent {}
alice:invite("sip:" .. bob.address, {}):await(3)
]], 2, 'mine%.lua:3: unknown option "bdy" %(did you mean "body"%?%)')
  end)

  it("of sip.sdp does, too", function()
    assert_sentence(child.run_text [[
local sip = require "sipwright"
return { scenario = function(call)
  call:invite(call.target, { body = sip.sdp { prt = 1 } })
end }
]], 2, 'mine%.lua:3: sip%.sdp: unknown option "prt" %(did you mean "port"%?%)')
  end)

  it("that the script catches is its own affair", function()
    local ended = child.run_text [[
local sip = require "sipwright"
local ok, err = pcall(sip.agent, { lisen = "x" })
assert(not ok and sip.is_misuse(err))
]]
    assert.equal(0, ended.code, ended.out .. ended.err)
  end)
end)
